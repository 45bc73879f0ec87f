"""What is kept, as values: a trust domain, and a registry's keys. Not here: their files.

The documents inside are sigstore's and the registry's own, as they are: `attestations` reads them.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import asdict

from imprint.attestations.domains import Thresholds
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from imprint.attestations.domains import AllowedIssuer

MAX_THRESHOLD: Final = 16

_NAME: Final = re.compile(r"[a-z0-9](-?[a-z0-9]){0,62}")


class SigningAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where clients of an instance have something signed. None: it has no such service."""

    fulcio: str
    rekor: str | None = None
    """Of its API's version 1: the one that every client of npm understands."""
    timestamp: str | None = None


class TufSource(msgspec.Struct, frozen=True, kw_only=True):
    """The TUF repository that a domain is renewed from."""

    repository: str
    root: bytes | None = None
    """Root metadata to begin with; None: somebody has to bring it."""


class DomainDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One trust domain as its file has it."""

    name: str
    source: str
    """For people: from where, and of what day."""
    updated_at: float
    """Unix seconds: as of when it was current."""
    thresholds: Thresholds
    issuers: tuple[AllowedIssuer, ...]
    raw_trusted_root: bytes
    """sigstore's `trusted_root.json`."""
    signing: SigningAddresses | None = None
    tuf: TufSource | None = None

    @property
    def digest(self) -> str:
        """sha256, hex, over all that a verdict depends on: not over where and when it came from."""
        judged = {
            "name": self.name,
            "thresholds": asdict(self.thresholds),
            "issuers": [asdict(issuer) for issuer in self.issuers],
            "trusted_root": json.loads(self.raw_trusted_root),
        }
        return hashlib.sha256(json.dumps(judged, sort_keys=True).encode()).hexdigest()


class KeysDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of one registry as their file has them."""

    label: str
    """See `registry_labels`."""
    source: str
    updated_at: float
    raw_keys: bytes
    """`{"keys": […]}`, as `/-/npm/v1/keys` or a TUF target has it."""
    domain: str | None = None
    """The trust domain whose TUF repository has them, too."""

    @property
    def digest(self) -> str:
        """sha256, hex, over the keys alone."""
        keys = json.loads(self.raw_keys)
        return hashlib.sha256(json.dumps(keys, sort_keys=True).encode()).hexdigest()


def is_domain_name(text: str) -> bool:
    """Tell whether a trust domain, and so its file, could be called that."""
    return _NAME.fullmatch(text) is not None


def check_thresholds(thresholds: Thresholds) -> None:
    """Let pass what can be owed; raises Malformed (`trust-thresholds`).

    A certificate is judged at a time, so one verified time is the least.
    """
    for name, number in asdict(thresholds).items():
        least = 1 if name == "times" else 0
        if not least <= number <= MAX_THRESHOLD:
            raise Malformed(
                "trust-thresholds",
                f"the threshold `{name}` is `{number}`: it takes {least} to {MAX_THRESHOLD}",
            )
