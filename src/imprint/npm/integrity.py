"""Digests of what was published, and the texts that claim them (subresource integrity, SRI)."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from functools import lru_cache

import msgspec

from imprint.refusals import Malformed, quoted

MAX_SRI_CHARACTERS = 2048
_REMEMBERED = 4096
"""SRI texts: one is asked about several times while its version is judged."""

_DIGEST_BYTES = {"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}


class Digests(msgspec.Struct, frozen=True, kw_only=True):
    """The digests of one tarball that npm and its clients, attestations and our storage go by."""

    shasum: str
    """sha1, 40 hex digits: `dist.shasum`."""
    sha256: str
    """64 hex digits: the key of the blob."""
    sha512: str
    """128 hex digits: the subject digest of attestations."""

    @classmethod
    def of(cls, data: bytes) -> Digests:
        """Compute the digests of `data`."""
        return cls(
            # sha1 is what npm's wire has; nothing here relies on it.
            shasum=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
            sha256=hashlib.sha256(data).hexdigest(),
            sha512=hashlib.sha512(data).hexdigest(),
        )

    @property
    def integrity(self) -> str:
        """The sha512 as SRI, `sha512-<base64>`: `dist.integrity`."""
        return integrity_of(self.sha512)

    def require_integrity(self, text: str) -> None:
        """Refuse an SRI text that is not of this very data.

        It has to have a sha512, and every sha512 in it has to be ours. Raises Malformed
        (`malformed-integrity`, `integrity-mismatch`).
        """
        claimed = [digest for algorithm, digest in parse_sri(text) if algorithm == "sha512"]
        if not claimed:
            raise Malformed(
                "malformed-integrity", f"integrity {quoted(text)} has no `sha512-...` hash"
            )
        if any(digest.hex() != self.sha512 for digest in claimed):
            raise Malformed(
                "integrity-mismatch",
                f"integrity {quoted(text)} is not the tarball's: that is `{self.integrity}`",
            )

    def require_shasum(self, text: str) -> None:
        """Refuse a sha1 that is not of this very data. Raises Malformed (`integrity-mismatch`)."""
        if text != self.shasum:
            raise Malformed(
                "integrity-mismatch",
                f"shasum {quoted(text)} is not the tarball's: that is `{self.shasum}`",
            )


def integrity_of(sha512: str) -> str:
    """Return 128 hex digits as SRI."""
    return f"sha512-{b64encode(bytes.fromhex(sha512)).decode()}"


@lru_cache(maxsize=_REMEMBERED)
def parse_sri(text: str) -> tuple[tuple[str, bytes], ...]:
    """Return the hashes of an SRI text in its order, as (algorithm, digest).

    Raises Malformed (`malformed-integrity`) for an unknown algorithm, a digest of the wrong length,
    base64 that is not canonical, options, and a text without any hash.
    """
    parts = text.split(" ") if len(text) <= MAX_SRI_CHARACTERS else ()
    hashes = tuple(_hash_of(part) for part in parts if part)
    if not hashes:
        raise _malformed(text)
    return hashes


def _hash_of(part: str) -> tuple[str, bytes]:
    algorithm, _, encoded = part.partition("-")
    try:
        digest = a2b_base64(encoded, strict_mode=True)
    except (Base64Error, ValueError) as err:
        raise _malformed(part) from err
    # Encoded again and compared: a digest has one spelling.
    if len(digest) != _DIGEST_BYTES.get(algorithm) or b64encode(digest).decode() != encoded:
        raise _malformed(part)
    return algorithm, digest


def _malformed(text: str) -> Malformed:
    return Malformed(
        "malformed-integrity", f"integrity {quoted(text)} is none: one is `sha512-<base64>`"
    )
