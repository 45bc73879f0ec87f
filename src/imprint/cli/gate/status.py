"""`imprint gate status`."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.report import Report, table
from imprint.cli.session import current, show
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.cli.gate.answers import (
        Acceptance,
        Doubts,
        Held,
        InForce,
        Quarantined,
        Status,
        Told,
        Verdict,
    )
    from imprint.storage.gate_records import KeptDecision

CLEAN, FINDINGS = 0, 1
_USUALLY = 20


@click.command(
    "status",
    cls=Command,
    epilog="""\b
Example, of a running gate, and of what one told before it was stopped:
  imprint gate status --gate https://npm.example.test
  imprint gate status --data /srv/imprint --name left-pad""",
)
@click.option("--gate", metavar="URL", help="Ask this gate.  [default: what npm is configured to]")
@click.option("--data", metavar="DIR", help="Read what is kept in this folder instead.")
@click.option("--name", metavar="PACKAGE", help="Of this package alone.")
@click.option("--limit", type=click.IntRange(1, 1000), default=_USUALLY, show_default=True)
def command(*, gate: str | None, data: str | None, name: str | None, limit: int) -> int:
    """Say how the gate is: its policy, what it withholds and until when, what it told to whom.

    A running gate asks for an administrator's token. Exits with 1 where the policy's file cannot be
    loaded, or nothing can be kept. Who a client is, is the client's word.
    """
    if gate is not None and data is not None:
        raise click.UsageError("--gate and --data are two ways to the same thing: name one")
    if data is not None:
        show(_kept(data, name, limit))
        return CLEAN
    return _running(gate, name, limit)


def _running(url: str | None, name: str | None, limit: int) -> int:
    from urllib.parse import urlencode

    import msgspec

    from imprint.cli.gate.answers import Decisions, Doubts, Held, Status
    from imprint.cli.gate.asking import asked, gate_at

    gate = gate_at(url)
    wanted = {"limit": limit} | ({} if name is None else {"name": name})
    status = asked(gate, "gate/status", Status)
    held = asked(gate, f"gate/held?{urlencode(wanted)}", Held)
    doubts = asked(gate, f"gate/doubts?limit={limit}", Doubts)
    newest = urlencode(wanted | {"newest": "true"})
    told = asked(gate, f"gate/decisions?{newest}", Decisions).decisions
    show(
        Report(
            lines=tuple(_lines(status, held, doubts, told)),
            summary={
                "withheld": len(held.held) + held.more,
                "doubts": len(doubts.doubts) + doubts.more,
                "decisions": status.records.decisions,
            },
            values={
                "status": msgspec.to_builtins(status),
                "held": msgspec.to_builtins(held.held),
                "doubts": msgspec.to_builtins(doubts.doubts),
                "decisions": msgspec.to_builtins(told),
            },
        )
    )
    return FINDINGS if status.policy.not_loaded is not None or status.failures else CLEAN


def _lines(status: Status, held: Held, doubts: Doubts, told: Sequence[Told]) -> Iterator[str]:
    yield from _about(status)
    if held.held:
        yield ""
        yield f"withheld now ({len(held.held) + held.more}):"
        yield from _indented(table([_held_row(one) for one in held.held]), held.more)
    if doubts.doubts:
        yield ""
        yield "judged by less than there should be:"
        rows = [(one.name, one.doubt) for one in doubts.doubts]
        yield from _indented(table(rows), doubts.more)
    if told:
        yield ""
        yield "told last:"
        yield from _indented(table([_told_row(one) for one in told]))


def _about(status: Status) -> Iterator[str]:
    policy, packages, records = status.policy, status.packages, status.records
    if policy.in_force is None:
        yield "policy     none: everything is served"
    else:
        found = policy.in_force
        switches = f", enforces from {found.enforce_from}" if found.enforce_from else ""
        yield (
            f"policy     {found.mode}: {found.preset} ({found.origin}), {found.digest[:12]},"
            f" since {found.since}{switches}"
        )
        yield from _exceptions(found)
    if policy.not_loaded is not None:
        broken = policy.not_loaded
        yield f"           NOT the file as it is since {broken.since}: {broken.message}"
    for upstream in status.upstreams:
        scopes = "".join(f" @{scope}" for scope in upstream.scopes)
        yield f"upstream   {upstream.url}{scopes}"
    yield (
        f"packages   {packages.judged} in memory, {packages.with_withheld_versions} with withheld"
        f" versions, {packages.in_doubt} in doubt"
    )
    yield f"records    {records.decisions} decisions, {records.clients} clients"
    for failure in status.failures:
        yield f"failure    {failure}"


def _exceptions(policy: InForce) -> Iterator[str]:
    """Yield what somebody let through, or stopped, by name or digest."""
    for one in policy.acceptances:
        yield (f"accepted   {', '.join(one.packages)}: {one.rule}, {_end(one)}: {one.reason}")
    for tarball in policy.quarantine:
        word = "quarantined" if tarball.refuses else "vouched for"
        ends = "" if tarball.until is None else f", {_end(tarball)}"
        yield f"tarball    {tarball.integrity[:32]}...: {word}{ends}: {tarball.reason}"


def _end(one: Acceptance | Quarantined) -> str:
    by = "" if one.by is None else f" by {one.by}"
    return f"{'over since' if one.is_over else 'until'} {one.until}{by}"


def _held_row(one: Verdict) -> tuple[str, ...]:
    until = f"until {one.until}" if one.until else ""
    return f"{one.name}@{one.version}", one.verdict, ", ".join(one.codes), until


def _told_row(one: Told) -> tuple[str, ...]:
    client = one.client_claimed[:60] or "nobody in particular"
    times = f"x{one.times}" if one.times > 1 else ""
    what = f"{one.name}@{one.version}"
    return one.last_told, what, one.effect, ", ".join(one.codes), one.channel, client, times


def _indented(lines: Sequence[str], more: int = 0) -> Iterator[str]:
    for line in lines:
        yield f"  {line}"
    if more:
        yield f"  and {more} more"


def _kept(data: str, name: str | None, limit: int) -> Report:
    """Return what is kept in a folder: what was told, by a gate that may not run."""
    from imprint import settings
    from imprint.gate.decisions.status import decision_values
    from imprint.storage import gate_records

    loaded = settings.load(file=current().config, environment=os.environ, flags={"data": data})
    file = loaded.settings.gate_path / "records.sqlite3"
    if not gate_records.is_there(file):
        raise Malformed(
            "no-gate-records",
            f"there are no records of a gate in {quoted(str(file.parent))}",
            hint="`imprint serve --upstream URL` keeps them in its data folder",
        )
    index = gate_records.open_records(file)
    try:
        counts = gate_records.counts(index)
        found = gate_records.decisions(index, name=name, limit=limit, newest=True)
    finally:
        index.close()
    rows = table([_kept_row(one) for one in found])
    lines = (
        f"records    {counts.decisions} decisions, {counts.clients} clients",
        *(("", "told last:") if rows else ()),
        *_indented(rows),
    )
    return Report(
        lines=lines,
        summary={"decisions": counts.decisions, "withheld": counts.withheld},
        values={"decisions": [decision_values(one) for one in found]},
    )


def _kept_row(one: KeptDecision) -> tuple[str, ...]:
    from imprint.cli.times import moment

    client = one.client[:60] or "nobody in particular"
    at = moment(min(one.last_at, time.time()))
    what = f"{one.name}@{one.version}"
    return at, what, one.effect, ", ".join(one.codes), one.channel, client
