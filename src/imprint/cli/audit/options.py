"""The options that `audit` and `diff` have in common."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from imprint.cli.session import current
from imprint.cli.trust_roots.folder import trust_options

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")

FORMATS = (
    "plain",
    "json",
    "jsonl",
    "sarif",
    "markdown",
    "github",
    "gitlab",
    "junit",
    "cyclonedx",
    "html",
)
MAX_AGE_SECONDS = 300
"""npm's registry lets its own clients keep a packument for as long (`cache-control`)."""
_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the options ask for."""

    policy: Path | None
    offline: bool
    advisories: str
    """`registry`, `off`, or the path of OSV's archive."""
    repositories: Path | None
    forge: bool
    reach: bool
    max_age_seconds: int
    cache: bool
    trust: Path
    keys: Path | None
    shows_all: bool
    exit_zero: bool


def _note_format(_context: click.Context, _parameter: object, value: str | None) -> None:
    if value is not None:
        current().format = value


def audit_options(function: Callable[..., R]) -> Callable[..., R]:
    """Add the options; the command gets them as `wish`."""

    @click.option(
        "--policy",
        type=_FILE,
        metavar="FILE",
        help="The policy.  [default: imprint.toml beside the lockfile or above it, else built in]",
    )
    @click.option("--offline", is_flag=True, help="Ask nobody: judge by what earlier runs kept.")
    @click.option(
        "--advisories",
        default="registry",
        show_default=True,
        metavar="FILE|registry|off",
        help="Known flaws: OSV's archive (all.zip), or the registry's own answer.",
    )
    @click.option(
        "--repositories",
        type=_FOLDER,
        metavar="DIR",
        help="Clones in which tags and commits are looked for.",
    )
    @click.option("--forge", is_flag=True, help="Ask the forges for tags, branches and runs.")
    @click.option("--reach/--no-reach", default=True, help="Say what the application loads.")
    @click.option(
        "--max-age",
        "max_age_seconds",
        type=click.IntRange(0, 30 * 86_400),
        default=MAX_AGE_SECONDS,
        show_default=True,
        metavar="SECONDS",
        help="Ask the registry again for what is older than this.",
    )
    @click.option("--cache/--no-cache", default=True, help="Take what earlier runs kept.")
    @click.option("--keys", type=_FILE, metavar="FILE", help="The registry's keys.")
    @click.option("--all", "shows_all", is_flag=True, help="Fold nothing away.")
    @click.option("--exit-zero", is_flag=True, help="Exit with 0 where packages are refused.")
    @click.option(
        "--format",
        type=click.Choice(FORMATS),
        expose_value=False,
        callback=_note_format,
        help="How to write the result.  [default: plain]",
    )
    @trust_options
    @functools.wraps(function)
    def command(*arguments: object, folder: Path, **named: object) -> R:
        wished = {name: named.pop(name) for name in _NAMES}
        return function(*arguments, wish=Wish(trust=folder, **wished), **named)  # type: ignore[arg-type]  # click's values, by the options above

    return command


_NAMES = tuple(name for name in Wish.__dataclass_fields__ if name != "trust")
