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
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imprint.cli.policy.findings import Told

_MOST_SECONDS = 365 * 86_400


@click.command(
    "accept",
    cls=Command,
    epilog="""\b
Example, by the digits that an audit printed, or by package and rule:
  imprint policy accept 3f2a91c04d7b --reason "moved to our organization" --for 60d
  imprint policy accept undici:origin-dropped --versions "6.19 - 6.25" --reason "by hand" """,
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
    """Accept a finding of the last audit: it is written into imprint.toml, and told by every audit.

    FINDING is its 12 digits, or `package:rule`. A change of publisher is accepted from the one to
    the other, so that the next change is another finding. What is broken cannot be accepted.
    """
    from imprint.cli.caches import cache_folder
    from imprint.cli.policy.findings import last_findings, meant
    from imprint.evidence.policies import check_text, load_policy
    from imprint.policy.acceptances import add_acceptance
    from imprint.policy.patterns import PackagePattern
    from imprint.storage.whole_files import write_whole

    now = time.time()
    folder = path if path.is_dir() else path.parent
    loaded = load_policy(folder, named=named, cache=cache_folder() / "policies")
    if loaded.file is None:
        raise Malformed(
            "no-policy",
            f"there is no imprint.toml in {quoted(str(folder))} or above it",
            hint="`imprint policy init` writes one",
        )
    found = meant(finding, last_findings(cache_folder(), folder, loaded, now))
    packages = _packages(found, versions)
    for package in packages:
        PackagePattern.parse(package, is_wide=False)
    text = add_acceptance(
        loaded.file.read_bytes().decode(),
        origin=loaded.file.name,
        reason=found[0].reason,
        packages=packages,
        why=reason,
        lasts_seconds=lasts_seconds,
        by=by or _self(),
        now=now,
    )
    # What it extends may keep this rule to itself.
    check_text(text, loaded.file, cache=cache_folder() / "policies")
    write_whole(loaded.file, text.encode())
    show(_report(found, packages, loaded.file, now + lasts_seconds))
    return 0


def _packages(found: Sequence[Told], versions: str | None) -> tuple[str, ...]:
    if versions is not None:
        return tuple(dict.fromkeys(f"{one.name}@{versions}" for one in found))
    return tuple(dict.fromkeys(f"{one.name}@{one.version}" for one in found))


def _self() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _report(found: Sequence[Told], packages: Sequence[str], file: Path, until: float) -> Report:
    day = datetime.fromtimestamp(until, UTC).date().isoformat()
    reason = found[0].reason
    return Report(
        lines=(
            f"accepted until {day}: {reason.code} of {', '.join(packages)}",
            f"  {reason.message}",
            f"written to {file}: commit it",
        ),
        summary={"accepted": len(packages)},
        values={
            "rule": reason.code,
            "fingerprint": reason.fingerprint,
            "packages": list(packages),
            "until": day,
            "file": str(file),
        },
    )
