"""`imprint policy accept`."""

from __future__ import annotations

import getpass
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.durations import Duration
from imprint.cli.report import Report
from imprint.cli.session import show
from imprint.policy.presets import DEFAULT_PRESET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imprint.cli.policy.findings import Told
    from imprint.policy.decisions import Reason

_MOST_SECONDS = 365 * 86_400
_NEW_POLICY = f"""\
# The built-in policy, and what is accepted of it; `imprint policy show` tells all of it.
version = 1
preset = "{DEFAULT_PRESET}"
"""


@click.command(
    "accept",
    cls=Command,
    epilog="""\b
Example, by the digits that an audit printed, by package and rule, or all of one release:
  imprint policy accept 3f2a91c04d7b --reason "moved to our organization" --for 60d
  imprint policy accept undici:origin-dropped --versions "6.19 - 6.25" --reason "by hand"
  imprint policy accept courier@1.14.1 --reason "diff read by two of us" --for 7d""",
)
@click.argument("finding", metavar="FINDING")
@click.argument(
    "path", metavar="[LOCKFILE|DIR]", required=False, type=click.Path(path_type=Path), default="."
)
@click.option("--reason", required=True, metavar="TEXT", help="Why it may be there.")
@click.option(
    "--for",
    "lasts_seconds",
    type=Duration(most_seconds=_MOST_SECONDS),
    default="30d",
    show_default=True,
    metavar="DURATION",
    help="For how long: 90d are the most, unless the policy allows more.",
)
@click.option("--by", metavar="NAME", help="Who says so.  [default: you]")
@click.option(
    "--versions",
    metavar="RANGE",
    help="For which versions of the package.  [default: those of the audit]",
)
@click.option(
    "--policy",
    "named",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The policy to write to.  [default: imprint.toml beside the lockfile or above it]",
)
def command(
    *,
    finding: str,
    path: Path,
    reason: str,
    lasts_seconds: float,
    by: str | None,
    versions: str | None,
    named: Path | None,
) -> int:
    """Accept findings of the last audit: written into imprint.toml, and told by every audit.

    FINDING is its 12 digits, `package:rule`, or a package with or without its version: all that is
    against it. A change of publisher is accepted from the one to the other, so that the next change
    is another finding. What is broken cannot be accepted. Where there is no policy yet, one is
    written beside the lockfile that begins with the built-in one.
    """
    from imprint.cli.caches import cache_folder
    from imprint.cli.policy.findings import last_findings, meant
    from imprint.evidence.policies import check_text, load_policy
    from imprint.policy.read import FILE_NAME
    from imprint.storage.whole_files import write_whole

    now = time.time()
    folder = path if path.is_dir() else path.parent
    loaded = load_policy(folder, named=named, cache=cache_folder() / "policies")
    found = meant(finding, last_findings(cache_folder(), folder, loaded, now))
    file = loaded.file or folder / FILE_NAME
    text = _NEW_POLICY if loaded.file is None else file.read_bytes().decode()
    accepted = _grouped(found, versions)
    for first, packages in accepted:
        text = _added(
            text,
            first,
            packages,
            origin=file.name,
            why=reason,
            lasts_seconds=lasts_seconds,
            by=by or _self(),
            now=now,
        )
    # What it extends may keep this rule to itself.
    check_text(text, file, cache=cache_folder() / "policies")
    write_whole(file, text.encode())
    show(_report(accepted, file, now + lasts_seconds, is_new=loaded.file is None))
    return 0


def _grouped(
    found: Sequence[Told], versions: str | None
) -> tuple[tuple[Reason, tuple[str, ...]], ...]:
    """Return one reason and its packages for each acceptance that is to be written."""
    groups: dict[tuple[str, str | None, str | None], list[Told]] = {}
    for one in found:
        groups.setdefault((one.reason.code, one.reason.before, one.reason.after), []).append(one)
    return tuple((group[0].reason, _packages(group, versions)) for group in groups.values())


def _added(
    text: str,
    reason: Reason,
    packages: tuple[str, ...],
    *,
    origin: str,
    why: str,
    lasts_seconds: float,
    by: str | None,
    now: float,
) -> str:
    from imprint.policy.acceptances import add_acceptance
    from imprint.policy.patterns import PackagePattern

    for package in packages:
        PackagePattern.parse(package, is_wide=False)
    return add_acceptance(
        text,
        origin=origin,
        reason=reason,
        packages=packages,
        why=why,
        lasts_seconds=lasts_seconds,
        by=by,
        now=now,
    )


def _packages(found: Sequence[Told], versions: str | None) -> tuple[str, ...]:
    if versions is not None:
        return tuple(dict.fromkeys(f"{one.name}@{versions}" for one in found))
    return tuple(dict.fromkeys(f"{one.name}@{one.version}" for one in found))


def _self() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _report(
    accepted: Sequence[tuple[Reason, tuple[str, ...]]], file: Path, until: float, *, is_new: bool
) -> Report:
    day = datetime.fromtimestamp(until, UTC).date().isoformat()
    first, packages = accepted[0]
    lines = [
        line
        for reason, names in accepted
        for line in (
            f"accepted until {day}: {reason.code} of {', '.join(names)}",
            f"  {reason.message}",
        )
    ]
    lines.append(f"{'written, as a first policy,' if is_new else 'written'} to {file}: commit it")
    return Report(
        lines=tuple(lines),
        summary={"accepted": len({name for _, names in accepted for name in names})},
        values={
            "rule": first.code,
            "rules": [reason.code for reason, _ in accepted],
            "fingerprint": first.fingerprint,
            "fingerprints": [reason.fingerprint for reason, _ in accepted],
            "packages": list(packages),
            "until": day,
            "file": str(file),
        },
    )
