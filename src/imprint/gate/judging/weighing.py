"""Judging the versions of one packument by what was found, each by itself. It does no I/O.

The path is the one of audits (`evidence.packages`): this says what surrounds a version here, and
what of it nobody has looked at yet.
"""

from __future__ import annotations

import base64
import logging
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.evidence.looked import Had, NotLooked
from imprint.evidence.packages import Around, judge_version
from imprint.evidence.proven import assumed
from imprint.evidence.wanted import Wanted
from imprint.gate.judging.effects import verdict_on
from imprint.history.axes import Origin
from imprint.npm.advisories.fixes import first_fixed
from imprint.policy.codes import RuleCode, fingerprint_of
from imprint.policy.decisions import Admitted, Level, Reason, Refused, Undecided
from imprint.policy.rules import quarantine_of
from imprint.policy.subjects import Lacking
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from imprint.evidence.packages import Rules
    from imprint.evidence.proven import Proven
    from imprint.gate.judging.finding import Found
    from imprint.gate.judging.policies import GatePolicy
    from imprint.gate.model import UpstreamDocument, VersionVerdict
    from imprint.history.axes import Carries
    from imprint.history.backdrops import Backdrop
    from imprint.history.projection import PackumentHistory
    from imprint.npm.advisories.model import Advisory
    from imprint.policy.decisions import Decision
    from imprint.policy.model import Mode

log = logging.getLogger("imprint.gate")

_MOST_EARLIER = 3
"""Versions before one, whose advisories it may be the fix of."""


class Weighing(msgspec.Struct, kw_only=True):
    """The judging of one packument. Threads may take it one after another."""

    document: UpstreamDocument
    policy: GatePolicy
    mode: Mode
    rules: Rules
    carries: Carries
    backdrop: Backdrop
    young: frozenset[str]
    signs_all: bool
    """The upstream is known to sign every version."""
    found: Found
    looks_at_neighbours: bool
    bursts: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """The siblings of the versions that are of a burst."""
    verdicts: dict[str, VersionVerdict] = msgspec.field(default_factory=dict)
    """Of every version that is not plainly served."""
    moments: list[float] = msgspec.field(default_factory=list)
    """When some version may be judged otherwise by itself."""
    stripped: dict[str, None] = msgspec.field(default_factory=dict)
    """What the upstream has for no version."""
    asked_by: dict[str, set[str]] = msgspec.field(default_factory=dict)
    """Packages whose histories judging a young version asked for, by version."""

    def weigh(self, versions: Iterable[str]) -> None:
        """Judge these versions; one that cannot be judged never hides the others."""
        for version in versions:
            verdict = self.verdict(self._wanted(version))
            if not isinstance(verdict.decision, Admitted) or verdict.decision.accepted:
                self.verdicts[version] = verdict
            if verdict.decision.next_change is not None:
                self.moments.append(verdict.decision.next_change)

    def dependencies(self, versions: Iterable[str]) -> set[str]:
        """Return the packages whose histories judging these versions would ask for."""
        for version in versions:
            self.verdict(self._wanted(version))
        return set().union(*self.asked_by.values())

    def _wanted(self, version: str) -> Wanted:
        registry = self.document.upstream.url
        return Wanted(name=self.document.name, version=version, registry=registry)

    def verdict(self, wanted: Wanted) -> VersionVerdict:
        """Return what becomes of one version."""
        decision: Decision
        try:
            decision = self._quarantined(wanted) or self._decided(wanted)
        except Exception:  # one version must not take the others with it, nor pass unjudged
            log.exception("bug", extra={"package.name": wanted.name, "version": wanted.version})
            decision = undecided(wanted.name, "judging it failed: the server's log has the cause")
        return verdict_on(
            wanted.name,
            wanted.version,
            decision,
            mode=self.mode,
            undecided=self.policy.undecided,
        )

    def _decided(self, wanted: Wanted) -> Decision:
        rules, proven = self.rules, self.found.proofs.of(wanted)
        if proven is None:
            proven, rules = self._assumed(wanted)
        judged = judge_version(
            wanted,
            Had(self.document.history),
            carries=self.carries,
            proven=proven,
            identities=self.found.proofs.identities.get(wanted.name, {}),
            neighbour=self._neighbour_of(wanted.version),
            around=self._around(wanted),
            rules=rules,
            backdrop=self.backdrop,
        )
        for one in judged.subject.lacking:
            if one.is_of_registry:
                self.stripped[one.why] = None
        return judged.decision

    def _assumed(self, wanted: Wanted) -> tuple[Proven | None, Rules]:
        """Return a version as if all that it claims verified: nobody asked for its tarball yet.

        Whose it then is nobody knows either, so that no publisher is asked for.
        """
        row = self.document.history.publication(wanted.version)
        if row is None:
            return None, self.rules
        proven = assumed(row, self.carries)
        if proven.axes.origin is not Origin.BOUND:
            return proven, self.rules
        return proven, self._without_identities()

    def _without_identities(self) -> Rules:
        policy = self.rules.policy
        if not any(one.identity for one in (*policy.require, *policy.vendors)):
            return self.rules
        return replace(
            self.rules,
            policy=replace(
                policy,
                require=tuple(replace(one, identity=None) for one in policy.require),
                vendors=tuple(replace(one, identity=None) for one in policy.vendors),
            ),
        )

    def _around(self, wanted: Wanted) -> Around:
        found = self.found
        fixed = None
        if wanted.version in self.young and found.flaws:
            fixed = self._fixed_by(wanted.version)
        return Around(
            advisories=self._flaws_of(wanted.version),
            fixes_advisory_of=None if fixed is None else fixed.id,
            burst_of=self.bursts.get(wanted.version, ()),
            registry_keys=found.registry_keys,
            registry_signs_all=self.signs_all,
            lacking=tuple(self._lacking(wanted.version)),
        )

    def _flaws_of(self, version: str) -> tuple[Advisory, ...]:
        known = self.found.flaws.get(version)
        return known.value if isinstance(known, Had) else ()

    def _fixed_by(self, version: str) -> Advisory | None:
        """Return an advisory of a release before `version` that names it as the fix."""
        for earlier in releases_before(version, self.backdrop):
            fixed = first_fixed(self._flaws_of(earlier), earlier, version)
            if fixed is not None:
                return fixed
        return None

    def _lacking(self, version: str) -> Iterator[Lacking]:
        known = self.found.flaws.get(version)
        if isinstance(known, NotLooked):
            yield Lacking(axis="advisories", why=known.why, is_of_registry=True)
        if not self.looks_at_neighbours:
            return
        for name in sorted(self.asked_by.get(version, ())):
            looked = self.found.neighbours.get(name)
            if looked is None or isinstance(looked, NotLooked):
                why = "there are too many" if looked is None else looked.why
                what = f"its new dependency {quoted(name)} could not be looked at: {why}"
                yield Lacking(axis="packument", why=what)

    def _neighbour_of(self, version: str) -> Callable[[str], PackumentHistory | None] | None:
        """Return what gives the histories of a version's dependencies; of an old one, nothing."""
        if version not in self.young or not self.looks_at_neighbours:
            return None
        return partial(self._neighbour, version)

    def _neighbour(self, version: str, name: str) -> PackumentHistory | None:
        if name == self.document.name:
            return self.document.history
        self.asked_by.setdefault(version, set()).add(name)
        looked = self.found.neighbours.get(name)
        return looked.value if isinstance(looked, Had) else None

    def _quarantined(self, wanted: Wanted) -> Refused | None:
        digests = digests_of(self.document, wanted.version, wanted.integrity)
        return quarantined(self.policy, wanted.name, digests)


def releases_before(version: str, backdrop: Backdrop) -> tuple[str, ...]:
    """Return the releases just before `version` whose advisories it may be the fix of."""
    return tuple(islice(backdrop.lines.before(version), _MOST_EARLIER))


def quarantined(policy: GatePolicy, name: str, digests: Iterable[str]) -> Refused | None:
    """Return that a tarball is quarantined, by any digest that is known of it."""
    if not policy.loaded.policy.quarantine:
        return None  # nearly always, and asked of each tarball: no digest is worked out
    found = quarantine_of(policy.loaded.policy, digests)
    if found is None:
        return None
    reason = Reason(
        code=RuleCode.QUARANTINED,
        message=f"tarball is quarantined by {found.where}: {quoted(found.why)}",
        level=Level.BLOCK,
        fingerprint=fingerprint_of(name, RuleCode.QUARANTINED, found.integrity),
    )
    return Refused(reasons=(reason,))


def digests_of(
    document: UpstreamDocument | None, version: str, integrity: str | None
) -> Iterator[str]:
    """Yield every digest that is known of a tarball, as SRI texts."""
    row = None if document is None else document.history.publication(version)
    found = [integrity]
    if row is not None:
        found += [row.integrity, None if row.shasum is None else _sri_of(row.shasum)]
    yield from dict.fromkeys(one for one in found if one)


def undecided(name: str, why: str) -> Undecided:
    """Return that nothing could be told of a version, for this reason."""
    reason = Reason(
        code=RuleCode.UNKNOWN_EVIDENCE,
        message=why,
        level=Level.BLOCK,
        fingerprint=fingerprint_of(name, RuleCode.UNKNOWN_EVIDENCE, "gate"),
    )
    return Undecided(reasons=(reason,))


def _sri_of(shasum: str) -> str | None:
    try:
        return f"sha1-{base64.b64encode(bytes.fromhex(shasum)).decode()}"
    except ValueError:
        return None
