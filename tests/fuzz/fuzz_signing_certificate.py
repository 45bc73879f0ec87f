"""Fuzz entry: signing certificates, in DER, through all that is asked of them."""

import functools

from imprint.attestations.certificates import load_certificate, read_certificate
from imprint.attestations.chains import verify_chain
from imprint.attestations.codes import Code, Rejection
from imprint.attestations.leaves import judge_leaf
from imprint.attestations.scts import verify_scts
from imprint.refusals import Malformed
from tests.attestations.authorities import (
    SIGNED_AT,
    CertificateLog,
    authority,
    intermediate,
    root,
    signer,
)


@functools.cache
def issuers():
    """Return the authority of signers and its root."""
    top = root()
    return intermediate(top), top


@functools.cache
def whole():
    """Return a certificate that is good."""
    return signer(issuers()[0]).der


def one_input(data: bytes) -> None:
    """Any bytes are the authority's certificate, rejected, or Malformed."""
    issuer, top = issuers()
    try:
        leaf = load_certificate(data)
        subject = read_certificate(leaf).subject
    except Malformed as err:
        refused = err.message
    else:
        refused = ""
        assert subject
        # Whatever it is, each step says so by a value.
        judged = [
            judge_leaf(leaf),
            verify_scts(leaf, issuer.loaded, (CertificateLog().log(),), 1),
        ]
        issued = verify_chain(leaf, (authority(issuer, top),), (SIGNED_AT,))
        judged.append(issued if isinstance(issued, Rejection) else None)
        assert all(found is None or isinstance(found.code, Code) for found in judged)
        assert data == whole() or any(judged)
    assert refused.isascii()
    assert refused == "" or refused.isprintable()
