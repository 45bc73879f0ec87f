"""From a repository to the network of who could come where (facts/workflows.md §7.3).

Outsiders, and whoever supplies code, are followed through jobs, caches, artifacts, outputs, pushed
code and secrets. People with rights are not: `writers.py` says what they can do by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.paths.artifacts import artifact_seeds, artifact_ways, output_ways
from imprint.workflows.paths.caches import cache_ways
from imprint.workflows.paths.lattice import ENV_REVIEWER, who
from imprint.workflows.paths.places import UNSAFE, Cut, Network, Seed, Way, network_of
from imprint.workflows.paths.publications import publication_ways
from imprint.workflows.paths.rights import POWER, push_ways, secret_ways
from imprint.workflows.paths.seeds import seeds, supply_seeds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.paths.places import Place
    from imprint.workflows.paths.runs import JobRun, Surroundings
    from imprint.workflows.paths.writers import Power


def network(around: Surroundings, powers: tuple[Power, ...]) -> Network:
    """Return the network; `powers` are what somebody with a writer's token can do."""
    outsiders = [*_outsiders(around), *artifact_seeds(around)]
    ways = [
        *cache_ways(around, outsiders=bool(outsiders)),
        *artifact_ways(around),
        *secret_ways(around),
        *publication_ways(around),
    ]
    if outsiders:
        # What is supplied is not followed on these, so that without outsiders nobody goes there.
        ways += [*output_ways(around), *push_ways(around), *_powers(powers)]
    return network_of([*outsiders, *_suppliers(around, _leading(ways))], ways)


def _leading(ways: list[Way]) -> frozenset[Place]:
    """Return the places from which a package can be reached by what is supplied."""
    before: dict[Place, list[Place]] = {}
    for way in ways:
        if way.for_supply:
            before.setdefault(way.target, []).append(way.source)
    found = {way.target for way in ways if way.target[0] == "package"}
    waiting = list(found)
    while waiting:
        for place in before.get(waiting.pop(), ()):
            if place not in found:
                found.add(place)
                waiting.append(place)
    return frozenset(found)


def _outsiders(around: Surroundings) -> Iterator[Seed]:
    """Yield what outsiders get to run by themselves."""
    for run in around.runs:
        if not run.context.is_privileged or not run.context.outsiders_start_it:
            continue
        cut = _entry_cut(run)
        for hypothesis, admission in run.admissions:
            for label in seeds(
                run.context,
                run.job,
                hypothesis,
                admission,
                effects=run.effects,
                profile=around.profile,
            ):
                yield Seed(place=run.place, label=label, cut=cut)


def _suppliers(around: Surroundings, leading: frozenset[Place]) -> Iterator[Seed]:
    """Yield who supplies code to runs from which a package can be reached."""
    for run in around.runs:
        if run.place in leading and not run.context.outsiders_start_it:
            for label in supply_seeds(run.context, run.job, run.admission, run.effects):
                yield Seed(place=run.place, label=label)


def _powers(powers: tuple[Power, ...]) -> Iterator[Way]:
    for power in powers:
        if _is_any_writers(power):
            yield Way(
                source=POWER,
                target=("package", power.package, "a writer's token"),
                hops=power.hops,
                people=power.people & who(ENV_REVIEWER),
                confidence=power.confidence,
                for_supply=False,
            )


def _is_any_writers(power: Power) -> bool:
    """Whether any writer has this power, with nobody's review of the code."""
    return {str(one) for one in power.people} <= {"WRITER", "ENV_REVIEWER"}


def _entry_cut(run: JobRun) -> Cut:
    return Cut(
        what=f"keep strangers out of {run.hop.node}: split it off `{run.context.event}`, "
        "or let only this repository's own branches in",
        cost=UNSAFE,
        span=run.job.id_span,
    )
