"""`imprint diff`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.audit.options import audit_options
from imprint.cli.commands import Command
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.audit.lockfiles import FoundLockfile
    from imprint.cli.audit.options import Wish

_LOCKFILES = 2


@click.command(
    "diff",
    cls=Command,
    epilog="""\b
Example, for a pull request: what its lockfile brings that the base branch does not have.
  imprint diff --base origin/main
Of every lockfile of a repository:
  imprint diff --base origin/main --recursive
As the comment of a pull request, for two lockfiles of whatever package managers:
  imprint diff old/package-lock.json pnpm-lock.yaml --format markdown""",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[OLD NEW]")
@click.option(
    "--base",
    metavar="REV",
    help="Compare with the lockfile at a git revision, and judge by its policy, pins, baseline"
    " and .npmrc.",
)
@click.option(
    "--recursive", is_flag=True, help="With --base: of a folder also those of the folders below it."
)
@click.option(
    "--policy-base",
    metavar="REV",
    help="Judge by those of another revision.  [default: --base]",
)
@audit_options
def command(
    *,
    paths: tuple[Path, ...],
    base: str | None,
    policy_base: str | None,
    recursive: bool,
    wish: Wish,
) -> int:
    """Say what a change of lockfile means in trust: who published what it brings, and before.

    Only what is added or changed is looked up, and it counts as fresh, whatever its age. Exits as
    `imprint audit` does. With --base there may be several lockfiles, each compared with its own.
    """
    if recursive and base is None:
        raise click.UsageError("--recursive compares with a revision: name it by --base REV")
    if base is not None and (recursive or len(paths) > 1):
        from imprint.cli.audit.several import Aim, audit_several

        aim = Aim(
            paths=paths or (Path(),),
            is_recursive=recursive,
            compares_with=base,
            rules=policy_base or base,
        )
        return audit_several(aim, wish)
    from imprint.audit.lockfiles import find_lockfile, read_before
    from imprint.cli.audit.asked import Asked
    from imprint.cli.audit.auditing import revision_of
    from imprint.cli.audit.running import exit_code, rendered, run
    from imprint.cli.audit.shown import write

    if base is None:
        if len(paths) != _LOCKFILES:
            raise click.UsageError("name two lockfiles, OLD and NEW, or --base REV")
        before, after = _found(paths[0]), _found(paths[1])
    else:
        path = paths[0] if paths else Path()
        after = find_lockfile(path)
        before = read_before(base, after)
    rules = policy_base or base
    at = None if rules is None else revision_of(after.folder, rules)
    done, _ = run(Asked(found=after, base=before, at=at), wish)
    write(rendered(done, wish))
    return exit_code(done, wish)


def _found(path: Path) -> FoundLockfile:
    """Return one of the two; raises what `find_lockfile` does, and says of which."""
    from imprint.audit.lockfiles import find_lockfile

    try:
        return find_lockfile(path)
    except Malformed as err:
        if err.code == "no-lockfile":
            raise
        raise Malformed(err.code, f"{quoted(str(path))}: {err.message}", err.hint) from err
