"""Policy: what a project, and an organization above it, ask of what they install.

Plain data, read by `read`, layered by `layers`, judged by `decide`. Shape and semantics: facts,
consumers §6.6. Durations are seconds; moments are Unix seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

import msgspec

from imprint.history.axes import Approval, Auth, Grade, Origin, Signature
from imprint.history.events import EventSeverity
from imprint.npm.advisories.model import AdvisorySeverity
from imprint.reachability.exposure import Exposure

if TYPE_CHECKING:
    from imprint.policy.patterns import PackagePattern
    from imprint.publishers.refs import RefPattern

DAY_SECONDS = 86_400.0
_LIGHT_FIRST = (EventSeverity.INFO, EventSeverity.WARN, EventSeverity.ERROR)
MOST_ACCEPTED_SECONDS = 365 * DAY_SECONDS
USUAL_ACCEPTED_SECONDS = 90 * DAY_SECONDS


class Mode(StrEnum):
    """What a refusal does: nothing but be told, be told as a warning, fail."""

    OBSERVE = "observe"
    WARN = "warn"
    ENFORCE = "enforce"


class Weight(IntEnum):
    """What a rule, or lacking evidence, comes to. Comparable: the strictest is the greatest."""

    NONE = 0
    WARN = 1
    BLOCK = 2


class RuleLevel(StrEnum):
    """What a file says that becomes of an event."""

    OFF = "off"
    WARN = "warn"
    BY_SEVERITY = "by-severity"
    """An error blocks, a warning warns."""
    BLOCK = "block"


class DevScope(StrEnum):
    """How packages are judged that only development needs."""

    NONE = "none"
    """They only warn."""
    BUILD_ONLY = "build-only"
    """Those that an install, a build or a test runs as all others; the inert only warn."""
    ALL = "all"


class BundledScope(StrEnum):
    """How packages are judged whose bytes come in another's tarball."""

    WARN = "warn"
    INHERIT = "inherit"
    """By the evidence of the package that carries them."""


class Rule(msgspec.Struct, frozen=True):
    """What becomes of one event, or of one of the rules' own reasons, by its severity.

    Three weights instead of a level, so that the stricter of two rules is always a rule too.
    """

    info: Weight = Weight.NONE
    """Drift makes `info` of what is old."""
    warn: Weight = Weight.WARN
    error: Weight = Weight.BLOCK

    @classmethod
    def of(cls, level: RuleLevel, least: EventSeverity = EventSeverity.WARN) -> Rule:
        """Return the rule of `level` for events of severity `least` and worse."""
        match level:
            case RuleLevel.OFF:
                light, error = Weight.NONE, Weight.NONE
            case RuleLevel.WARN:
                light, error = Weight.WARN, Weight.WARN
            case RuleLevel.BLOCK:
                light, error = Weight.BLOCK, Weight.BLOCK
            case RuleLevel.BY_SEVERITY:
                light, error = Weight.WARN, Weight.BLOCK
        return cls(
            info=light if least <= EventSeverity.INFO else Weight.NONE,
            warn=light if least <= EventSeverity.WARN else Weight.NONE,
            error=error,
        )

    def weigh(self, severity: EventSeverity) -> Weight:
        """Return what an event of this severity comes to."""
        return (self.info, self.warn, self.error)[severity - 1]

    def stricter(self, other: Rule) -> Rule:
        """Return the rule that blocks and warns wherever one of the two does."""
        return Rule(*(max(self.weigh(s), other.weigh(s)) for s in _LIGHT_FIRST))

    def is_looser_than(self, other: Rule) -> bool:
        """Return whether some event comes to less than by `other`."""
        return any(self.weigh(s) < other.weigh(s) for s in _LIGHT_FIRST)


class Minimum(msgspec.Struct, frozen=True, kw_only=True):
    """The least evidence: every part that is not None is asked for."""

    grade: Grade | None = None
    auth: Auth | None = None
    approval: Approval | None = None
    origin: Origin | None = None
    signature: Signature | None = None


class IdentityPin(msgspec.Struct, frozen=True, kw_only=True):
    """The publisher that is expected. None: any."""

    repository: str | None = None
    """`owner/name`; exact, where ids are not given."""
    repository_id: str | None = None
    owner_id: str | None = None
    workflow: str | None = None
    """A path in the repository, or a file's name."""
    ref: RefPattern | None = None
    issuer: str | None = None


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of some packages (`[[require]]`, a vendor, a preset)."""

    packages: tuple[PackagePattern, ...]
    any_of: tuple[Minimum, ...] = ()
    """One of them is met. Empty: nothing is asked but the identity."""
    identity: IdentityPin | None = None
    reach: frozenset[Exposure] = frozenset()
    """Only where a package is exposed so; empty: always."""
    level: Weight = Weight.BLOCK
    enforce_from: float | None = None
    """Before, it only warns."""
    asked_by: str
    """Who asks, for people: `[[require]] in line 9`, `vendor Acme`, `preset provenance`."""
    is_critical: bool = True
    """Whether it makes a package critical: not so for presets, which ask of everything."""
    contact: str | None = None


class Accept(msgspec.Struct, frozen=True, kw_only=True):
    """A reason that may be there, for a while (`[[accept]]`)."""

    rule: str
    packages: tuple[PackagePattern, ...]
    why: str
    until: float
    by: str | None = None
    before: str | None = None
    """`from`: the identity, or value, that it changes from."""
    after: str | None = None
    """`to`."""
    where: str = ""
    """`imprint.toml:12`."""


class Quarantine(msgspec.Struct, frozen=True, kw_only=True):
    """One exact tarball that is refused, or vouched for whatever cryptography says."""

    integrity: str
    """An SRI digest, sha512 or sha1."""
    is_refused: bool
    why: str
    until: float | None = None
    """Vouching ends; refusing does not."""
    by: str | None = None
    where: str = ""


class AllowedAdvisory(msgspec.Struct, frozen=True, kw_only=True):
    """An advisory that somebody decided to live with, for a while."""

    id: str
    why: str
    until: float
    packages: tuple[PackagePattern, ...] = ()
    """Empty: of every package."""
    by: str | None = None
    where: str = ""


class AdvisoryRules(msgspec.Struct, frozen=True, kw_only=True):
    """What known flaws come to. Malware always blocks."""

    block: AdvisorySeverity | None = None
    """From this severity on; None: they warn."""
    allow: tuple[AllowedAdvisory, ...] = ()


class LicenseRules(msgspec.Struct, frozen=True, kw_only=True):
    """Which licences may be there. Both empty: nobody asks."""

    allow: tuple[str, ...] = ()
    """SPDX ids; empty: any that is not denied (`licenses.judge_license`)."""
    deny: tuple[str, ...] = ()
    unknown: Weight = Weight.WARN

    @property
    def is_asked(self) -> bool:
        """Whether there is a rule at all."""
        return bool(self.allow or self.deny)


class ScopeRule(msgspec.Struct, frozen=True, kw_only=True):
    """Names that come from one registry and no other (`[[scope]]`)."""

    names: tuple[PackagePattern, ...]
    registry: str | None = None
    """Its address; None: any."""
    is_own: bool = False
    """They are the project's own: no cooldown, and lacking evidence is no matter."""
    where: str = ""


class Extends(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that this one tightens, by its digest."""

    address: str
    """A path, an https address, or `git:REVISION:PATH`."""
    sha256: str
    where: str = ""


NO_PLACES: Mapping[str, str] = {}


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides. Made by `read_policy`, whole: what is not said is the preset's."""

    mode: Mode
    enforce_from: float | None = None
    """From then on the mode is `enforce`."""
    preset: str
    fresh_seconds: float
    cooldown_seconds: float
    """0: releases need not wait."""
    unknown: Mapping[str, Weight]
    """By axis (`subjects.Lacking.axis`)."""
    needs_history: bool
    """Whether a version is undecided where neither its credential nor its origin can be known."""
    dev: DevScope
    bundled: BundledScope
    rules: Mapping[str, Rule]
    """By event or rule; what is not there is by severity."""
    require: tuple[Requirement, ...] = ()
    vendors: tuple[Requirement, ...] = ()
    accept: tuple[Accept, ...] = ()
    accept_cap_seconds: float = USUAL_ACCEPTED_SECONDS
    """An acceptance that ends later than this from now counts for nothing yet."""
    quarantine: tuple[Quarantine, ...] = ()
    advisories: AdvisoryRules = msgspec.field(default_factory=AdvisoryRules)
    licenses: tuple[LicenseRules, ...] = ()
    """Each layer's: all of them have to be content."""
    scopes: tuple[ScopeRule, ...] = ()
    delegated: frozenset[str] = frozenset()
    """Rules whose reasons a policy that extends this one may accept."""
    extends: tuple[Extends, ...] = ()
    origin: str
    """The file, for people; of a policy with layers the lowest."""
    said: Mapping[str, str] = msgspec.field(default_factory=lambda: NO_PLACES)
    """Each key that a file says, and where: `imprint.toml:3`. The rest is the preset's."""
    digest: str
    """sha256 over the text, and those of the layers: 64 hex digits."""

    def rule(self, code: str) -> Rule:
        """Return what becomes of an event or reason."""
        return self.rules.get(code, _BY_SEVERITY)


_BY_SEVERITY = Rule()


def mode_at(policy: Policy, now: float) -> Mode:
    """Return what a refusal does at `now`: `enforce-from` switches by itself.

    A policy that says `enforce` from a date on warns before it.
    """
    if policy.enforce_from is None:
        return policy.mode
    if now >= policy.enforce_from:
        return Mode.ENFORCE
    return Mode.WARN if policy.mode is Mode.ENFORCE else policy.mode
