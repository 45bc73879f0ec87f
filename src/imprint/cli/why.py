"""`imprint why`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.report import Report
from imprint.cli.session import Refused, say, show
from imprint.refusals import Refusal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imprint.audit.lockfiles import FoundLockfile
    from imprint.audit.ways import PlaceWays, Way
    from imprint.npm.lockfiles.model import LockedPackage
    from imprint.reachability.exposure import Reach

_MOST_WAYS, _MOST_DEPENDENTS = 5, 8
_TABLES = {
    "prod": "dependencies",
    "dev": "devDependencies",
    "optional": "optionalDependencies",
    "peer": "peerDependencies",
}


@click.command(
    "why",
    cls=Command,
    epilog="""\b
Example, of the lockfile that is here, and of another:
  imprint why qs
  imprint why qs@6.13.0 services/api""",
)
@click.argument("name", metavar="NAME[@VERSION]")
@click.argument(
    "path", metavar="[LOCKFILE|DIR]", required=False, type=click.Path(path_type=Path), default="."
)
@click.option("--all", "shows_all", is_flag=True, help="Show every way, not the five shortest.")
@click.option("--reach/--no-reach", default=True, help="Read the sources for what really loads it.")
def command(*, name: str, path: Path, shows_all: bool, reach: bool) -> int:
    """Say why NAME is in the lockfile: every way in, which package.json asks, and what loads it.

    Nobody is asked, and nothing is installed. Exits with 1 where the lockfile has no such package.
    """
    from imprint.audit.lockfiles import find_lockfile
    from imprint.audit.ways import ways_into

    found = find_lockfile(path)
    wanted, version = _split(name)
    places = ways_into(found.lockfile, wanted, version)
    if not places:
        raise Refused(_not_there(found, wanted, version))
    reached = _reached(found) if reach else {}
    show(_report(found, wanted, places, reached, shows_all=shows_all))
    return 0


def _split(text: str) -> tuple[str, str | None]:
    """Return name and version; a scope's `@` is no version's."""
    name, at, version = text.rpartition("@")
    return (name, version or None) if at and name else (text, None)


def _not_there(found: FoundLockfile, name: str, version: str | None) -> Refusal:
    from imprint.audit.ways import near_names, ways_into

    others = ways_into(found.lockfile, name)
    if others:
        versions = sorted({str(one.package.version) for one in others})
        near = ", ".join(quoted(one) for one in versions)
        asked = quoted(f"{name}@{version}")
        message = f"{asked} is not in {quoted(str(found.path))}: its versions there are {near}"
    else:
        near = ", ".join(quoted(one) for one in near_names(found.lockfile, name))
        message = f"{quoted(name)} is not in {quoted(str(found.path))}"
        message += f": near it are {near}" if near else ""
    hint = "`imprint audit --all` names every one"
    return Refusal(code="not-in-lockfile", message=message, hint=hint)


def _reached(found: FoundLockfile) -> Mapping[str, Reach]:
    from imprint.audit.sources import reach_of

    reached = reach_of(found)
    for note in reached.notes:
        say(f"note: {note}")
    return reached.reaches


def _report(
    found: FoundLockfile,
    name: str,
    places: Sequence[PlaceWays],
    reached: Mapping[str, Reach],
    *,
    shows_all: bool,
) -> Report:
    lines = [
        line
        for place in places
        for line in _lines(found, place, reached.get(place.package.key), shows_all=shows_all)
    ]
    return Report(
        lines=tuple(lines),
        summary={"places": len(places), "ways": sum(len(place.ways) for place in places)},
        values={
            "name": name,
            "lockfile": str(found.path),
            "places": [_values(found, place, reached.get(place.package.key)) for place in places],
        },
    )


def _lines(
    found: FoundLockfile, place: PlaceWays, reach: Reach | None, *, shows_all: bool
) -> Iterator[str]:
    from imprint.audit.ways import label_of, labels_of

    package = place.package
    yield f"{label_of(package)}  {_scope(package)}  {found.path}:{package.line}"
    if package.bundled_in is not None:
        carrier = labels_of(found.lockfile, (package.bundled_in,))[0]
        yield f"  bundled in {carrier}: its bytes come in that tarball"
    most = len(place.ways) if shows_all else _MOST_WAYS
    for way in place.ways[:most]:
        yield f"  {_way(found, way)}"
    if len(place.ways) > most:
        yield f"  and {len(place.ways) - most} more ways (`--all` shows them)"
    if not place.ways:
        yield "  no project's dependencies lead to it"
    if len(place.dependents) > 1:
        needed = labels_of(found.lockfile, place.dependents)
        shown = needed if shows_all else needed[:_MOST_DEPENDENTS]
        more = len(needed) - len(shown)
        yield f"  needed by {', '.join(shown)}{f' and {more} more' if more else ''}"
    if reach is not None:
        proof = " → ".join(reach.proof)
        yield f"  {reach.exposure.word}{': ' if proof else ''}{proof}"
        if reach.may_load_anything:
            yield "  on the way something loads what it computes"


def _scope(package: LockedPackage) -> str:
    words = ["development only" if package.is_dev else "production"]
    words += ["optional"] if package.is_optional else []
    words += ["patched by the project"] if package.is_patched else []
    return ", ".join(words)


def _way(found: FoundLockfile, way: Way) -> str:
    from imprint.audit.ways import labels_of

    asked = "" if way.range is None else f", {way.range}"
    names = " → ".join(labels_of(found.lockfile, way.keys))
    return f"{way.manifest} ({_TABLES[way.kind.value]}{asked}) → {names}"


def _values(found: FoundLockfile, place: PlaceWays, reach: Reach | None) -> dict[str, object]:
    from imprint.audit.ways import labels_of

    package = place.package
    return {
        "key": package.key,
        "name": package.name,
        "alias": package.alias,
        "version": package.version,
        "line": package.line,
        "is_dev": package.is_dev,
        "is_optional": package.is_optional,
        "bundled_in": package.bundled_in,
        "ways": [
            {
                "manifest": way.manifest,
                "kind": way.kind.value,
                "range": way.range,
                "path": labels_of(found.lockfile, way.keys),
                "keys": way.keys,
            }
            for way in place.ways
        ],
        "dependents": place.dependents,
        "exposure": None if reach is None else reach.exposure.word,
        "reach": None if reach is None else reach.proof,
        "may_load_anything": reach is not None and reach.may_load_anything,
    }
