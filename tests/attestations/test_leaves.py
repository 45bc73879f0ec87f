"""Leaves: which certificates are made for signing code."""

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from imprint.attestations.codes import Code
from imprint.attestations.leaves import judge_leaf
from tests.attestations.authorities import intermediate, root, signer, signer_extensions

AUTHORITY = intermediate(root())


def judged(**changes):
    return judge_leaf(signer(AUTHORITY, extensions=signer_extensions(**changes)).loaded)


def basic(*, ca, critical=False):
    return x509.BasicConstraints(ca=ca, path_length=None), critical


def test_a_certificate_for_signing_code_is_one():
    assert judged() is None
    assert judged(more=[basic(ca=False, critical=True)]) is None


def test_it_may_be_for_other_uses_too():
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.CODE_SIGNING]

    assert judged(usage=["digital_signature", "content_commitment"], purposes=usages) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"usage": None}, "signing certificate has no key usage `digitalSignature`"),
        (
            {"usage": ["key_encipherment"]},
            "signing certificate has no key usage `digitalSignature`",
        ),
        ({"purposes": None}, "signing certificate has no extended key usage `codeSigning`"),
        (
            {"purposes": [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]},
            "signing certificate has no extended key usage `codeSigning`",
        ),
        (
            {"purposes": [ExtendedKeyUsageOID.TIME_STAMPING]},
            "signing certificate has no extended key usage `codeSigning`",
        ),
        (
            {"more": [basic(ca=True)]},
            "signing certificate is one of an authority, expected one of a signer",
        ),
        (
            {"more": [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b""), True)]},
            "signing certificate has the critical extension `1.2.3`, which is not understood",
        ),
        (
            {"more": [(x509.OCSPNoCheck(), True)]},
            "signing certificate has the critical extension `1.3.6.1.5.5.7.48.1.5`, which is not understood",
        ),
    ],
)
def test_any_other_certificate_is_rejected(changes, message):
    rejection = judged(**changes)

    assert (rejection.code, rejection.message) == (Code.LEAF, message)
