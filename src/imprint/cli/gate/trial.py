"""`imprint gate try`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.report import Report, table
from imprint.cli.session import show
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.cli.gate.answers import Trial, Verdict

CLEAN, FINDINGS, UNDECIDED = 0, 1, 3
_MOST_BYTES = 256 * 1024


@click.command(
    "try",
    cls=Command,
    epilog="""\b
Example:
  imprint gate try --gate https://npm.example.test stricter.toml""",
)
@click.argument("policy", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--gate", metavar="URL", help="Ask this gate.  [default: what npm is configured to]")
def command(*, policy: Path, gate: str | None) -> int:
    """Say what would become of what clients asked for lately, if POLICY were in force.

    Nothing is put in force. A running gate asks for an administrator's token. Exits with 1 where
    something would be withheld that is served now, with 3 where something could not be judged.
    """
    import msgspec

    from imprint.cli.gate.answers import Trial
    from imprint.cli.gate.asking import asked, gate_at

    found = asked(gate_at(gate), "gate/trial", Trial, method="POST", body=_read(policy))
    show(
        Report(
            lines=tuple(_lines(found)),
            summary=msgspec.to_builtins(found.summary),
            values={
                "changes": msgspec.to_builtins(found.changes),
                "not_judged": found.not_judged,
            },
        )
    )
    if any(_word(one.then) == "withhold" for one in found.changes):
        return FINDINGS
    return UNDECIDED if found.summary.not_judged else CLEAN


def _read(policy: Path) -> bytes:
    try:
        with policy.open("rb") as opened:
            raw = opened.read(_MOST_BYTES + 1)
    except OSError as err:
        reason = (err.strerror or "it is none").lower()
        raise Malformed(
            "policy-file", f"file {quoted(str(policy))} cannot be read: {reason}"
        ) from err
    if len(raw) > _MOST_BYTES:
        raise Malformed("malformed-policy", f"{quoted(policy.name)} is larger than {_MOST_BYTES}")
    return raw


def _lines(found: Trial) -> Iterator[str]:
    summary = found.summary
    yield (
        f"{summary.changes} of {summary.versions} versions of {summary.packages} packages"
        " would be judged otherwise"
    )
    rows = [
        (
            f"{one.name}@{one.version}",
            f"{_decision(one.now)} -> {_decision(one.then)}",
            ", ".join(_codes(one.then) or _codes(one.now)),
        )
        for one in found.changes
    ]
    for line in table(rows):
        yield f"  {line}"
    if found.more:
        yield f"  and {found.more} more"
    if found.not_judged:
        names = ", ".join(found.not_judged[:5])
        yield f"{summary.not_judged} packages could not be judged in time, or at all: {names}"


def _decision(verdict: Verdict | None) -> str:
    if verdict is None:
        return "admitted"
    served = "" if verdict.effect == "withhold" or verdict.verdict == "admitted" else " (served)"
    return f"{verdict.verdict}{served}"


def _codes(verdict: Verdict | None) -> list[str]:
    return [] if verdict is None else verdict.codes


def _word(verdict: Verdict | None) -> str:
    return "serve" if verdict is None else verdict.effect
