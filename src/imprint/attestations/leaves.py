"""Whether a certificate is made for signing code, and for nothing that would issue others.

Not here: who issued it (`chains`), and whether that is public (`scts`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.x509.certificates import (
    BASIC_CONSTRAINTS,
    CODE_SIGNING,
    EXTENDED_KEY_USAGE,
    KEY_USAGE,
    SUBJECT_NAME,
)
from imprint.refusals import quoted

if TYPE_CHECKING:
    from imprint.attestations.x509.certificates import X509Certificate

_UNDERSTOOD: Final = frozenset({BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, KEY_USAGE, SUBJECT_NAME})


def judge_leaf(leaf: X509Certificate) -> Rejection | None:
    """Return why this is no certificate for signing code, or None: it is one.

    RFC 5280 §4.2: key usage digitalSignature, extended key usage codeSigning, not a CA, and no
    critical extension that nobody here understands. Only extensions are looked at.
    """
    for oid in leaf.critical:
        if oid not in _UNDERSTOOD:
            named = quoted(oid)
            return _rejection(f"has the critical extension {named}, which is not understood")
    if leaf.is_authority:
        return _rejection("is one of an authority, expected one of a signer")
    if leaf.usage is None or not leaf.usage.digital_signature:
        return _rejection("has no key usage `digitalSignature`")
    if leaf.purposes is None or CODE_SIGNING not in leaf.purposes:
        return _rejection("has no extended key usage `codeSigning`")
    return None


def _rejection(what: str) -> Rejection:
    return Rejection(code=Code.LEAF, message=f"signing certificate {what}")
