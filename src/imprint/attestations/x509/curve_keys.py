"""Keys on the three curves in use, from DER. All others are read by the library."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurve,
    EllipticCurvePublicKey,
)

_FORMS: Final[tuple[tuple[bytes, int, EllipticCurve], ...]] = (
    (bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200"), 65, SECP256R1()),
    (bytes.fromhex("3076301006072a8648ce3d020106052b81040022036200"), 97, SECP384R1()),
    (bytes.fromhex("30819b301006072a8648ce3d020106052b8104002303818600"), 133, SECP521R1()),
)
"""RFC 5480: the bytes before a point, the point's length, and its curve."""
_UNCOMPRESSED: Final = b"\x04"


def read_curve_key(spki: bytes) -> EllipticCurvePublicKey | None:
    """Return the key that a SubjectPublicKeyInfo is; None where it is none of the usual form."""
    for head, length, curve in _FORMS:
        if spki.startswith(head + _UNCOMPRESSED) and len(spki) == len(head) + length:
            try:
                return EllipticCurvePublicKey.from_encoded_point(curve, spki[len(head) :])
            except ValueError:  # not on the curve
                return None
    return None
