"""What npm and pnpm say of a version's registry signatures, by what a registry serves.

After pacote's `registry.js`: every signature is of a key that is served, which had not expired when
the packument says that the version was published, and verifies.
"""

import base64
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


def npm_verdict(keys, packument, version):
    """`verified`, `missing`, or the code that npm fails with."""
    by_id = {key["keyid"]: key for key in keys["keys"]}
    assert len(by_id) == len(keys["keys"])
    dist = packument["versions"][version]["dist"]
    published = datetime.fromisoformat(packument["time"][version])
    message = f"{packument['name']}@{version}:{dist['integrity']}".encode()
    if not dist.get("signatures"):
        return "missing"
    for signature in dist["signatures"]:
        key = by_id.get(signature["keyid"])
        if key is None:
            return "EMISSINGSIGNATUREKEY"
        if key["expires"] and published >= datetime.fromisoformat(key["expires"]):
            return "EEXPIREDSIGNATUREKEY"
        public_key = load_der_public_key(base64.b64decode(key["key"]))
        assert isinstance(public_key, EllipticCurvePublicKey)
        try:
            public_key.verify(base64.b64decode(signature["sig"]), message, ECDSA(SHA256()))
        except InvalidSignature:
            return "EINTEGRITYSIGNATURE"
    return "verified"
