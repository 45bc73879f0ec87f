"""`imprint audit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.audit.options import audit_options
from imprint.cli.commands import Command

if TYPE_CHECKING:
    from imprint.cli.audit.options import Wish


@click.command(
    "audit",
    cls=Command,
    epilog="""\b
Example, in a project: what is installed, by whom it was published, and whether policy admits it.
  imprint audit
Write a policy, pins and a baseline first, so that only what is new fails:
  imprint policy init
In CI, of a pull request, which has no say in how it is judged:
  imprint audit --base origin/main
Every lockfile of a repository in one run:
  imprint audit --recursive
In CI, as annotations, and without asking anybody for what is known:
  imprint audit --format github
  imprint audit --offline --advisories all.zip""",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[LOCKFILE|DIR]...")
@click.option("--recursive", is_flag=True, help="Of a folder also those of the folders below it.")
@click.option(
    "--stdin-packages",
    is_flag=True,
    help="Audit NAME@VERSION lines of stdin instead of a lockfile.",
)
@click.option("--write-pins", is_flag=True, help="Agree: write what was admitted to imprint.lock.")
@click.option(
    "--base",
    metavar="REV",
    help="Judge by policy, pins, baseline and .npmrc of a git revision, not of the checkout.",
)
@audit_options
def command(
    *,
    paths: tuple[Path, ...],
    recursive: bool,
    stdin_packages: bool,
    write_pins: bool,
    base: str | None,
    wish: Wish,
) -> int:
    """Say who published every package of a lockfile, how that is proven, and what changed.

    From the lockfile alone, before anything is installed: the registry is asked for packuments and
    attestations, and everything that is signed is verified. What policy refuses comes first. Exits
    with 1 where packages are refused, with 3 where something could not be decided.

    Several lockfiles are one run: what they have in common is asked for once, each is told by
    itself, and one that cannot be read hides no other.
    """
    if stdin_packages and (paths or recursive):
        raise click.UsageError("--stdin-packages takes no lockfile")
    if base is not None and write_pins:
        raise click.UsageError("--base judges by pins of a revision: --write-pins writes others")
    if recursive or len(paths) > 1:
        from imprint.cli.audit.several import Aim, audit_several

        aim = Aim(
            paths=paths or (Path(),), is_recursive=recursive, rules=base, writes_pins=write_pins
        )
        return audit_several(aim, wish)
    from imprint.cli.audit.auditing import audit

    path = paths[0] if paths else Path()
    return audit(path, wish, is_piped=stdin_packages, writes_pins=write_pins, base=base)
