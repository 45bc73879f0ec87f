"""What a replay came to, as tables for people or one JSON object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from benchmarks.replaying.answers import Alarm
from benchmarks.replaying.completions import Basis
from benchmarks.replaying.deciding import hangs_on, said_of
from benchmarks.replaying.floors import floors_of
from benchmarks.replaying.scoring import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.replaying.floors import Floor
    from benchmarks.replaying.results import Column, Results

COMMAND: Final = "benchmarks/replay.py"
PASS, FAIL = "held", "missed"
_ATTACKS: Final = "{:<34} {:>8} {:>7} {:>7} {:>8}"
_BENIGN: Final = "{:<34} {:>8} {:>10} {:>8} {:>10} {:>10}"
_ATTACK: Final = "{:<28} {:>10} {:>8}  {}"
WORDS_OF: Final[Mapping[Basis, str]] = {
    Basis.RECORDED: "as recorded",
    Basis.ABSENT: "what no record tells of is absent",
    Basis.INFERRED: "with what the archive infers",
}
_BASES: Final[Mapping[Basis, str]] = {
    Basis.RECORDED: "as recorded: what is open stays open",
    Basis.ABSENT: "what no record tells of is absent: no install script before the one that"
    " attacked; what is marked as inferred stays open",
    Basis.INFERRED: "with what the archive infers: users and refs marked so, and no install script"
    " before the one that attacked",
}


def as_table(runs: Sequence[Results]) -> str:
    """Return the tables of each run, then the floors."""
    lines: list[str] = []
    for run in runs:
        lines += [f"== {_BASES[run.basis]}", ""]
        lines += _attacks(run, of_subset=True)
        lines += _attacks(run, of_subset=False)
        lines += _benign(run)
    lines += [*_attack_by_attack(runs[0]), ""]
    for run in runs:
        lines += [f"floors, {_BASES[run.basis]}:", *_floors(run), ""]
    return "\n".join(line.rstrip() for line in lines).rstrip()


def as_json(runs: Sequence[Results]) -> str:
    """Return one JSON object, with every record's verdict."""
    answer = {"schema": 1, "command": COMMAND, "runs": [_run(run) for run in runs]}
    return json.dumps(answer, indent=2)


def _attacks(run: Results, *, of_subset: bool) -> Iterator[str]:
    total = sum(run.columns[0].attacks(of_subset=of_subset).values())
    what = "npm incidents on existing packages since April 2023" if of_subset else "all attacks"
    yield f"{what}: {total}"
    yield _ATTACKS.format("", *Verdict)
    for column in run.columns:
        counts = column.attacks(of_subset=of_subset)
        yield _ATTACKS.format(column.rules.name, *(counts[verdict] for verdict in Verdict))
    yield ""


def _benign(run: Results) -> Iterator[str]:
    total = sum(one.verdict is None for one in run.columns[0].scores)
    yield f"benign histories: {total}"
    yield _BENIGN.format("", "error", "it depends", "warning", "it depends", "later")
    for column in run.columns:
        if column.rules.has_alarms:
            warned = column.loud(Alarm.WARN) - column.loud(Alarm.ERROR)
            yield _BENIGN.format(
                column.rules.name,
                column.loud(Alarm.ERROR),
                column.maybe_loud(Alarm.ERROR),
                warned,
                column.maybe_loud(Alarm.WARN),
                column.loud_later(),
            )
    yield ""


def _floors(run: Results) -> Iterator[str]:
    for floor in floors_of(run):
        bound = "at most" if floor.at_most else "at least"
        state = PASS if floor.is_held else FAIL
        yield f"  {state:<7} {floor.what}: {floor.figure}, {bound} {floor.needed}"
        yield from _decided(floor)


def _decided(floor: Floor) -> Iterator[str]:
    """Say what a floor comes to over those attacks that their records decide."""
    of = floor.decided
    if of is None:
        return
    state = PASS if of.figure >= of.needed else FAIL
    reach = "" if of.can_be_held else ", which so few cannot reach"
    yield (
        f"          of the {of.attacks} that their records decide: {state}, {of.figure}, at least "
        f"{of.needed}{reach}; of all, with what is open: up to {of.at_best}"
    )


def _attack_by_attack(run: Results) -> Iterator[str]:
    """Yield one line per attack: what it came to, and what that hangs on."""
    yield f"attack by attack, {_BASES[run.basis]}"
    yield _ATTACK.format("", "no waiting", "cooldown", "without waiting")
    pairs = zip(
        run.column("imprint, no waiting").of_subset(),
        run.column("imprint").of_subset(),
        strict=True,
    )
    for ours, patient in pairs:
        words = said_of(ours)
        if not patient.is_decided:
            words += f"; with cooldown, hangs on {', '.join(hangs_on(patient))}"
        yield _ATTACK.format(ours.record.id, ours.verdict or "", patient.verdict or "", words)


def _run(run: Results) -> dict[str, object]:
    return {
        "basis": run.basis.value,
        "rule_sets": [_column(column) for column in run.columns],
        "floors": [
            {
                "what": floor.what,
                "figure": floor.figure,
                "at_most" if floor.at_most else "at_least": floor.needed,
                "held": floor.is_held,
                "decided": None
                if floor.decided is None
                else {
                    "attacks": floor.decided.attacks,
                    "figure": floor.decided.figure,
                    "at_least": floor.decided.needed,
                    "of_all_at_best": floor.decided.at_best,
                },
            }
            for floor in floors_of(run)
        ],
    }


def _column(column: Column) -> dict[str, object]:
    return {
        "name": column.rules.name,
        "attacks_since_2023_04": _counts(column, of_subset=True),
        "attacks": _counts(column, of_subset=False),
        "benign_errors": column.loud(Alarm.ERROR),
        "benign_errors_unknown": column.maybe_loud(Alarm.ERROR),
        "benign_warnings": column.loud(Alarm.WARN) - column.loud(Alarm.ERROR),
        "benign_warnings_unknown": column.maybe_loud(Alarm.WARN),
        "benign_errors_later": column.loud_later(),
        "records": {
            one.record.id: one.verdict
            if one.verdict is not None
            else "/".join(alarm.name.lower() for alarm in sorted(one.alarms))
            for one in column.scores
        },
        "hangs_on": {
            one.record.id: list(hangs_on(one))
            for one in column.scores
            if one.verdict is not None and not one.is_decided
        },
    }


def _counts(column: Column, *, of_subset: bool) -> dict[str, int]:
    counts = column.attacks(of_subset=of_subset)
    return {verdict.value: counts[verdict] for verdict in Verdict}
