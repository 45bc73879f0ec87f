"""Whether a certificate is made for signing code, and for nothing that would issue others.

Not here: who issued it (`chains`), and whether that is public (`scts`).
"""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from imprint.attestations.codes import Code, Rejection
from imprint.refusals import quoted

_UNDERSTOOD: Final = (
    x509.BasicConstraints,
    x509.ExtendedKeyUsage,
    x509.KeyUsage,
    x509.SubjectAlternativeName,
)


def judge_leaf(leaf: x509.Certificate) -> Rejection | None:
    """Return why this is no certificate for signing code, or None: it is one.

    RFC 5280 §4.2: key usage digitalSignature, extended key usage codeSigning, not a CA, and no
    critical extension that nobody here understands. Only extensions are looked at.
    """
    signs = for_code = False
    for extension in leaf.extensions:
        match extension.value:
            case x509.KeyUsage() as usage:
                signs = usage.digital_signature
            case x509.ExtendedKeyUsage() as usages:
                for_code = ExtendedKeyUsageOID.CODE_SIGNING in usages
            case x509.BasicConstraints(ca=True):
                return _rejection("is one of an authority, expected one of a signer")
            case _:
                pass
        if extension.critical and not isinstance(extension.value, _UNDERSTOOD):
            named = quoted(extension.oid.dotted_string)
            return _rejection(f"has the critical extension {named}, which is not understood")
    if not signs:
        return _rejection("has no key usage `digitalSignature`")
    if not for_code:
        return _rejection("has no extended key usage `codeSigning`")
    return None


def _rejection(what: str) -> Rejection:
    return Rejection(code=Code.LEAF, message=f"signing certificate {what}")
