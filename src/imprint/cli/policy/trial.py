"""`imprint policy test`."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.durations import Duration
from imprint.cli.render.audit.sentences import counted
from imprint.cli.report import Report, table
from imprint.cli.session import show
from imprint.refusals import Unavailable, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.audit.policy_trial import Otherwise, Trial

_MOST_SECONDS = 10 * 365 * 86_400
_FEW = 3
"""Of more versions that turn the same way for the same reasons only so many are named."""


@click.command(
    "test",
    cls=Command,
    epilog="""\b
Example, what a stricter policy would have stopped in the last three months:
  imprint policy test --policy proposal.toml --since 90d""",
)
@click.argument(
    "path", metavar="[LOCKFILE|DIR]", required=False, type=click.Path(path_type=Path), default="."
)
@click.option(
    "--since",
    "since_seconds",
    type=Duration(most_seconds=_MOST_SECONDS),
    default="90d",
    show_default=True,
    metavar="DURATION",
    help="How far back.",
)
@click.option(
    "--policy",
    "named",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The policy to try.  [default: imprint.toml, as it is now]",
)
@click.option("--all", "shows_all", is_flag=True, help="Name every version.")
def command(*, path: Path, since_seconds: float, named: Path | None, shows_all: bool) -> int:
    """Try a policy on what earlier audits of this project judged, and show what it says otherwise.

    Every run of `imprint audit` keeps what it judged on this machine. Each version is decided again
    at the moment it was judged: nothing is fetched.
    """
    from imprint.audit.policy_trial import tried
    from imprint.audit.recorded_subjects import folder_of, read
    from imprint.cli.caches import cache_folder
    from imprint.evidence.policies import load_policy

    folder = path if path.is_dir() else path.parent
    cache = cache_folder()
    present = load_policy(folder, cache=cache / "policies")
    loaded = present
    if named is not None:
        loaded = load_policy(folder, named=named, cache=cache / "policies")
    runs = read(folder_of(cache, folder), time.time() - since_seconds)
    trial = tried(runs, loaded, present)
    if not trial.decisions:
        raise Unavailable(
            "no-recorded-audit",
            f"no audit of {quoted(str(folder))} since then is kept here",
            hint="`imprint audit` keeps what it judges; or take a longer `--since`",
        )
    show(_report(trial, loaded.words, shows_all=shows_all))
    return 0


def _report(trial: Trial, words: str, *, shows_all: bool) -> Report:
    counts = {
        verdict: sum(one.would_be == verdict for one in trial.otherwise)
        for verdict in ("refused", "undecided", "admitted")
    }
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    head = f"{counted(trial.runs, 'audit')}, {counted(trial.decisions, 'decision')}, policy {words}"
    return Report(
        lines=(
            head,
            f"otherwise: {told}" if told else "nothing would be otherwise",
            *table(tuple(_rows(trial, shows_all=shows_all))),
        ),
        summary={"audits": trial.runs, "decisions": trial.decisions, **counts},
        values={
            "otherwise": [
                {
                    "name": one.name,
                    "version": one.version,
                    "was": one.was,
                    "would_be": one.would_be,
                    "because": list(one.because),
                    "at": one.at,
                }
                for one in trial.otherwise
            ]
        },
    )


def _rows(trial: Trial, *, shows_all: bool) -> Iterator[tuple[str, ...]]:
    """Yield a row for each version; many that are alike are one, unless all are to be shown."""
    groups: dict[tuple[str, ...], list[Otherwise]] = {}
    for one in trial.otherwise:
        groups.setdefault((one.was, one.would_be, *one.because), []).append(one)
    for group in groups.values():
        turned, why = f"{group[0].was} → {group[0].would_be}", ", ".join(group[0].because)
        if shows_all or len(group) <= _FEW:
            yield from ((turned, f"{one.name}@{one.version}", why, _day(one.at)) for one in group)
        else:
            names = ", ".join(f"{one.name}@{one.version}" for one in group[:_FEW])
            yield turned, f"{names} and {len(group) - _FEW:,} more", why, _day(group[-1].at)


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
