"""Registry: what every use case of this room is given. Made once, at start-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.registry.attempts import Attempts
from imprint.registry.policies import AttestationPolicy
from imprint.registry.recent import RecentRefusals

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.registry.signing.keys import Signing
    from imprint.storage.advisory_archive import AdvisoryArchive
    from imprint.storage.blobs import Blobs
    from imprint.storage.database import Database
    from imprint.storage.sealing import Seal

HOUR_SECONDS = 3600.0
MOST_GUESSES = 10
MOST_RECORDED = 100


class Registry(msgspec.Struct, frozen=True, kw_only=True):
    """The stores, the clock and the few settings that decisions depend on."""

    database: Database
    blobs: Blobs
    seal: Seal
    public_url: str
    """Without a slash at its end; tarball addresses begin with it."""
    audiences: frozenset[str]
    clock: Callable[[], float]
    """Unix seconds."""
    random: Callable[[int], bytes]
    """Unpredictable bytes, `os.urandom`."""
    signing: Signing | None = None
    """What versions are signed with; None: they are not, and no signature or key is served."""
    attestation_policy: AttestationPolicy = msgspec.field(default_factory=AttestationPolicy)
    max_publish_bytes: int = 64 * 1024 * 1024
    publications_per_hour: int = 2000
    """Per package; what is over it is refused with 429."""
    banned_events: frozenset[str] = frozenset()
    """Events that no trusted publisher may publish on, whatever it says itself."""
    open_registration: bool = False
    """Whether `npm adduser` may make accounts."""
    advisories: AdvisoryArchive | None = None
    """What is known against versions; None: nothing is, and clients are told so."""
    recent_refusals: RecentRefusals = msgspec.field(default_factory=RecentRefusals)
    guesses: Attempts = msgspec.field(
        default_factory=lambda: Attempts(most=MOST_GUESSES, within_seconds=HOUR_SECONDS)
    )
    """Wrong one-time passwords. Six digits are safe only where few may be tried (RFC 6238 §5.2,
    RFC 4226 §7.3): three are good at any time, of a million."""
    refused_exchanges: Attempts = msgspec.field(
        default_factory=lambda: Attempts(most=MOST_RECORDED, within_seconds=HOUR_SECONDS)
    )
    """Those that are written down, by repository: anybody can have a proved token."""
