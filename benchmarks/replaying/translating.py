"""The translator: what is known of a history → what a registry and certificates would have shown.

One way for attacks and benign histories: it gets `Facts`, which does not say what was which. It is
frozen: what a replay shows is mended in the engine, never here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from benchmarks.replaying.completions import completions
from benchmarks.replaying.identities import identities
from benchmarks.replaying.packuments import Row, packument
from benchmarks.replaying.stated import age_of_added, carried_by, siblings_of, tag_of
from benchmarks.replaying.stories import APART, Story
from benchmarks.replaying.versions import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.replaying.completions import Completion
    from benchmarks.replaying.records import Facts
    from imprint.history.axes import Carries
    from imprint.history.candidates import Found
    from imprint.history.identities import PublisherIdentity

DEPTH: Final = 2
"""Releases that hold a line's level: with two it is one that the line has, and no accident."""
_CERTIFIED: Final = frozenset({"T", "t", "P"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Installing:
    """What an installer meets, whether or not a packument tells it."""

    runs_script: bool
    """Of the version, or of a dependency that it adds."""
    git_dependency: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One version as it could be looked at when it was published, by one completion."""

    name: str
    version: str
    published: float
    """Unix seconds."""
    packument: bytes
    carries: Carries
    """What the registry tells at all."""
    identities: Mapping[str, PublisherIdentity]
    """By version, as certificates prove them."""
    neighbours: Mapping[str, bytes]
    """Packuments of dependencies that it adds."""
    tag: Found
    """Whether its repository has a tag of it, once it is settled."""
    burst_of: tuple[str, ...]
    installing: Installing


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One event of a record: a replay for each completion."""

    package: str
    version: str
    """As the record writes it."""
    replays: tuple[Replay, ...] = field(repr=False)
    ways: tuple[Completion, ...] = field(default=(), repr=False)
    """The completions themselves, in the order of `replays`: for who asks what a verdict hangs on,
    and no rule set does."""


def translate(
    facts: Facts, *, inferring: bool = False, depth: int = DEPTH, apart: float = APART
) -> tuple[Replayed, ...]:
    """Return every event of a record. `inferring`: see `completions`; `apart`: days."""
    ways = completions(facts, inferring=inferring)
    stories = [Story(facts, way, depth=depth, apart=apart) for way in ways]
    return tuple(
        Replayed(
            package=event.package,
            version=event.version,
            replays=tuple(_replay(story, position) for story in stories),
            ways=ways,
        )
        for position, event in enumerate(facts.events)
    )


def _replay(story: Story, position: int) -> Replay:
    """Return one event, with all that had been published of its package by then."""
    facts = story.facts
    package = facts.events[position].package
    before = story.before(package)
    events = [story.event(at) for at in range(position + 1) if facts.events[at].package == package]
    rows = before | {row.version: row for row in events}
    candidate = events[-1]
    return Replay(
        name=name_of(package),
        version=candidate.version,
        published=candidate.published,
        packument=packument(name_of(package), rows.values()),
        carries=carried_by(facts),
        identities=_proven(facts, story.completion, before=before, events=events),
        neighbours=_neighbours(facts, story.completion, candidate),
        tag=tag_of(facts),
        burst_of=siblings_of(facts),
        installing=_installing(facts, story.completion),
    )


def _proven(
    facts: Facts, completion: Completion, *, before: Mapping[str, Row], events: list[Row]
) -> Mapping[str, PublisherIdentity]:
    """Return who published each version that was not published by a bare token."""
    stated = identities(facts, completion)
    if stated is None:
        return {}
    usual, after = stated
    certified = {row.version: usual for row in before.values() if row.trust in _CERTIFIED}
    return certified | {row.version: after for row in events if row.trust in _CERTIFIED}


def _neighbours(facts: Facts, completion: Completion, candidate: Row) -> Mapping[str, bytes]:
    """Return the packument of a dependency that is new, as old as it is known to be."""
    age = age_of_added(facts) or completion.dependency_age
    row = Row(
        version="1.0.1",
        published=candidate.published - age,
        trust="N",
        install_script=facts.payload_exec == "new_dep_install_script",
    )
    return {name: packument(name, [row]) for name in candidate.dependencies}


def _installing(facts: Facts, completion: Completion) -> Installing:
    payload = facts.payload_exec
    runs = payload in {"install_script", "new_dep_install_script", "implicit_gyp"}
    return Installing(
        runs_script=runs or completion.has_script, git_dependency=payload == "git_dep_prepare"
    )
