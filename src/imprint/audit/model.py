"""Audit: what a run came to, once, for every report."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.history.axes import Axes, Grade
    from imprint.history.events import DriftEvent
    from imprint.history.identities import PublisherIdentity
    from imprint.npm.advisories.model import Advisory
    from imprint.policy.decisions import Decision
    from imprint.policy.model import Mode
    from imprint.policy.subjects import Lacking, Subject
    from imprint.reachability.exposure import Reach
    from imprint.refusals import Refusal


POLICY_CHANGED = "policy-changed"
"""The code of what a change does to the files that judge it (`RuleChange`)."""


class Change(StrEnum):
    """What a difference of two lockfiles did to a package."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a package's timeline, for evidence tables."""

    version: str
    published: float | None
    grade: Grade
    publisher: str
    """In words: `acme/widget release.yml`, `by token (alice)`."""
    is_candidate: bool = False


class AuditedPackage(msgspec.Struct, frozen=True, kw_only=True):
    """One name@version of the lockfile, wherever it stands in it."""

    name: str
    version: str
    keys: tuple[str, ...]
    """Its places in the lockfile, the first first."""
    line: int
    """Of the first place."""
    path: tuple[str, ...]
    """One shortest way into the graph: project, …, this package. Names with versions."""
    manifest: str | None = None
    """The package.json whose dependency brings it, below the lockfile's folder."""
    manifest_line: int | None = None
    """Where that dependency stands in it, from 1 (`npm.manifest_lines`)."""
    source: str
    """`registry`, `git`, `tarball`, `file`, `bundled`."""
    bundled_in: str | None = None
    """`name@version` of the package that carries it."""
    aliases: tuple[str, ...] = ()
    is_dev: bool
    is_optional: bool
    is_patched: bool = False
    registry: str | None = None
    integrity: str | None = None
    axes: Axes
    grade: Grade
    identity: PublisherIdentity | None
    publisher: str
    """In words."""
    published: float | None = None
    events: tuple[DriftEvent, ...] = ()
    decision: Decision
    reach: Reach | None = None
    advisories: tuple[Advisory, ...] = ()
    license: str | None = None
    lacking: tuple[Lacking, ...] = ()
    timeline: tuple[Release, ...] = ()
    """The last publications of its line, the newest first; only where there are events."""
    hold_at: str | None = None
    """The newest version that policy admits, where this one is refused."""
    change: Change | None = None
    """In a difference."""
    replaces: str | None = None
    """In a difference: the version before."""
    grade_before: Grade | None = None


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """How much was checked: never is a pass silent."""

    packages: int
    """Distinct name@version."""
    checked: int
    """With evidence of their own, or their parent's."""
    signatures_valid: int = 0
    provenance_verified: int = 0
    invalid: int = 0
    is_incomplete: bool = False
    """Something that was asked for failed as a whole, and policy does not allow that."""
    requests: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    """One line each: a registry that strips fields, what the lockfile does not say."""


class RuleChange(msgspec.Struct, frozen=True, kw_only=True):
    """A file that decides, and that the change itself changes: it counts once that is merged."""

    path: str
    """Below the repository's root."""
    change: Change
    looser: tuple[str, ...] = ()
    """What it would let pass, or asks for no more; one line each, from the change itself."""
    otherwise: tuple[str, ...] = ()
    """What else of it is another."""


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to."""

    lockfile: str
    """Its path, as it was named."""
    lockfile_format: str
    policy: str
    """`preset @ digest`, for people."""
    mode: Mode
    packages: tuple[AuditedPackage, ...]
    """The worst first: refused, undecided, with warnings, the rest; by exposure within."""
    coverage: Coverage
    now: float
    """Unix seconds: when it was judged."""
    is_difference: bool = False
    removed: tuple[str, ...] = ()
    """`name@version`, in a difference."""
    rules_from: str | None = None
    """The commit that policy, pins, baseline and .npmrc are of; None: the checkout's."""
    rule_changes: tuple[RuleChange, ...] = ()
    """Of these files, what is another in the checkout."""
    notes: tuple[str, ...] = ()
    """One line each: acceptances that expired or were not used, and the like."""
    next_change: float | None = None
    """When the next of its decisions may be another by itself."""
    subjects: tuple[Subject, ...] = ()
    """What policy judged of each of `packages`: kept for trying another policy, and pinned."""
    counts: Mapping[str, int] = msgspec.field(default_factory=dict)
    """`packages`, `checked`, `admitted`, `refused`, `undecided`, `warned`, `accepted`, `known`."""


class NotAudited(msgspec.Struct, frozen=True, kw_only=True):
    """A lockfile, of several, that came to nothing."""

    lockfile: str
    """Its path, as it was found."""
    refusal: Refusal
    is_undecided: bool
    """True: it could not be had, and may be another time; False: it is not what it should be."""


class AuditSet(msgspec.Struct, frozen=True, kw_only=True):
    """What a run over several lockfiles came to."""

    outcomes: tuple[Audit | NotAudited, ...]
    folder: str
    """The nearest that has all of them."""
    is_difference: bool
    now: float
    """Unix seconds."""
    seconds: float
    """How long all of it took."""
    notes: tuple[str, ...] = ()
    """One line each: where there may be lockfiles that nobody looked for."""

    @property
    def audits(self) -> tuple[Audit, ...]:
        """Those that came to something."""
        return tuple(one for one in self.outcomes if isinstance(one, Audit))

    @property
    def failures(self) -> tuple[NotAudited, ...]:
        """The others."""
        return tuple(one for one in self.outcomes if isinstance(one, NotAudited))
