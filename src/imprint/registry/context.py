"""Registry: what every use case of this room is given. Made once, at start-up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imprint.registry.guesses import Guesses
from imprint.registry.recent import RecentRefusals

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.storage.blobs import Blobs
    from imprint.storage.database import Database
    from imprint.storage.sealing import Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
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
    max_publish_bytes: int = 64 * 1024 * 1024
    publications_per_hour: int = 2000
    """Per package; what is over it is refused with 429."""
    banned_events: frozenset[str] = frozenset()
    """Events that no trusted publisher may publish on, whatever it says itself."""
    open_registration: bool = False
    """Whether `npm adduser` may make accounts."""
    recent_refusals: RecentRefusals = field(default_factory=RecentRefusals)
    guesses: Guesses = field(default_factory=Guesses)
