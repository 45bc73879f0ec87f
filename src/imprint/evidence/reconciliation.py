"""How versions stand at their source repositories: tag, protected branch, run.

Of 201 malicious versions 185 had no tag, of 938 others 28 (facts: incidents §1.3). It is a lagging
signal, for many tag after publishing: before the age window ends, nothing counts as missing. What
is there counts at once. What nobody could tell is unknown, and never missing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from imprint.evidence.sources import WINDOW_SECONDS, Askable, SourceWanted
from imprint.history.candidates import Found, SourceStanding
from imprint.npm.release_tags import find_tag, tag_names
from imprint.refusals import Malformed, Unavailable
from imprint.upstream.failures import FetchFailed
from imprint.upstream.forge.clone import Clone
from imprint.upstream.forge.jobs import is_publish_job
from imprint.upstream.forge.model import Relation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from imprint.upstream.forge.model import Forge, Run

T = TypeVar("T")

AT_ONCE: Final = 8
MOST_EARLIER: Final = 3
"""Versions before that are asked about, to see whether the project makes tags."""
_LIKELIEST: Final = 8
"""Names that their tags are looked for by: each is a request."""
UNKNOWN: Final = SourceStanding()
_SAID_NO: Final = (FetchFailed, Malformed, Unavailable)


async def source_standings(
    wanted: Iterable[SourceWanted],
    askable: Askable,
    *,
    now: float,
    window_seconds: float = WINDOW_SECONDS,
) -> dict[tuple[str, str], SourceStanding]:
    """Return how each of `wanted` stands, by name and version. Raises Malformed (`not-a-folder`).

    A clone answers before a forge does, which is asked for what the clone could not tell.
    """
    free = asyncio.Semaphore(AT_ONCE)
    asked = list(wanted)

    async def standing(one: SourceWanted) -> SourceStanding:
        async with free:
            return await _standing(one, askable, now=now, window_seconds=window_seconds)

    found = await asyncio.gather(*map(standing, asked))
    return {one.key: each for one, each in zip(asked, found, strict=True)}


async def _standing(
    wanted: SourceWanted, askable: Askable, *, now: float, window_seconds: float
) -> SourceStanding:
    address = wanted.address
    if address is None:
        return UNKNOWN
    over = now if wanted.published is None else wanted.published + window_seconds
    has_ended = wanted.published is not None and now >= over
    standing = UNKNOWN
    if askable.clones is not None:
        clone = await asyncio.to_thread(askable.clones.find, address)
        if clone is not None:
            sees = has_ended and await _seen_until(clone) >= over
            standing = await _asked(wanted, clone, address.path, "clone", counts_missing=sees)
    forge = askable.forges.get(address.host)
    if forge is not None and _lacks(wanted, standing):
        other = await _asked(wanted, forge, address.path, address.host, counts_missing=has_ended)
        standing = _merged(standing, other)
    return standing


def _lacks(wanted: SourceWanted, standing: SourceStanding) -> bool:
    """Whether a forge could tell more: runs only it knows, and only of a certificate."""
    known = [standing.tag]
    if wanted.commit is not None:
        known.append(standing.commit_on_protected_branch)
    if wanted.identity is not None and wanted.identity.run is not None:
        known.append(standing.run_succeeded)
    return Found.UNKNOWN in known


def _merged(first: SourceStanding, second: SourceStanding) -> SourceStanding:
    """Return what the first could tell, and of the rest what the second could."""

    def known(one: Found, other: Found) -> Found:
        return other if one is Found.UNKNOWN else one

    places = [one.looked_at for one in (first, second) if one.looked_at]
    return SourceStanding(
        tag=known(first.tag, second.tag),
        commit_on_protected_branch=known(
            first.commit_on_protected_branch, second.commit_on_protected_branch
        ),
        run_succeeded=known(first.run_succeeded, second.run_succeeded),
        is_publish_job=known(first.is_publish_job, second.is_publish_job),
        looked_at=", ".join(dict.fromkeys(places)),
    )


async def _asked(
    wanted: SourceWanted, forge: Forge, repository: str, place: str, *, counts_missing: bool
) -> SourceStanding:
    """Return how a version stands at one place; `counts_missing`: what is not there is missing."""
    if await _told(forge.default_branch(repository)) is None:
        return UNKNOWN  # No such repository to this reader: private, moved, made up.
    tag = await _told(_tag(wanted, forge, repository)) or Found.UNKNOWN
    protected, run = Found.UNKNOWN, None
    if wanted.commit is not None:
        on_branch = await _told(forge.is_protected(repository, wanted.commit))
        protected = Found.UNKNOWN if on_branch is None else _found(on_branch)
    if wanted.identity is not None and wanted.identity.run is not None:
        run = await _told(forge.run(repository, wanted.identity.run))
    return SourceStanding(
        tag=_counted(tag, counts_missing=counts_missing),
        commit_on_protected_branch=_counted(protected, counts_missing=counts_missing),
        run_succeeded=_succeeded(run),
        is_publish_job=Found.UNKNOWN if run is None else is_publish_job(run, wanted.published),
        looked_at=place,
    )


async def _tag(wanted: SourceWanted, forge: Forge, repository: str) -> Found:
    found = await _tag_of(wanted, forge, repository, wanted.version)
    if found is not Found.NO or not wanted.earlier:
        return found
    for version in wanted.earlier[:MOST_EARLIER]:
        if await _any_tag(wanted, forge, repository, version):
            return Found.NO
    return Found.UNKNOWN


async def _tag_of(wanted: SourceWanted, forge: Forge, repository: str, version: str) -> Found:
    """Return whether there is a tag, on the same line of commits as provenance's where it is known.

    Release commits are made after the commit that started the run, or before a run that was
    started by hand: so it need not be the very commit.
    """
    for name in await _names(wanted, forge, version):
        commit = await forge.tagged(repository, name)
        if commit is None:
            continue
        if wanted.commit is None or wanted.commit == commit:
            return Found.YES
        relation = await forge.relation(repository, wanted.commit, commit)
        if relation not in {None, Relation.APART}:
            return Found.YES
    return Found.NO


async def _any_tag(wanted: SourceWanted, forge: Forge, repository: str, version: str) -> bool:
    for name in (await _names(wanted, forge, version))[:_LIKELIEST]:
        if await forge.tagged(repository, name) is not None:
            return True
    return False


async def _names(wanted: SourceWanted, forge: Forge, version: str) -> tuple[str, ...]:
    names = tag_names(wanted.name, version, folder=wanted.folder)
    if not isinstance(forge, Clone):
        return names
    # A clone has all names at hand; those that are odd are found by their end.
    tags = await forge.tags()
    if not tags:
        raise Unavailable("git-no-tags", "the clone has no tags at all: it may have left them out")
    likely = tuple(name for name in names if name in tags)
    odd = find_tag(tags, wanted.name, version, folder=wanted.folder)
    return likely or (() if odd is None else (odd,))


async def _seen_until(clone: Clone) -> float:
    return await _told(clone.seen_until()) or 0.0


async def _told(asking: Awaitable[T | None]) -> T | None:
    """Return the answer; None where nobody could tell."""
    try:
        return await asking
    except _SAID_NO:
        return None


def _counted(found: Found, *, counts_missing: bool) -> Found:
    return Found.UNKNOWN if found is Found.NO and not counts_missing else found


def _succeeded(run: Run | None) -> Found:
    if run is None or run.succeeded is None:
        return Found.UNKNOWN
    return _found(run.succeeded)


def _found(value: bool) -> Found:  # noqa: FBT001  (it is the value)
    return Found.YES if value else Found.NO
