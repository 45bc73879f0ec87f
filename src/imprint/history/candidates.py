"""Candidate: a version that is to be judged, with everything that judging it may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from imprint.history.axes import Axes, Carries
    from imprint.history.backdrops import Backdrop
    from imprint.history.events import EventId
    from imprint.history.identities import PublisherIdentity
    from imprint.history.pins import Pin
    from imprint.history.publications import PackageHistory


class Found(StrEnum):
    """What looking at a forge or a clone came to."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class SourceStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How a version stands at its source repository, where somebody could look."""

    tag: Found = Found.UNKNOWN
    """Whether a tag or release of this version is there (at the provenance's commit, if known)."""
    commit_on_protected_branch: Found = Found.UNKNOWN
    run_succeeded: Found = Found.UNKNOWN
    is_publish_job: Found = Found.UNKNOWN
    """Whether the run's job that signed is the one that publishes."""
    looked_at: str = ""
    """`clone`, or the forge's host."""


Neighbour: TypeAlias = "Callable[[str], PackageHistory | None]"
"""The history of another package, where it is known."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is to be judged."""

    history: PackageHistory
    carries: Carries
    version: str
    axes: Axes
    """As far as it was verified."""
    locked_integrity: str | None = None
    identity: PublisherIdentity | None = None
    """By its verified certificate."""
    identities: Mapping[str, PublisherIdentity] = msgspec.field(default_factory=dict)
    """Of other versions of the package, verified too."""
    pin: Pin | None = None
    is_introduced: bool = False
    """A change under review brings it in: it counts as fresh, whatever its age."""
    replaces: str | None = None
    """The version that it takes the place of, there."""
    is_critical: bool = False
    """Policy calls the package critical (`[[require]]`)."""
    neighbour: Neighbour | None = None
    """None: nobody can be asked."""
    source: SourceStanding | None = None
    broken: Mapping[EventId, str] = msgspec.field(default_factory=dict)
    """What verifying it found broken, each with its line. What the axes say needs no entry."""
    registry_keys: frozenset[str] | None = None
    """Ids of the keys that the registry publishes; None: nobody asked."""
    registry_signs_all: bool = False
    """The registry is one that signs every version: an unsigned one is not as it is served."""
    backdrop: Backdrop | None = None
    """Of this history and carries, where many of its versions are judged; None: made anew."""
    burst_of: tuple[str, ...] = ()
    """Sibling packages of the same publisher that were published within the same minutes."""
