"""Keys outside: a program of the operator's signs, so that the private key is never here.

It is the door to PKCS#11, to a cloud's KMS, to a signing host over ssh. Which program that is comes
from the settings alone, never from the database: whoever can write there must not be able to start
anything. The program reads one JSON object from its standard input and answers one:

    {"schema": 1, "key_id": "SHA256:…", "algorithm": "ecdsa-p256-sha256", "data": "<base64>"}
    {"signature": "<base64 of the DER signature>"}
"""

from __future__ import annotations

import base64
import binascii
import shlex
import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from imprint.attestations.signatures import verifies
from imprint.refusals import Malformed, Unavailable, quoted

if TYPE_CHECKING:
    from imprint.storage.signing_keys import StoredKey

SCHEME = "exec:"
ALGORITHM = "ecdsa-p256-sha256"
ANSWER_SECONDS = 10.0
"""How long the program may take: somebody waits for a publication meanwhile."""
MOST_ANSWER_BYTES = 4096


class _Answer(msgspec.Struct):
    signature: str


class ExternalSigner(msgspec.Struct, frozen=True, kw_only=True):
    """A key that a program has."""

    key_id: str
    public_key: bytes
    command: tuple[str, ...]
    answer_seconds: float = ANSWER_SECONDS

    def sign(self, data: bytes) -> bytes:
        """Return the signature that the program makes, verified before anybody relies on it."""
        request = {
            "schema": 1,
            "key_id": self.key_id,
            "algorithm": ALGORITHM,
            "data": base64.b64encode(data).decode(),
        }
        signature = _signature(self._run(msgspec.json.encode(request)))
        if not verifies(load_der_public_key(self.public_key), signature, data):
            raise _unavailable(f"did not sign with the key `{self.key_id}`")
        return signature

    def _run(self, request: bytes) -> bytes:
        try:
            done = subprocess.run(
                self.command,
                input=request,
                capture_output=True,
                timeout=self.answer_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as err:
            raise _unavailable(f"did not answer within {self.answer_seconds:g} seconds") from err
        except OSError as err:
            raise _unavailable(f"cannot be started: {err.strerror or 'no such program'}") from err
        if done.returncode == 0:
            return done.stdout
        said = done.stderr.decode(errors="replace").strip().splitlines()
        why = f": {quoted(said[-1])}" if said else ""
        raise _unavailable(f"ended with {done.returncode}{why}")


def command_of(address: str) -> tuple[str, ...]:
    """Return the program and its arguments that `exec:/path/to/program arguments` names.

    Raises Malformed (`signer-address`). No shell reads it; quotes group words as in one.
    """
    try:
        words = shlex.split(address.removeprefix(SCHEME))
    except ValueError:
        words = []
    if address.startswith(SCHEME) and words and PurePosixPath(words[0]).is_absolute():
        return tuple(words)
    raise Malformed(
        "signer-address",
        f"the signer is {quoted(address)}: one is `exec:/path/to/program arguments`",
    )


def read_public_key(raw: bytes) -> bytes:
    """Return the SPKI of a P-256 key that is PEM or DER; raises Malformed."""
    pem = raw.lstrip().startswith(b"-----BEGIN")
    try:
        public_key = load_pem_public_key(raw) if pem else load_der_public_key(raw)
        if (
            isinstance(public_key, EllipticCurvePublicKey)
            and public_key.curve.name == SECP256R1.name
        ):
            return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        pass  # said below, as for a key of another kind
    raise Malformed("malformed-public-key", "the file is not a public P-256 key, as PEM or DER")


def external_signer(key: StoredKey, command: tuple[str, ...]) -> ExternalSigner:
    """Return the signer of a key that is not here."""
    return ExternalSigner(key_id=key.key_id, public_key=key.spki, command=command)


def _signature(answer: bytes) -> bytes:
    if len(answer) > MOST_ANSWER_BYTES:
        raise _unavailable(f"answered more than {MOST_ANSWER_BYTES} bytes")
    try:
        decoded = msgspec.json.decode(answer, type=_Answer)
        return base64.b64decode(decoded.signature, validate=True)
    except (msgspec.DecodeError, UnicodeDecodeError, binascii.Error, ValueError) as err:
        raise _unavailable('did not answer `{"signature": "<base64>"}`') from err


def _unavailable(what: str) -> Unavailable:
    return Unavailable(
        "signer-unavailable",
        f"the program that signs {what}",
        hint="nothing is published unsigned: try again when it works",
    )
