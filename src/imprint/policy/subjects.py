"""Subject: everything about one locked version that a rule may ask of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from imprint.history.axes import Axes, Grade
    from imprint.history.events import DriftEvent
    from imprint.history.identities import PublisherIdentity
    from imprint.npm.advisories.model import Advisory
    from imprint.reachability.exposure import Exposure


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence that could not be had."""

    axis: str
    """`auth`, `approval`, `origin`, `signature`, `time`, `packument`, `advisories`, `license`."""
    why: str
    """One line."""
    is_of_registry: bool = False
    """The registry has it for no version (it strips the field): said once, not for each."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One name@version that an install would bring."""

    name: str
    version: str
    integrity: str | None
    """Of the lockfile, else of the packument."""
    registry: str
    """Its address."""
    axes: Axes
    grade: Grade
    identity: PublisherIdentity | None
    configuration_id: str | None = None
    publisher_user: str | None = None
    published: float | None = None
    """Unix seconds, by the best source."""
    events: tuple[DriftEvent, ...] = ()
    exposure: Exposure | None = None
    """None: nobody looked."""
    is_dev: bool = False
    """Only development needs it."""
    is_bundled: bool = False
    """Its bytes come in another package's tarball, whose evidence it has."""
    is_from_registry: bool = True
    """False: git, an address, a folder."""
    address: str | None = None
    """Where it comes from then, as the lockfile has it."""
    advisories: tuple[Advisory, ...] = ()
    fixes_advisory_of: str | None = None
    """The advisory that this version fixes, of a version that was used before."""
    license: str | None = None
    lacking: tuple[Lacking, ...] = ()
