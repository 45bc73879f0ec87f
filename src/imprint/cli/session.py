"""Session: what the options that every command has were set to, and how a command answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from imprint.cli.report import Report
    from imprint.refusals import Refusal

FORMATS = ("plain", "json")


@dataclass(slots=True)
class Session:
    """One run of the command line. Options fill it while they are parsed."""

    format: str = "plain"
    config: Path | None = None
    registry: str | None = None
    verbosity: int = 0
    """-1 with `-q`, else how many `-v`."""
    command: str = ""
    """The words of the command, without `imprint`."""


class Refused(Exception):
    """A decision against, on its way out: exit code 1."""

    def __init__(self, refusal: Refusal) -> None:
        """Carry the refusal."""
        super().__init__(refusal.message)
        self.refusal = refusal


def current() -> Session:
    """Return the session of the command that runs."""
    return click.get_current_context().ensure_object(Session)


def show(report: Report) -> None:
    """Write a report to stdout, in the format that was asked for."""
    session = current()
    if session.format == "json":
        from imprint.cli.render import json

        click.echo(json.render(report, command=session.command), nl=False)
    else:
        from imprint.cli.render import plain

        click.echo(plain.render(report), nl=False)


def say(text: str) -> None:
    """Write a line for people to stderr, unless `-q`."""
    if current().verbosity >= 0:
        from imprint.cli.render.plain import printable

        click.echo(printable(text), err=True)
