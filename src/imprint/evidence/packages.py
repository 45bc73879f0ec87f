"""The one path from evidence to a decision: axes, drift, policy. Pure; for audit, gate and watch.

What was gathered comes in, each piece with its own outcome; what could not be had is lacking, and
policy says what that means. Not here: gathering (`gathering`), verifying (`proving`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.evidence.proven import Proven, published_at, unsigned
from imprint.history.axes import Auth, Axes, Carries, Origin, Signature
from imprint.history.candidates import Candidate
from imprint.history.claims import claimed_axes
from imprint.history.drift import drift_of, next_change
from imprint.history.fingerprints import event_fingerprint
from imprint.history.grades import grade_of
from imprint.policy.decide import decide
from imprint.policy.pins import pin_for
from imprint.policy.settings import is_critical
from imprint.policy.subjects import Lacking, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.evidence.looked import Looked
    from imprint.evidence.wanted import Wanted
    from imprint.history.axes import Grade
    from imprint.history.backdrops import Backdrop
    from imprint.history.candidates import Neighbour, SourceStanding
    from imprint.history.drift import DriftSettings
    from imprint.history.events import DriftEvent
    from imprint.history.identities import PublisherIdentity
    from imprint.history.pins import Pin
    from imprint.history.publications import PackageHistory, Publication
    from imprint.npm.advisories.model import Advisory
    from imprint.policy.decisions import Decision
    from imprint.policy.model import Policy
    from imprint.reachability.exposure import Exposure

NOTHING = Carries(
    times=False,
    users=False,
    trusted_publishers=False,
    approvers=False,
    signatures=False,
    attestations=False,
)


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """By what every version of a run is judged."""

    policy: Policy
    drift: DriftSettings
    pins: Mapping[str, tuple[Pin, ...]] = msgspec.field(default_factory=dict)
    baseline: frozenset[str] = frozenset()
    now: float


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one version beside its own evidence."""

    exposure: Exposure | None = None
    is_dev: bool = False
    advisories: tuple[Advisory, ...] = ()
    fixes_advisory_of: str | None = None
    source: SourceStanding | None = None
    burst_of: tuple[str, ...] = ()
    events: tuple[DriftEvent, ...] = ()
    """Of the lockfile itself."""
    registry_keys: frozenset[str] | None = None
    """Ids of the keys that the registry publishes; None: nobody asked."""
    registry_signs_all: bool = False
    lacking: tuple[Lacking, ...] = ()
    """What else could not be had: advisories."""


class JudgedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version, judged."""

    subject: Subject
    decision: Decision
    history: PackageHistory | None
    carries: Carries
    publication: Publication | None

    @property
    def grade(self) -> Grade:
        """For people."""
        return self.subject.grade

    @property
    def events(self) -> tuple[DriftEvent, ...]:
        """What drift found."""
        return self.subject.events


_UNREADABLE = "what the registry has of this very version cannot be read"


def judge_version(
    wanted: Wanted,
    history: Looked[PackageHistory],
    *,
    carries: Carries,
    proven: Proven | None,
    identities: Mapping[str, PublisherIdentity],
    neighbour: Neighbour | None,
    around: Around,
    rules: Rules,
    backdrop: Backdrop | None = None,
) -> JudgedVersion:
    """Return what one version comes to.

    `proven` is what was verified of it; None: nothing was, and the registry's word stands alone.
    `backdrop` is of `history` and `carries`, for who judges many versions of one package.
    """
    if not isinstance(history, Had):
        return _unseen(wanted, history, carries=carries, around=around, rules=rules)
    publication = history.value.publication(wanted.version)
    if proven is None:
        axes = Axes() if publication is None else unsigned(claimed_axes(publication, carries))
        proven = Proven(axes=axes)
    candidate = Candidate(
        history=history.value,
        carries=carries,
        version=wanted.version,
        axes=proven.axes,
        locked_integrity=wanted.integrity,
        identity=proven.identity,
        identities=identities,
        pin=pin_for(rules.pins, wanted.name, wanted.version),
        is_introduced=wanted.is_introduced,
        replaces=wanted.replaces,
        is_critical=is_critical(rules.policy, wanted.name, wanted.version),
        neighbour=neighbour,
        source=around.source,
        burst_of=around.burst_of,
        backdrop=backdrop,
        broken=proven.broken,
        registry_keys=around.registry_keys,
        registry_signs_all=around.registry_signs_all,
    )
    drifted = drift_of(candidate, now=rules.now, settings=rules.drift)
    events = tuple(sorted((*drifted, *_known(wanted, around.events)), key=_severity))
    lacking = (*proven.lacking, *around.lacking)
    if publication is not None:
        lacking = (*_stripped(proven.axes, carries), *lacking)
    elif wanted.version in history.value.unreadable:
        lacking = (Lacking(axis="packument", why=_UNREADABLE), *lacking)
    subject = _subject(wanted, around, proven, publication, events=events, lacking=lacking)
    decision = decide(rules.policy, subject, baseline=rules.baseline, now=rules.now)
    moment = next_change(candidate, now=rules.now, settings=rules.drift)
    return JudgedVersion(
        subject=subject,
        decision=_sooner(decision, moment),
        history=history.value,
        carries=carries,
        publication=publication,
    )


def _unseen(
    wanted: Wanted,
    history: NotThere | NotLooked,
    *,
    carries: Carries,
    around: Around,
    rules: Rules,
) -> JudgedVersion:
    """Return a version of which nothing could be had: unknown on every axis, and it says why."""
    match history:
        case NotThere():
            why = "the registry has no such package, or shows it to others alone"
        case NotLooked(why=why):
            pass
    lacking = (Lacking(axis="packument", why=why), *around.lacking)
    subject = _subject(
        wanted,
        around,
        Proven(axes=Axes()),
        None,
        events=tuple(_known(wanted, around.events)),
        lacking=lacking,
    )
    decision = decide(rules.policy, subject, baseline=rules.baseline, now=rules.now)
    return JudgedVersion(
        subject=subject, decision=decision, history=None, carries=carries, publication=None
    )


def _subject(
    wanted: Wanted,
    around: Around,
    proven: Proven,
    publication: Publication | None,
    *,
    events: tuple[DriftEvent, ...],
    lacking: tuple[Lacking, ...],
) -> Subject:
    said = publication
    return Subject(
        name=wanted.name,
        version=wanted.version,
        integrity=wanted.integrity or (None if said is None else said.integrity),
        registry=wanted.registry,
        axes=proven.axes,
        grade=grade_of(proven.axes),
        identity=proven.identity,
        configuration_id=None if said is None else said.configuration_id,
        publisher_user=None if said is None else said.user,
        published=None if said is None else published_at(proven, said),
        events=events,
        exposure=around.exposure,
        is_dev=around.is_dev,
        advisories=around.advisories,
        fixes_advisory_of=around.fixes_advisory_of,
        license=None if said is None else said.license,
        lacking=lacking,
    )


def _stripped(axes: Axes, carries: Carries) -> Iterator[Lacking]:
    """Yield what the registry has for no version at all: it strips the field, or never had it."""
    if not carries.times:
        yield Lacking(axis="time", why="the registry tells no times", is_of_registry=True)
    if axes.auth is Auth.UNKNOWN and not carries.trusted_publishers:
        why = "the registry does not tell by which credential versions were published"
        yield Lacking(axis="auth", why=why, is_of_registry=True)
    if axes.origin is Origin.UNKNOWN and not carries.attestations:
        why = "the registry tells of no attestations"
        yield Lacking(axis="origin", why=why, is_of_registry=True)
    if axes.signature is Signature.UNKNOWN and not carries.signatures:
        yield Lacking(axis="signature", why="the registry tells no signatures", is_of_registry=True)


def _known(wanted: Wanted, events: tuple[DriftEvent, ...]) -> Iterator[DriftEvent]:
    """Yield the lockfile's own events with their fingerprints."""
    for event in events:
        fingerprint = event_fingerprint(
            wanted.name, event.id, wanted.version, before=event.before, after=event.after
        )
        yield replace(event, fingerprint=fingerprint)


def _severity(event: DriftEvent) -> int:
    return -event.severity


def _sooner(decision: Decision, moment: float | None) -> Decision:
    if moment is None or (decision.next_change is not None and decision.next_change <= moment):
        return decision
    return replace(decision, next_change=moment)
