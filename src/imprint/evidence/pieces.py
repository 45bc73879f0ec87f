"""Pieces: everything that was gathered of one version, unjudged."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from imprint.evidence.looked import Had

if TYPE_CHECKING:
    from imprint.evidence.looked import Looked
    from imprint.npm.published import PublishedVersion
    from imprint.npm.strict_json import JsonObject
    from imprint.refusals import Refusal


class TarballFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A tarball that somebody has in hand."""

    sha512: str
    """Of its bytes: 128 hex digits."""
    size_bytes: int
    package_json: JsonObject | Refusal | None
    """What is in it; why it cannot be read; None: it was not looked into."""


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """What a registry has and says of one version."""

    published: PublishedVersion
    document: Looked[bytes]
    """The attestations."""
    tarball: Looked[TarballFacts]

    def digest(self) -> str:
        """Return the digest of everything in here, hex: a kept verdict names it."""
        said = (
            self.published,
            # The document by its own digest: the rest is small.
            hashlib.sha256(self.document.value).hexdigest()
            if isinstance(self.document, Had)
            else self.document,
            self.tarball.value if isinstance(self.tarball, Had) else self.tarball,
        )
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()
