"""`imprint demo`."""

from __future__ import annotations

import click

from imprint.cli.commands import Command


@click.command(
    cls=Command,
    epilog="""\b
Example:
  imprint demo""",
)
@click.option("--keep", is_flag=True, help="Leave the folder of the demo where it is.")
def command(*, keep: bool) -> int:
    """See it work on this machine: a registry, a stand-in CI, real npm, and an attacker."""
    from imprint.demo.story import run

    return run(keep=keep)
