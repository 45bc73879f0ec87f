"""Find every way to a publication: who, through what, and what stops them.

Which ways are listed: the weakest people of each package (an antichain), whoever supplies code that
runs on the way, and what a platform's profile closes. Releases by writers as they are meant, with
no fact that says that more than a writer is asked for, are no path: they are rows of the table
(`table.py`). Each path says by its `check` what kind it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.publishers.refs import BRANCH_PREFIX
from imprint.workflows.paths.contexts import DEFAULT_BRANCH, default_ref
from imprint.workflows.paths.cut import smallest_cut
from imprint.workflows.paths.graph import network
from imprint.workflows.paths.guards import Guards
from imprint.workflows.paths.identities import trust_of
from imprint.workflows.paths.jobs import Jobs
from imprint.workflows.paths.kinds import PathKind, kind_of_people
from imprint.workflows.paths.labels import says_as_much
from imprint.workflows.paths.lattice import (
    is_outsider,
    is_supply,
    is_weaker_or_equal,
    spelled,
)
from imprint.workflows.paths.model import PublishPath, Rank
from imprint.workflows.paths.pipelines import token_holders
from imprint.workflows.paths.rights import forge_secrets
from imprint.workflows.paths.runs import surroundings_of
from imprint.workflows.paths.seeds import handed_tokens
from imprint.workflows.paths.writers import Power, powers_of
from imprint.workflows.publishing.callers import Callers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imprint.workflows.facts import Facts
    from imprint.workflows.paths.identities import Trust
    from imprint.workflows.paths.labels import Label
    from imprint.workflows.paths.lattice import Who
    from imprint.workflows.paths.places import Cut, Place
    from imprint.workflows.paths.runs import JobRun
    from imprint.workflows.profiles import Profile
    from imprint.workflows.publishing.model import PublishJob
    from imprint.workflows.repository import Repository

_RANK_ORDER = {rank: place for place, rank in enumerate(Rank)}


class PathAnalysis(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found out about who can publish."""

    facts: Facts
    """As given, with what was guessed of the default branch."""
    paths: tuple[PublishPath, ...]
    """Of people: who does something, or runs code and gets no further; the weakest first."""
    supply: tuple[PublishPath, ...]
    """Of suppliers: who controls something that runs. No worked example lists them as paths."""
    powers: tuple[Power, ...]
    """What people with rights can do, listed as paths or not."""
    cut: tuple[Cut, ...]
    """The smallest set of edits after which no path of people without rights is left."""
    assumed: tuple[str, ...]
    """What was assumed where no fact is known, one sentence each."""


def publish_paths(
    repository: Repository,
    publish_jobs: tuple[PublishJob, ...],
    facts: Facts,
    profile: Profile,
) -> tuple[PublishPath, ...]:
    """Return the publish paths of a repository, the weakest people first. Total.

    A path with `can_publish` False is stopped by what it says, or is code execution that leads to
    no publication (check `anonymous-code-execution`). Those of people come first, then those of
    suppliers; `is_of_people` tells them apart.
    """
    analysis = analyse_paths(repository, publish_jobs, facts, profile)
    return (*analysis.paths, *analysis.supply)


def is_of_people(path: PublishPath) -> bool:
    """Whether somebody does something, rather than that something that runs is not what it was."""
    return not any(one.rank is Rank.SUPPLY for one in path.who)


def analyse_paths(
    repository: Repository,
    publish_jobs: tuple[PublishJob, ...],
    facts: Facts,
    profile: Profile,
) -> PathAnalysis:
    """Return paths, the powers of people with rights, the smallest cut, and what was assumed."""
    facts = _with_default_branch(repository, facts)
    default = default_ref(facts)
    callers = Callers(repository)
    guards = Guards(repository, facts)
    trust = trust_of(facts, publish_jobs, repository.name, default)
    jobs = Jobs(repository, publish_jobs, facts)
    around = surroundings_of(guards, jobs, trust, callers, profile)
    powers = powers_of(trust, around.runs, publish_jobs)
    ways = network(around, powers)
    reached = ways.reached()
    search = _Search(
        profile=profile, trust=trust, reached=reached, forge_secrets=forge_secrets(ways)
    )
    found = (
        *search.to_packages(powers),
        *search.to_nothing(),
        *search.handed_over(around.runs),
        *token_holders(repository, facts, profile.name),
    )
    paths = sorted(found, key=_order)
    return PathAnalysis(
        facts=facts,
        paths=tuple(path for path in paths if is_of_people(path)),
        supply=tuple(path for path in paths if not is_of_people(path)),
        powers=powers,
        cut=smallest_cut(ways),
        assumed=(*facts.assumed, *_assumed(facts, trust)),
    )


class _Search(msgspec.Struct, frozen=True, kw_only=True):
    """What the fixpoint says, as paths."""

    profile: Profile
    trust: Trust
    reached: Mapping[Place, tuple[Label, ...]]
    forge_secrets: frozenset[str]

    def to_packages(self, powers: tuple[Power, ...]) -> Iterator[PublishPath]:
        """Yield the paths that end at a package: the weakest people, by each job that publishes."""
        reached: dict[str, list[Label]] = {power.package: [] for power in powers}
        for place, labels in self.reached.items():
            if place[0] == "package":
                reached.setdefault(str(place[1]), []).extend(labels)
        for package, every in reached.items():
            people = [label for label in every if not is_supply(label.people)]
            listed = [one for one in powers if one.package == package]
            yield from self._of_people(package, people)
            yield from self._of_writers(package, people, listed)
            yield from self._of_supply(package, every)

    def _of_people(self, package: str, labels: list[Label]) -> Iterator[PublishPath]:
        for label in labels:
            if not any(_is_better(one, label) for one in labels):
                yield self._path(package, label, kind_of_people(label))

    def _of_writers(
        self, package: str, outsiders: list[Label], powers: list[Power]
    ) -> Iterator[PublishPath]:
        """Yield the weakest people with rights, where that says more than `a writer releases`."""
        kept: list[Power] = []
        open_ways = [label.people for label in outsiders if not label.closed_by]
        for power in powers:
            stronger = [
                one.people for one in powers if one is not power and one.people != power.people
            ]
            if any(is_weaker_or_equal(people, power.people) for people in (*open_ways, *stronger)):
                continue
            if any(one.people == power.people for one in kept) or not self._says_something(power):
                continue
            kept.append(power)
        for power in kept:
            yield PublishPath(
                package=package,
                who=spelled(power.people),
                can_publish=True,
                trigger=power.trigger,
                hops=power.hops,
                profile=self.profile.name,
                confidence=power.confidence,
                check=PathKind.REVIEWED if power.is_meant else PathKind.WRITER,
            )

    def _says_something(self, power: Power) -> bool:
        """Whether facts make a way of people with rights worth telling."""
        facts = self.trust.facts
        ranks = {one.rank for one in power.people}
        if power.is_meant:
            return bool(ranks & {Rank.REVIEWED, Rank.TAG_CREATOR, Rank.ENV_REVIEWER})
        if ranks & {Rank.REVIEWED, Rank.ENV_REVIEWER}:
            # Somebody looks at it: no way around what is meant.
            return False
        is_reviewed = bool(facts.default_branch_protected or facts.protected_branches)
        return is_reviewed or facts.writers is not None or power.goes_around

    def _of_supply(self, package: str, labels: Iterable[Label]) -> Iterator[PublishPath]:
        """Yield one path for each supplier: the shortest of the surest."""
        best: dict[Who, Label] = {}
        for label in labels:
            known = best.get(label.people)
            if is_supply(label.people) and (known is None or _ease(label) < _ease(known)):
                best[label.people] = label
        for label in best.values():
            yield self._path(package, label, kind_of_people(label))

    def to_nothing(self) -> Iterator[PublishPath]:
        """Yield where outsiders run something, or read a token, and no publication follows."""
        used = {
            label.hops[0]
            for place, labels in self.reached.items()
            if place[0] == "package"
            for label in labels
            if not label.closed_by
        }
        for kind, hops, place_kind in (
            (PathKind.EXECUTION, 1, "job"),
            (PathKind.TOKEN, 2, "secret"),
        ):
            told: list[Label] = []
            for label in self._at(place_kind):
                is_new = not any(
                    one.hops[-1].node == label.hops[-1].node and says_as_much(one, label)
                    for one in told
                )
                if len(label.hops) == hops and label.hops[0] not in used and is_new:
                    told.append(label)
                    yield replace(self._path("*", label, kind), can_publish=False)

    def handed_over(self, runs: tuple[JobRun, ...]) -> Iterator[PublishPath]:
        """Yield whose action is given a token for the forge: once for each owner and secret."""
        told: set[tuple[Who, str]] = set()
        for run in runs:
            for label, secret in handed_tokens(run.context, run.job, run.admission, run.effects):
                if (label.people, secret) not in told:
                    told.add((label.people, secret))
                    yield replace(self._path("*", label, PathKind.TOKEN), can_publish=False)

    def _at(self, kind: str) -> Iterator[Label]:
        """Yield the outsiders at places of a kind; of secrets, tokens for the forge alone."""
        for place, labels in self.reached.items():
            if place[0] == kind and (kind != "secret" or place[1] in self.forge_secrets):
                for label in labels:
                    if is_outsider(label.people):
                        yield label

    def _path(self, package: str, label: Label, kind: PathKind) -> PublishPath:
        return PublishPath(
            package=package,
            who=spelled(label.people),
            can_publish=not label.closed_by,
            trigger=label.trigger,
            hops=label.hops,
            stopped_by=tuple(sorted(label.closed_by)),
            profile=self.profile.name,
            confidence=label.confidence,
            check=kind,
        )


def _is_better(first: Label, second: Label) -> bool:
    """Whether weaker people, or the same ones in a plainer way, come where `second` comes."""
    if first is second or not says_as_much(first, second):
        return False
    if first.people != second.people:
        return True
    # A job that publishes says more than a secret that would do as well, and than going on.
    goes_on = second.hops[: len(first.hops)] == first.hops
    return goes_on or (_ends_in_secret(second) and not _ends_in_secret(first))


def _ends_in_secret(label: Label) -> bool:
    return label.hops[-1].node.startswith("secret ")


def _ease(label: Label) -> tuple[int, int, int]:
    return (len(label.closed_by), -label.confidence, len(label.hops))


def _with_default_branch(repository: Repository, facts: Facts) -> Facts:
    """Guess the default branch from what pushes are built, where no fact says it."""
    if facts.default_branch is not None:
        return facts
    names = [
        text.value
        for workflow in repository.workflows
        for trigger in workflow.triggers
        if trigger.event in {"push", "pull_request", "pull_request_target"}
        for text in trigger.branches
    ]
    counted = {name: names.count(name) for name in ("main", "master", "develop", "trunk")}
    best = max(counted, key=counted.__getitem__)
    branch = best if counted[best] else DEFAULT_BRANCH
    said = f"the default branch is taken to be `{branch}`"
    return replace(facts, default_branch=branch, assumed=(*facts.assumed, said))


def _assumed(facts: Facts, trust: Trust) -> Iterator[str]:
    if trust.is_assumed:
        yield (
            "each job that publishes with an ID token is taken for its package's trusted "
            "publisher, with the environment that it names"
        )
    branch = trust.default.removeprefix(BRANCH_PREFIX)
    if facts.default_branch_protected is None:
        yield f"whether `{branch}` is protected is not known: releasing is taken for any writer's"
    if facts.environments is None:
        yield "what environments protect is not known: none is taken to stop anybody"
    if facts.default_permissions_write is None:
        yield "a job without `permissions` is taken to have a token that may write"
    if facts.fork_approval is None:
        yield "a first-time contributor's pull request is taken to wait for approval"


def _order(path: PublishPath) -> tuple[object, ...]:
    return (
        not is_of_people(path),
        not path.can_publish,
        max((_RANK_ORDER[one.rank] for one in path.who), default=0),
        -path.confidence,
        len(path.hops),
        path.package,
        tuple(hop.node for hop in path.hops),
    )
