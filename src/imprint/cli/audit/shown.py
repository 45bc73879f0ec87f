"""Writing a result to stdout; nothing else, for a kept result needs no more."""

from __future__ import annotations

import click


def write(text: str) -> None:
    """Write it."""
    click.echo(text, nl=False)
