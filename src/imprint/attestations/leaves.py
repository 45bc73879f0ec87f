"""Whether a certificate is made for signing code, and for nothing that would issue others.

Not here: who issued it (`chains`), and whether that is public (`scts`).
"""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from imprint.attestations.codes import Code, Rejection
from imprint.refusals import quoted

_UNDERSTOOD: Final = frozenset(
    {
        x509.BasicConstraints,
        x509.ExtendedKeyUsage,
        x509.KeyUsage,
        x509.SubjectAlternativeName,
    }
)


def judge_leaf(leaf: x509.Certificate) -> Rejection | None:
    """Return why this is no certificate for signing code, or None: it is one.

    RFC 5280 §4.2: key usage digitalSignature, extended key usage codeSigning, not a CA, and no
    critical extension that nobody here understands. Only extensions are looked at.
    """
    by_type: dict[type[x509.ExtensionType], x509.ExtensionType] = {}
    for extension in leaf.extensions:
        # By type: an `isinstance` of each of twenty extensions costs more than the rest.
        by_type[type(extension.value)] = extension.value
        if extension.critical and type(extension.value) not in _UNDERSTOOD:
            named = quoted(extension.oid.dotted_string)
            return _rejection(f"has the critical extension {named}, which is not understood")
    match by_type.get(x509.BasicConstraints):
        case x509.BasicConstraints(ca=True):
            return _rejection("is one of an authority, expected one of a signer")
        case _:
            pass
    match by_type.get(x509.KeyUsage):
        case x509.KeyUsage(digital_signature=True):
            pass
        case _:
            return _rejection("has no key usage `digitalSignature`")
    match by_type.get(x509.ExtendedKeyUsage):
        case x509.ExtendedKeyUsage() as usages if ExtendedKeyUsageOID.CODE_SIGNING in usages:
            return None
        case _:
            return _rejection("has no extended key usage `codeSigning`")


def _rejection(what: str) -> Rejection:
    return Rejection(code=Code.LEAF, message=f"signing certificate {what}")
