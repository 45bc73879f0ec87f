"""imprint's engine, as a rule set: `judge` is the only place in the replay that calls it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from benchmarks.replaying.answers import Alarm, Answer
from benchmarks.replaying.packuments import REGISTRY
from imprint.evidence.looked import Had
from imprint.evidence.packages import Around, Rules, judge_version
from imprint.evidence.proven import Proven
from imprint.evidence.wanted import Wanted
from imprint.history.axes import Axes
from imprint.history.candidates import Found, SourceStanding
from imprint.history.claims import claimed_axes
from imprint.history.events import EventId
from imprint.history.projection import PackumentHistory, project
from imprint.policy.codes import RuleCode
from imprint.policy.decisions import Admitted, Refused, Undecided
from imprint.policy.read import read_policy
from imprint.policy.settings import drift_settings

if TYPE_CHECKING:
    from benchmarks.replaying.translating import Replay
    from imprint.policy.decisions import Decision, Reason
    from imprint.policy.model import Policy

_SETTLED_SECONDS: Final = 24 * 3600.0
"""From when on a tag that there is has been seen: many releases are tagged after they are out."""
_WAITING: Final = frozenset({EventId.RELEASE_TOO_YOUNG.value})
_LACKING: Final = frozenset({RuleCode.UNKNOWN_EVIDENCE.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """imprint with its default preset."""

    name: str
    with_cooldown: bool
    with_tags: bool
    has_alarms: bool = True
    policy: Policy = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Read the policy that a user would write."""
        text = "version = 1\n" + ("" if self.with_cooldown else 'cooldown = "0h"\n')
        object.__setattr__(self, "policy", read_policy(text, origin="imprint.toml"))

    def __call__(self, replay: Replay, now: float) -> Answer:
        """Judge a version as an audit of a lockfile that has it would."""
        return _answer(judge(replay, now, policy=self.policy, with_tags=self.with_tags))


def judge(replay: Replay, now: float, *, policy: Policy, with_tags: bool) -> Decision:
    """Return what the engine decides: projection, claimed axes, drift, policy, as the audit has it.

    An identity that a record states stands for one that a certificate proves.
    """
    histories = {
        name: _history(raw, name)
        for name, raw in ((replay.name, replay.packument), *replay.neighbours.items())
    }
    history = histories[replay.name]
    row = history.publication(replay.version)
    axes = Axes() if row is None else claimed_axes(row, replay.carries)
    judged = judge_version(
        Wanted(
            name=replay.name,
            version=replay.version,
            registry=f"{REGISTRY}/",
            integrity=None if row is None else row.integrity,
        ),
        Had(history),
        carries=replay.carries,
        proven=Proven(axes=axes, identity=replay.identities.get(replay.version)),
        identities=replay.identities,
        neighbour=histories.get,
        around=Around(source=_source(replay, now) if with_tags else None, burst_of=replay.burst_of),
        rules=Rules(policy=policy, drift=drift_settings(policy), now=now),
    )
    return judged.decision


@lru_cache(maxsize=4096)
def _history(raw: bytes, name: str) -> PackumentHistory:
    return PackumentHistory.of(project(raw, name))


def _source(replay: Replay, now: float) -> SourceStanding:
    """Return what looking for a tag comes to at `now`: one that comes late is not there yet."""
    is_settled = now - replay.published >= _SETTLED_SECONDS
    tag = Found.NO if replay.tag is Found.YES and not is_settled else replay.tag
    return SourceStanding(tag=tag, looked_at="clone")


def _answer(decision: Decision) -> Answer:
    match decision:
        case Admitted(warnings=warnings):
            return Answer(alarm=_warned(warnings), why=_why(warnings), signs=_signs(warnings))
        case Refused(reasons=reasons, warnings=warnings):
            alarms = [one for one in reasons if one.code not in _WAITING | _LACKING]
            return Answer(
                alarm=Alarm.ERROR if alarms else _warned(warnings),
                waits=any(one.code in _WAITING for one in reasons),
                cannot_tell=all(one.code in _LACKING for one in reasons),
                why=_why((*reasons, *warnings)),
                signs=_signs((*reasons, *warnings)),
            )
        case Undecided(reasons=reasons, warnings=warnings):
            why, signs = _why((*reasons, *warnings)), _signs((*reasons, *warnings))
            return Answer(alarm=_warned(warnings), cannot_tell=True, why=why, signs=signs)


def _warned(warnings: tuple[Reason, ...]) -> Alarm:
    """Return a warning, if one is about the version and not about what is lacking of it."""
    loud = any(one.code not in _LACKING | _WAITING for one in warnings)
    return Alarm.WARN if loud else Alarm.NONE


def _why(reasons: tuple[Reason, ...]) -> tuple[str, ...]:
    return tuple(f"{one.code} ({one.level})" for one in reasons)


def _signs(reasons: tuple[Reason, ...]) -> tuple[str, ...]:
    return tuple(one.code for one in reasons if one.code not in _LACKING | _WAITING)


ENGINES: Final = tuple(
    Engine(name=name, with_cooldown=with_cooldown, with_tags=with_tags)
    for name, with_cooldown, with_tags in (
        ("imprint, no waiting", False, False),
        ("imprint, no waiting, with tags", False, True),
        ("imprint", True, False),
        ("imprint, with tags", True, True),
    )
)
