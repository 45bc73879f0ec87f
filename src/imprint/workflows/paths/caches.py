"""Ways through caches: who could have saved what a job restores (facts/workflows.md §3, §7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.publishers.refs import BRANCH_PREFIX
from imprint.workflows.effects.model import CacheStore
from imprint.workflows.github.model import Access
from imprint.workflows.paths.jobs import secrets_of
from imprint.workflows.paths.model import Hop
from imprint.workflows.paths.places import SAFE, Cut, Way
from imprint.workflows.paths.reads import cache_reads, is_forged
from imprint.workflows.paths.runs import reviewers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.paths.places import Place
    from imprint.workflows.paths.reads import CacheRead
    from imprint.workflows.paths.runs import JobRun, Surroundings

CACHE_READ_ONLY = "caches are read-only for runs that strangers cause (since 2026-06-26)"


def cache_ways(around: Surroundings, *, outsiders: bool) -> Iterator[Way]:
    """Yield who could have saved what is restored: a cache is scoped by branch.

    Without `outsiders` on the way only jobs that publish are worth a look.
    """
    outside = []
    for run in around.runs:
        if run.context.is_privileged and run.context.outsiders_start_it:
            outside.append(run)
        elif run.context.is_privileged:
            # Whoever comes to a run of our own saves what every run of the branch restores.
            yield Way(source=run.place, target=("cache-of", run.context.ref))
    readers = [
        (run, read)
        for run in around.runs
        if run.context.is_privileged and _leads_on(around, run, outsiders=outsiders)
        for read in cache_reads(run.effects, run.admission)
    ]
    for reader, read in readers:
        place = ("cache-read", reader.place, read.span.start, read.what)
        yield Way(
            source=place,
            target=reader.place,
            hops=(reader.hop,),
            people=reviewers_of(reader),
            confidence=read.confidence,
            cut=Cut(what=f"restore no cache in {reader.hop.node}", cost=SAFE, span=read.span),
        )
        for writer in outside:
            if _can_poison(around, writer, reader, read):
                yield _poisoning(around, writer, reader, read, place)
        for ref in dict.fromkeys((around.trust.default, reader.context.ref)):
            yield Way(source=("cache-of", ref), target=place, hops=(_restored(read),))


def _leads_on(around: Surroundings, run: JobRun, *, outsiders: bool) -> bool:
    """Whether somebody who comes to a job by a cache can get further than to the same cache."""
    if run.publish_job is not None or not outsiders:
        return run.publish_job is not None
    for scope in ("id-token", "contents"):
        access, is_said = around.jobs.access(run.context, run.job, scope)
        if access is Access.WRITE and is_said:
            return True
    sites = around.guards.sites(run.context.workflow, run.job)
    return bool(secrets_of(run.context, run.job, sites)) or bool(run.job.outputs)


def _can_poison(around: Surroundings, writer: JobRun, reader: JobRun, read: CacheRead) -> bool:
    if not writer.context.is_privileged or writer.place == reader.place:
        return False
    if _is_third_party(around, read):
        return around.facts.third_party_cache or any(
            operation.store is CacheStore.THIRD_PARTY for operation in writer.effects.caches
        )
    return writer.context.is_default_ref or writer.context.ref == reader.context.ref


def _is_third_party(around: Surroundings, read: CacheRead) -> bool:
    is_other = read.operation is not None and read.operation.store is CacheStore.THIRD_PARTY
    return around.facts.third_party_cache or is_other


def _restored(read: CacheRead) -> Hop:
    return Hop(what=f"is saved in a cache; the other job {read.what}", node="cache", span=read.span)


def _poisoning(
    around: Surroundings, writer: JobRun, reader: JobRun, read: CacheRead, place: Place
) -> Way:
    forged = is_forged(writer.effects.caches, writer.context, read, reader.context)
    is_closed = (
        writer.context.outsiders_start_it
        and around.profile.untrusted_cache_read_only
        and not _is_third_party(around, read)
    )
    branch = writer.context.ref.removeprefix(BRANCH_PREFIX)
    how = "under a key that it makes up" if forged else "under the key that is restored"
    hop = Hop(
        what=f"saves a cache of {branch} {how}; the other job {read.what}",
        node="cache(forged key)" if forged else "cache",
        span=read.span,
    )
    return Way(
        source=writer.place,
        target=place,
        hops=(hop,),
        closed_by=frozenset({CACHE_READ_ONLY}) if is_closed else frozenset(),
    )
