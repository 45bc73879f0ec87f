"""`imprint audit` and `imprint diff` over several lockfiles: one run, one report, one exit code."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from msgspec.structs import replace

from imprint.audit.lockfile_sets import Unread, places_of, read_places, without_those_below
from imprint.audit.lockfiles import read_before
from imprint.audit.model import Audit, AuditSet, NotAudited
from imprint.cli.audit.asked import Asked
from imprint.cli.audit.auditing import key_for, revision_of
from imprint.cli.audit.leaving import is_decided, record, stands_until, write_pins
from imprint.cli.audit.remembered import Result, open_remembered
from imprint.cli.audit.running import (
    FINDINGS,
    UNDECIDED,
    exit_code,
    layout_for,
    loaded_policy,
)
from imprint.cli.audit.shown import write
from imprint.cli.audit.together import run_together
from imprint.cli.render.audit.formats import FORMATS_OF_SEVERAL, render_several
from imprint.cli.render.plain import printable, render_refusal
from imprint.cli.session import current
from imprint.refusals import Malformed, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from imprint.audit.lockfile_sets import Places
    from imprint.audit.lockfiles import FoundLockfile
    from imprint.cli.audit.options import Wish
    from imprint.evidence.policies import LoadedPolicy

    Prepared: TypeAlias = tuple[Asked, LoadedPolicy]

_USAGE = 2
_WORST_FIRST = (FINDINGS, _USAGE, UNDECIDED)
"""What is refused comes first: neither what cannot be read nor what is open may hide it."""


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of several lockfiles."""

    paths: tuple[Path, ...]
    is_recursive: bool
    compares_with: str | None = None
    """The revision whose lockfiles they are compared with; None: they are looked at whole."""
    rules: str | None = None
    """The revision whose policy, pins, baseline and .npmrc judge; None: the checkout's do."""
    writes_pins: bool = False


def audit_several(aim: Aim, wish: Wish) -> int:
    """Audit all of them, or take the kept result of the same files; returns the exit code.

    Raises click.UsageError for a format that is of one project, Malformed (`no-lockfile`) where
    there is none at all. What is wrong with one of them is told, and hides no other.
    """
    if current().format not in FORMATS_OF_SEVERAL:
        raise click.UsageError(
            f"--format {current().format} is of one project: name one lockfile for it"
        )
    places = places_of(aim.paths, is_recursive=aim.is_recursive)
    key = _key(aim, wish, places)
    remembered = None if key is None else open_remembered()
    if key is None or remembered is None:
        result, _ = _run(aim, wish, places)
        return result.exit_code
    try:
        kept = remembered.get(key, now=time.time())
        if kept is not None:
            write(kept.text)
            return kept.exit_code
        result, is_whole = _run(aim, wish, places)
        if is_whole:
            remembered.put(key, result)
        return result.exit_code
    finally:
        remembered.close()


def _key(aim: Aim, wish: Wish, places: Places) -> bytes | None:
    """Return the key of a run, of every lockfile's own; None: it is looked at each time."""
    asks_more = wish.repositories is not None or wish.forge or aim.compares_with is not None
    if asks_more or aim.writes_pins or not wish.cache:
        return None
    digest = hashlib.sha256(repr((aim, places)).encode("utf-8", "surrogatepass"))
    try:
        for place in places.places:
            at = None if aim.rules is None else revision_of(place.path, aim.rules)
            digest.update(key_for(place.path, wish, at))
    except (Malformed, Unavailable):
        return None  # the run says what it is
    return digest.digest()


def _run(aim: Aim, wish: Wish, places: Places) -> tuple[Result, bool]:
    """Write the report; returns what was written, and whether it may be taken again."""
    began = time.monotonic()
    found = read_places(places.places)
    if not found:
        raise Malformed(
            "no-lockfile",
            "there is no lockfile to look at",
            hint="name one, or a folder that has one in it or below",
        )
    prepared = [_prepared(one, aim, wish) for one in found]
    audits = iter(run_together([one for one in prepared if isinstance(one, tuple)], wish))
    outcomes = [
        _outcome(one[0].found.path, next(audits), is_recursive=aim.is_recursive)
        if isinstance(one, tuple)
        else one
        for one in prepared
    ]
    several = AuditSet(
        outcomes=tuple(outcomes),
        folder=_folder_of(aim.paths),
        is_difference=aim.compares_with is not None,
        now=time.time(),
        seconds=time.monotonic() - began,
        notes=places.notes,
    )
    text = render_several(several, current().format, layout=layout_for(wish))
    write(text)
    # People have it in the report; programs look at what they asked for.
    for failure in several.failures if current().format != "plain" else ():
        click.echo(f"{printable(failure.lockfile)}: ", err=True, nl=False)
        click.echo(render_refusal(failure.refusal), err=True, nl=False)
    judged = [
        (one[0], one[1], audit)
        for one, audit in zip(prepared, outcomes, strict=True)
        if isinstance(one, tuple) and isinstance(audit, Audit)
    ]
    _leave(judged, aim, wish)
    code = worst_of(several, wish)
    ends = [stands_until(audit, loaded, wish) for _, loaded, audit in judged]
    is_whole = code != UNDECIDED and not several.failures and all(map(is_decided, several.audits))
    return Result(text=text, exit_code=code, until=min(ends, default=0.0)), is_whole


def worst_of(several: AuditSet, wish: Wish) -> int:
    """Return the exit code of all: what is refused, else what cannot be read, else what is open."""
    # Where others have packages, one without any is no hole.
    told = [one for one in several.audits if one.packages or one.coverage.is_incomplete]
    codes = {exit_code(audit, wish) for audit in told or several.audits}
    codes |= {UNDECIDED if one.is_undecided else _USAGE for one in several.failures}
    if several.notes:
        codes.add(UNDECIDED)  # there may be lockfiles that nobody looked for
    return next((code for code in _WORST_FIRST if code in codes), 0)


def _prepared(found: FoundLockfile | Unread, aim: Aim, wish: Wish) -> Prepared | NotAudited:
    if isinstance(found, Unread):
        return _failed(found.path, found.error)
    try:
        base = None if aim.compares_with is None else read_before(aim.compares_with, found)
        at = None if aim.rules is None else revision_of(found.folder, aim.rules)
        asked = Asked(found=found, base=base, at=at)
        return asked, loaded_policy(asked, wish)
    except (Malformed, Unavailable) as err:
        return _failed(found.path, err)


def _outcome(
    path: Path, outcome: Audit | Malformed | Unavailable, *, is_recursive: bool
) -> Audit | NotAudited:
    if isinstance(outcome, (Malformed, Unavailable)):
        return _failed(path, outcome)
    if not is_recursive:
        return outcome
    notes = without_those_below(outcome.coverage.notes)
    return replace(outcome, coverage=replace(outcome.coverage, notes=notes))


def _failed(path: Path, error: Malformed | Unavailable) -> NotAudited:
    is_undecided = isinstance(error, Unavailable)
    return NotAudited(lockfile=str(path), refusal=error.refusal(), is_undecided=is_undecided)


def _leave(judged: Sequence[tuple[Asked, LoadedPolicy, Audit]], aim: Aim, wish: Wish) -> None:
    """Keep what later runs take up: pins, and what was judged."""
    if wish.cache and aim.compares_with is None:
        for asked, _, audit in judged:
            record(audit, asked.found)
    if not aim.writes_pins:
        return
    by_folder: dict[Path, tuple[LoadedPolicy, list[Audit]]] = {}
    for _, loaded, audit in judged:
        by_folder.setdefault(loaded.folder.resolve(), (loaded, []))[1].append(audit)
    for loaded, audits in by_folder.values():
        write_pins(audits, loaded)


def _folder_of(paths: Sequence[Path]) -> str:
    """Return the nearest folder that has all of them, as it is reached from here."""
    folders = [path if path.is_dir() else path.parent for path in paths]
    if len(folders) == 1:
        return str(folders[0])
    return os.path.relpath(os.path.commonpath([each.resolve() for each in folders]))
