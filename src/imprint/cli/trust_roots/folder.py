"""Which folder of trust a command means: a server's, or that of whoever sits here."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from imprint.cli.local import Store, load
from imprint.cli.session import current

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")


def trust_options(function: Callable[..., R]) -> Callable[..., R]:
    """Add `--trust` and `--data`; the command gets the folder they mean as `folder`.

    A folder that is named has to be there: without its roots, what is valid would not be.
    """
    return _with_options(function, is_there=True)


def kept_trust_options(function: Callable[..., R]) -> Callable[..., R]:
    """Add the same to a command that keeps the folder, which it makes where it is not there."""
    return _with_options(function, is_there=False)


def _with_options(function: Callable[..., R], *, is_there: bool) -> Callable[..., R]:
    @click.option(
        "--trust",
        type=click.Path(exists=is_there, file_okay=False, path_type=Path),
        metavar="DIR",
        help="The folder of trust.  [default: imprint/trust in your data folder]",
    )
    @click.option("--data", metavar="DIR", help="A registry's folder: its folder of trust.")
    @functools.wraps(function)
    def command(*arguments: object, trust: Path | None, data: str | None, **named: object) -> R:
        return function(*arguments, folder=_meant(trust, data), **named)

    return command


def trust_folder(named: Path | None) -> Path:
    """Return the folder of trust of whoever sits here: `named`, `IMPRINT_TRUST`, or their own."""
    if named is not None:
        return named
    if configured := os.environ.get("IMPRINT_TRUST"):
        return Path(configured)
    # XDG Base Directory: a relative path is no value.
    own = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (own if own.is_absolute() else Path.home() / ".local" / "share") / "imprint" / "trust"


def _meant(trust: Path | None, data: str | None) -> Path:
    if trust is not None:
        return trust
    if data is not None or current().config is not None:
        return load(Store(data, None)).settings.trust_folder
    return trust_folder(None)
