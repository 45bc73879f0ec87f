"""`imprint admin events`."""

from __future__ import annotations

import click

from imprint.cli.commands import Command
from imprint.cli.local import Store, local_options, local_registry
from imprint.cli.report import Report, table
from imprint.cli.session import show
from imprint.cli.times import moment


@click.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin events --package @acme/widget""",
)
@click.option(
    "--since", type=click.IntRange(min=0), default=0, metavar="N", help="After the event N."
)
@click.option("--package", metavar="NAME", help="Of one package.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, metavar="N"
)
@local_options
def command(*, since: int, package: str | None, limit: int, store: Store) -> None:
    """Show what happened, oldest first; `explain KIND` says what an event means."""
    from imprint.storage import events

    with local_registry(store) as registry, registry.database.reading() as connection:
        found = events.since(connection, since, package=package, limit=limit)
    rows = [
        (
            str(one.id),
            moment(one.event.at),
            one.event.kind,
            one.event.package or "-",
            one.event.actor,
            " ".join(f"{name}={value}" for name, value in one.event.data.items()),
        )
        for one in found
    ]
    values = [
        {
            "id": one.id,
            "at": one.event.at,
            "kind": one.event.kind,
            "package": one.event.package,
            "actor": one.event.actor,
            "address": one.event.address,
            "data": one.event.data,
        }
        for one in found
    ]
    summary = {"events": len(found), "last": found[-1].id if found else since}
    show(Report(lines=table(rows), summary=summary, values={"events": values}))
