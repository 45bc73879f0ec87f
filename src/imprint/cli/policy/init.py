"""`imprint policy init`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.audit.options import MAX_AGE_SECONDS, Wish
from imprint.cli.commands import Command
from imprint.cli.render.audit.sentences import counted
from imprint.cli.report import Report
from imprint.cli.session import show
from imprint.cli.trust_roots.folder import trust_options
from imprint.policy.codes import rank_of
from imprint.policy.presets import DEFAULT_PRESET, PRESETS
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.audit.model import Audit
    from imprint.cli.policy.adopting import Adopted

_FEW = 3
"""Of more findings by one rule only so many packages are named."""


@click.command(
    "init",
    cls=Command,
    epilog="""\b
Example, in a project with a lockfile:
  imprint policy init
  imprint policy init --preset strict services/api
One policy at the root for some lockfiles of a repository, and no others:
  imprint policy init package-lock.json services/api/package-lock.json""",
)
@click.argument("paths", metavar="[LOCKFILE|DIR]...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--preset",
    type=click.Choice(tuple(PRESETS)),
    default=DEFAULT_PRESET,
    show_default=True,
    help="Where the policy starts from.",
)
@click.option(
    "--force", is_flag=True, help="Write over a policy that is there; its acceptances stay."
)
@click.option("--offline", is_flag=True, help="Ask nobody: judge by what earlier runs kept.")
@trust_options
def command(
    *, paths: tuple[Path, ...], preset: str, force: bool, offline: bool, folder: Path
) -> int:
    """Look at what is locked, and write the policy that it passes.

    A folder counts with the folders below it that have lockfiles of their own: one policy, and pins
    for all of them.

    imprint.toml is the policy; imprint.lock pins who published each package; imprint-baseline.json
    has the findings of today, if there are any: from now on only new ones fail. What is broken,
    malware, or could not be seen is never among them, and nothing of a release that is too young.
    """
    from imprint.cli.policy.adopting import adopt, lockfiles_of
    from imprint.policy.read import FILE_NAME

    lockfiles = lockfiles_of(paths or (Path(),))
    if (lockfiles.folder / FILE_NAME).exists() and not force:
        raise Malformed(
            "policy-exists",
            f"there is a policy already: {quoted(str(lockfiles.folder / FILE_NAME))}",
            hint="`imprint policy show` tells it; `--force` writes another, with its acceptances",
        )
    wish = _wish(folder, is_offline=offline)
    show(_report(adopt(lockfiles, wish, preset=preset), preset))
    return 0


def _wish(trust: Path, *, is_offline: bool) -> Wish:
    return Wish(
        policy=None,
        offline=is_offline,
        advisories="off" if is_offline else "registry",
        repositories=None,
        forge=False,
        reach=True,
        max_age_seconds=MAX_AGE_SECONDS,
        cache=True,
        trust=trust,
        keys=None,
        shows_all=False,
        exit_zero=True,
    )


def _counted(audit: Audit) -> str:
    coverage = audit.coverage
    return (
        f"{audit.lockfile} ({audit.lockfile_format}): {coverage.packages:,} packages,"
        f" {coverage.checked:,} checked"
    )


def _lines(done: Adopted, preset: str) -> Iterator[str]:
    adoption = done.adoption
    yield from map(_counted, done.audits)
    yield from (f"left out: {line}" for line in done.lockfiles.left_out)
    yield f"wrote imprint.toml: preset {preset}, mode {done.audits[0].mode}"
    if done.accepted:
        yield f"kept {counted(done.accepted, 'acceptance')} of the policy before it"
    yield f"wrote imprint.lock: {adoption.pinned:,} pins"
    if adoption.known:
        yield f"wrote imprint-baseline.json: {counted(len(adoption.known), 'finding')} known now"
        known = [(one.package, one.rule, one.message) for one in adoption.known]
        yield from (f"  {line}" for line in _by_rule(known))
    if adoption.left:
        yield f"still failing: {counted(len(adoption.left), 'finding')}"
        left = [(label, one.code, one.message) for label, one in adoption.left]
        yield from (f"  {line}" for line in _by_rule(left))
    if adoption.undecided:
        undecided = counted(adoption.undecided, "package")
        yield f"{undecided} could not be decided: `unknown` in imprint.toml says what that comes to"
    yield from (f"note: {note}" for note in _notes(done))
    yield "commit these files; from now on `imprint audit` fails for what is new"


def _by_rule(findings: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """Yield what is found, the worst rule first; of one that many packages break, some names.

    `findings` are packages, rules and messages.
    """
    rules: dict[str, list[tuple[str, str, str]]] = {}
    for one in findings:
        rules.setdefault(one[1], []).append(one)
    for rule, found in sorted(rules.items(), key=lambda item: rank_of(item[0])):
        if len(found) <= _FEW:
            yield from (f"{rule}  {package}  {message}" for package, _, message in found)
        else:
            names = ", ".join(package for package, _, _ in found[:_FEW])
            yield f"{rule}  {names} and {len(found) - _FEW:,} more"


def _notes(done: Adopted) -> Iterator[str]:
    """Yield each note once; not that others were left aside, where they were looked at too."""
    from imprint.audit.lockfile_sets import without_those_below

    notes = dict.fromkeys(note for audit in done.audits for note in audit.coverage.notes)
    yield from notes if len(done.audits) == 1 else without_those_below(notes)


def _report(done: Adopted, preset: str) -> Report:
    adoption, coverages = done.adoption, [audit.coverage for audit in done.audits]
    return Report(
        lines=tuple(_lines(done, preset)),
        summary={
            "lockfiles": len(done.audits),
            "packages": sum(one.packages for one in coverages),
            "checked": sum(one.checked for one in coverages),
            "pinned": adoption.pinned,
            "known": len(adoption.known),
            "left": len(adoption.left),
            "undecided": adoption.undecided,
        },
        values={
            "preset": preset,
            "folder": str(done.lockfiles.folder),
            "lockfiles": [audit.lockfile for audit in done.audits],
            "left_out": list(done.lockfiles.left_out),
            "known": [
                {"package": one.package, "rule": one.rule, "message": one.message}
                for one in adoption.known
            ],
            "left": [
                {"package": label, "rule": one.code, "message": one.message}
                for label, one in adoption.left
            ],
        },
    )
