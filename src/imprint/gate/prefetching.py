"""Having the gate fetch what a lockfile names, before anybody installs it.

Each tarball is asked for as a client would, but for its first byte alone: the gate answers that
once it has the whole, and it is right. What it has already costs nothing, so whoever was
interrupted begins again. Not here: how the gate is reached (`cli.gate.prefetch`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from imprint.gate.addresses import GateAddresses
from imprint.gate.tarballs.replies import etag_of
from imprint.npm.integrity import parse_sri
from imprint.npm.names import PackageName
from imprint.refusals import Malformed
from imprint.storage.gate_tarballs import TarballDigest
from imprint.upstream.failures import FetchFailed
from imprint.upstream.fetch import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.lockfiles.model import Lockfile

AT_ONCE: Final = 16
FIRST_BYTE: Final[Mapping[str, str]] = {"Range": "bytes=0-0"}
_DONE: Final = frozenset({200, 206})
_MISSING: Final = 404
_REFUSED: Final = 403

Ask: TypeAlias = Callable[[str], Awaitable[Answer]]
"""Asks the gate for the first byte at a path. Raises FetchFailed."""
Progress: TypeAlias = Callable[[str, int, int], None]


class Outcome(StrEnum):
    """What became of one tarball."""

    FETCHED = "fetched"
    """The gate has it, now or since before."""
    REFUSED = "refused"
    MISSING = "missing"
    OTHER_BYTES = "other-bytes"
    """The gate has it, and it is not what the lockfile has the integrity of."""
    FAILED = "failed"
    """The gate, or its upstream, did not answer."""


class LockedTarball(msgspec.Struct, frozen=True, kw_only=True):
    """One name@version of a lockfile."""

    name: str
    version: str
    integrity: str | None


class Prefetched(msgspec.Struct, frozen=True, kw_only=True):
    """A tarball, and what became of it."""

    tarball: LockedTarball
    outcome: Outcome
    why: str = ""
    """One line, of the gate's own where it refused."""


class _Envelope(msgspec.Struct):
    message: str = ""


def locked_tarballs(lockfile: Lockfile) -> tuple[LockedTarball, ...]:
    """Return what a lockfile takes from registries, each name@version once."""
    found: dict[tuple[str, str], LockedTarball] = {}
    for package in lockfile.registry_packages():
        if package.version is not None:
            one = LockedTarball(
                name=package.name, version=package.version, integrity=package.integrity
            )
            found.setdefault((one.name, one.version), one)
    return tuple(found.values())


async def prefetch(
    tarballs: tuple[LockedTarball, ...],
    ask: Ask,
    *,
    at_once: int = AT_ONCE,
    progress: Progress = lambda _what, _done, _of: None,
) -> tuple[Prefetched, ...]:
    """Have the gate fetch `tarballs`, in their order. Raises nothing."""
    free, done = asyncio.Semaphore(at_once), 0

    async def one(tarball: LockedTarball) -> Prefetched:
        nonlocal done
        async with free:
            found = await _prefetched(tarball, ask)
        done += 1
        progress("fetched", done, len(tarballs))
        return found

    return tuple(await asyncio.gather(*map(one, tarballs)))


async def _prefetched(tarball: LockedTarball, ask: Ask) -> Prefetched:
    try:
        package = PackageName.parse_existing(tarball.name)
        answer = await ask(GateAddresses(base_url="", package=package).tarball(tarball.version))
    except (FetchFailed, Malformed) as err:
        return Prefetched(tarball=tarball, outcome=Outcome.FAILED, why=err.message)
    outcome = _outcome(tarball, answer)
    match outcome:
        case Outcome.FETCHED:
            why = ""
        case Outcome.OTHER_BYTES:
            why = "the gate's packument has another integrity than the lockfile"
        case Outcome.REFUSED | Outcome.MISSING | Outcome.FAILED:
            why = _message(answer)
    return Prefetched(tarball=tarball, outcome=outcome, why=why)


def _outcome(tarball: LockedTarball, answer: Answer) -> Outcome:
    if answer.status in _DONE:
        is_it = _is_same(tarball.integrity, answer.etag)
        return Outcome.FETCHED if is_it else Outcome.OTHER_BYTES
    if answer.status == _REFUSED:
        return Outcome.REFUSED
    return Outcome.MISSING if answer.status == _MISSING else Outcome.FAILED


def _is_same(integrity: str | None, etag: str) -> bool:
    """Return whether the gate's tag is of the lockfile's bytes, where both name one algorithm."""
    try:
        stated = parse_sri(integrity or "")
    except Malformed:
        return True
    tags = {
        algorithm: etag_of(TarballDigest(algorithm=algorithm, hexadecimal=digest.hex()))
        for algorithm, digest in stated
    }
    said = etag.strip('"').partition("-")[0]
    return said not in tags or tags[said] == etag


def _message(answer: Answer) -> str:
    try:
        said = msgspec.json.decode(answer.body, type=_Envelope).message
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = ""
    return said or f"it answered `{answer.status}`"
