"""Gathering the pieces of versions from a registry: all at once, each its own outcome."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, TypeVar

from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.evidence.pieces import Pieces, TarballFacts
from imprint.npm.published import read_packument
from imprint.refusals import Malformed, Unavailable, quoted
from imprint.upstream.failures import FetchFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine, Iterable

    from imprint.evidence.looked import Looked
    from imprint.npm.names import PackageName
    from imprint.npm.published import Packument, PublishedVersion
    from imprint.npm.strict_json import JsonObject
    from imprint.refusals import Refusal
    from imprint.upstream.registries import UpstreamRegistry

T = TypeVar("T")

UNASKED = NotLooked(why="it was not asked for")
AT_ONCE = 8
"""Versions that are gathered at a time: a request that waits for a connection uses up its time."""


async def a_few_at_once(tasks: Iterable[Coroutine[object, object, T]]) -> list[T]:
    """Return the results in order; no more than `AT_ONCE` run at a time."""
    free = asyncio.Semaphore(AT_ONCE)

    async def run(task: Coroutine[object, object, T]) -> T:
        async with free:
            return await task

    return list(await asyncio.gather(*map(run, tasks)))


async def packument_of(registry: UpstreamRegistry, name: PackageName) -> Packument:
    """Return the packument of `name`; raises as `raw_packument_of`, and `malformed-packument`."""
    raw = await raw_packument_of(registry, name)
    try:
        return read_packument(raw, name=str(name))
    except Malformed as err:
        raise Unavailable(err.code, err.message, err.hint) from err


async def raw_packument_of(registry: UpstreamRegistry, name: PackageName) -> bytes:
    """Return the packument's bytes.

    Raises Malformed (`no-such-package`) for a name that the registry does not have, to this
    reader; Unavailable: `registry-unreachable`.
    """
    try:
        raw = await registry.packument(name)
    except FetchFailed as err:
        raise Unavailable(
            "registry-unreachable", f"the packument of `{name}` cannot be had: {err.message}"
        ) from err
    if raw is None:
        raise Malformed(
            "no-such-package",
            f"the registry has no package `{name}`, or shows it to others alone",
            hint="is the registry the right one, and does .npmrc have a token for it?",
        )
    return raw


def version_of(packument: Packument, text: str) -> PublishedVersion:
    """Return what the packument says of a version or of a dist-tag.

    Raises Malformed (`no-such-version`), Unavailable (`malformed-packument`).
    """
    try:
        found = packument.version(packument.dist_tags.get(text, text))
    except Malformed as err:
        raise Unavailable(err.code, err.message, err.hint) from err
    if found is None:
        raise Malformed(
            "no-such-version",
            f"`{packument.name}` has no version or dist-tag {quoted(text)}",
        )
    return found


async def keys_of(registry: UpstreamRegistry) -> Looked[bytes]:
    """Return the keys that the registry says are its own."""
    return await _looked(registry.keys())


async def collect(
    registry: UpstreamRegistry, published: PublishedVersion, name: PackageName, *, tarball: bool
) -> Pieces:
    """Return the pieces of a version; raises nothing, for each piece has its own outcome.

    The attestations are asked for whether the packument claims any or not: a packument that was
    robbed of its claim must not hide them.
    """
    claimed = published.attestations
    document = _looked(
        registry.attestations(
            name, published.version, claimed_url=None if claimed is None else claimed.url
        )
    )
    served = _tarball(registry, published) if tarball else _at_once(UNASKED)
    found, facts = await asyncio.gather(document, served)
    return Pieces(published=published, document=found, tarball=facts)


def facts_of(data: bytes) -> TarballFacts:
    """Return the facts of a tarball in hand."""
    return TarballFacts(
        sha512=hashlib.sha512(data).hexdigest(),
        size_bytes=len(data),
        package_json=_package_json(data),
    )


def _package_json(data: bytes) -> JsonObject | Refusal:
    # An audit looks into no tarball, and what looks into one takes a while to import.
    from imprint.npm.tarball import inspect  # noqa: PLC0415 - see above

    try:
        return inspect(data).package_json
    except Malformed as err:
        return err.refusal()


async def _tarball(registry: UpstreamRegistry, published: PublishedVersion) -> Looked[TarballFacts]:
    if published.tarball is None:
        return NotLooked(why="the packument has no address of it", is_failure=True)
    fetched = await _looked(registry.tarball(published.tarball))
    if not isinstance(fetched, Had):
        return fetched
    one = fetched.value
    package_json = None if one.data is None else await asyncio.to_thread(_package_json, one.data)
    return Had(
        TarballFacts(sha512=one.sha512, size_bytes=one.size_bytes, package_json=package_json)
    )


async def _looked(fetching: Awaitable[T | None]) -> Looked[T]:
    try:
        value = await fetching
    except FetchFailed as err:
        return NotLooked(why=err.message, is_failure=True)
    return NotThere() if value is None else Had(value)


async def _at_once(value: NotLooked) -> NotLooked:
    return value
