"""`imprint admin outbox`."""

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
  imprint admin outbox""",
)
@click.option(
    "--since", type=click.IntRange(min=0), default=0, metavar="N", help="After the mail N."
)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, metavar="N"
)
@local_options
def command(*, since: int, limit: int, store: Store) -> None:
    """Show the mails that wait to be sent, oldest first."""
    from imprint.storage import outbox

    with local_registry(store) as registry, registry.database.reading() as connection:
        found = outbox.waiting(connection, since=since, limit=limit)
    rows = [
        (
            str(mail.id),
            moment(mail.created_at),
            mail.recipient,
            mail.template,
            " ".join(f"{name}={value}" for name, value in mail.data.items()),
        )
        for mail in found
    ]
    values = [
        {
            "id": mail.id,
            "event": mail.event_id,
            "at": mail.created_at,
            "recipient": mail.recipient,
            "template": mail.template,
            "data": mail.data,
        }
        for mail in found
    ]
    show(Report(lines=table(rows), summary={"waiting": len(found)}, values={"mails": values}))
