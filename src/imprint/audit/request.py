"""AuditRequest: everything that a run is asked for, and whom it may ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from imprint.audit.lockfiles import FoundLockfile
    from imprint.evidence.gathering import Sources
    from imprint.evidence.policies import LoadedPolicy
    from imprint.evidence.proving import Judge
    from imprint.evidence.sources import SourceWanted
    from imprint.history.candidates import SourceStanding
    from imprint.reachability.edges import EdgeCache
    from imprint.storage.advisory_index import IndexPlace


class Advising(msgspec.Struct, frozen=True, kw_only=True):
    """Where advisories come from; neither: nobody looks, and it is said."""

    archive: Path | None = None
    """OSV's, of the npm ecosystem."""
    index: IndexPlace | None = None
    """Where the archive's index is kept; None: beside it."""
    asks_registries: bool = False


class Standings(Protocol):
    """Looks at forges or clones; raises nothing: what it could not see is unknown."""

    def __call__(self, wanted: Sequence[SourceWanted]) -> Mapping[tuple[str, str], SourceStanding]:
        """Return how versions stand at their source, by name and version."""
        ...


class AuditRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    found: FoundLockfile
    base: FoundLockfile | None = None
    """The lockfile before the change that is looked at; None: the whole lockfile is."""
    loaded: LoadedPolicy
    registry_of: Callable[[str | None], str]
    """The address of the registry of a scope, with a slash at its end; raises Malformed."""
    sources: Callable[[], Sources]
    """Made within the run's own event loop."""
    judge: Judge
    default_host: str
    """The public default's host: lockfiles name it whatever registry is configured."""
    advising: Advising = msgspec.field(default_factory=Advising)
    standings: Standings | None = None
    """Looks at source repositories; None: nobody does."""
    reaches: bool = True
    """Whether the application's sources are looked at."""
    edges: EdgeCache | None = None
    now: float
    """Unix seconds."""
