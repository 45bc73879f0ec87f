"""`imprint policy init`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.audit.options import MAX_AGE_SECONDS, Wish
from imprint.cli.commands import Command
from imprint.cli.report import Report
from imprint.cli.session import current, show
from imprint.cli.trust_roots.folder import trust_options
from imprint.policy.presets import DEFAULT_PRESET, PRESETS
from imprint.refusals import Malformed, Unavailable, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.audit.adoption import Adoption
    from imprint.audit.lockfiles import FoundLockfile
    from imprint.audit.model import Audit

_SHOWN = 10


@click.command(
    "init",
    cls=Command,
    epilog="""\b
Example, in a project with a lockfile:
  imprint policy init
  imprint policy init --preset strict services/api""",
)
@click.argument(
    "path", metavar="[LOCKFILE|DIR]", required=False, type=click.Path(path_type=Path), default="."
)
@click.option(
    "--preset",
    type=click.Choice(tuple(PRESETS)),
    default=DEFAULT_PRESET,
    show_default=True,
    help="Where the policy starts from.",
)
@click.option("--force", is_flag=True, help="Write over a policy that is there.")
@click.option("--offline", is_flag=True, help="Ask nobody: judge by what earlier runs kept.")
@trust_options
def command(*, path: Path, preset: str, force: bool, offline: bool, folder: Path) -> int:
    """Look at what is locked, and write the policy that it passes.

    imprint.toml is the policy; imprint.lock pins who published each package; imprint-baseline.json
    has the findings of today, if there are any: from now on only new ones fail. What is broken,
    malware, too young, or could not be seen is never among them.
    """
    from imprint.audit.lockfiles import find_lockfile
    from imprint.policy.read import FILE_NAME

    found = find_lockfile(path)
    if (found.folder / FILE_NAME).exists() and not force:
        raise Malformed(
            "policy-exists",
            f"there is a policy already: {quoted(str(found.folder / FILE_NAME))}",
            hint="`imprint policy show` tells it; `--force` writes another",
        )
    wish = _wish(folder, is_offline=offline)
    show(_adopt(found, wish, preset))
    return 0


def _adopt(found: FoundLockfile, wish: Wish, preset: str) -> Report:
    from imprint.audit.adoption import adopted, first_policy
    from imprint.audit.run import run_audit
    from imprint.cli.audit.running import Asked, requesting
    from imprint.evidence.policies import LoadedPolicy
    from imprint.policy.baseline import FILE_NAME as BASELINE
    from imprint.policy.pins import FILE_NAME as PINS
    from imprint.policy.read import FILE_NAME, read_policy
    from imprint.storage.whole_files import write_whole

    text = first_policy(preset=preset, scopes=_scopes(found))
    policy = read_policy(text, origin=FILE_NAME)
    loaded = LoadedPolicy(
        policy=policy,
        file=None,
        folder=found.folder,
        pins={},
        baseline=frozenset(),
        digest=policy.digest,
    )
    with requesting(Asked(found=found), wish, loaded) as request:
        audit = run_audit(request)
    if audit.packages and not audit.coverage.checked:
        raise Unavailable(
            "nothing-to-check",
            f"of {len(audit.packages)} packages none could be checked: nothing is written",
            hint="is the registry that npm's configuration names to be reached?",
        )
    file = found.folder / BASELINE
    before = file.read_bytes() if file.is_file() else None
    adoption = adopted(audit, before=before)
    # The policy last: where it is, the others are whole.
    if adoption.baseline is not None:
        write_whole(file, adoption.baseline)
    write_whole(found.folder / PINS, adoption.pins.encode())
    write_whole(found.folder / FILE_NAME, text.encode())
    _remember(found, audit)
    return _report(found, audit, adoption, preset)


def _scopes(found: FoundLockfile) -> Mapping[str, str]:
    """Return the scopes of the lockfile that have a registry of their own."""
    from imprint.publish.configuration import Surroundings, read_configuration

    around = Surroundings(folder=found.folder, home=Path.home(), environment=os.environ)
    configuration = read_configuration(around, registry=current().registry)
    usual = configuration.registry_of(None).url
    names = {package.name for package in found.lockfile.registry_packages()}
    scopes = {name.partition("/")[0] for name in names if name.startswith("@")}
    addresses = {scope: configuration.registry_of(scope[1:]).url for scope in sorted(scopes)}
    return {scope: address for scope, address in addresses.items() if address != usual}


def _remember(found: FoundLockfile, audit: Audit) -> None:
    """Keep what was judged, so that its findings can be accepted and policies be tried on it."""
    from imprint.audit.recorded_subjects import append, folder_of
    from imprint.cli.caches import cache_folder

    try:
        append(
            folder_of(cache_folder(), found.folder),
            audit.subjects,
            lockfile=found.filename,
            now=audit.now,
            decisions=[one.decision for one in audit.packages],
        )
    except OSError:
        return  # a cache that cannot be written changes nothing of what was done


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


def _counted(found: FoundLockfile, audit: Audit) -> str:
    coverage = audit.coverage
    return (
        f"{found.path} ({audit.lockfile_format}): {coverage.packages} packages,"
        f" {coverage.checked} checked"
    )


def _report(found: FoundLockfile, audit: Audit, adoption: Adoption, preset: str) -> Report:
    lines = [
        _counted(found, audit),
        f"wrote imprint.toml: preset {preset}, mode {audit.mode}",
        f"wrote imprint.lock: {adoption.pinned} pins",
    ]
    if adoption.known:
        lines.append(f"wrote imprint-baseline.json: {len(adoption.known)} findings are known now")
        lines += [f"  {one.package}  {one.rule}  {one.message}" for one in adoption.known[:_SHOWN]]
        if len(adoption.known) > _SHOWN:
            lines.append(f"  and {len(adoption.known) - _SHOWN} more")
    for label, reason in adoption.left[:_SHOWN]:
        lines.append(f"still fails: {label}  {reason.code}  {reason.message}")
    if len(adoption.left) > _SHOWN:
        lines.append(f"still fail: {len(adoption.left) - _SHOWN} more")
    if adoption.undecided:
        lines.append(
            f"{adoption.undecided} packages could not be decided: `unknown` in imprint.toml says"
            " what that comes to"
        )
    lines += [f"note: {note}" for note in audit.coverage.notes]
    lines.append("commit these files; from now on `imprint audit` fails for what is new")
    return Report(
        lines=tuple(lines),
        summary={
            "packages": audit.coverage.packages,
            "checked": audit.coverage.checked,
            "pinned": adoption.pinned,
            "known": len(adoption.known),
            "left": len(adoption.left),
            "undecided": adoption.undecided,
        },
        values={
            "preset": preset,
            "folder": str(found.folder),
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
