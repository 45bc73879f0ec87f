"""`imprint admin`."""

from __future__ import annotations

import click

from imprint.cli.commands import Lazy, LazyGroup

COMMANDS = {
    "user": Lazy("imprint.cli.admin.user", "Accounts: add, list, disable, enable, totp."),
    "token": Lazy("imprint.cli.admin.token", "Long-lived tokens: create, list, revoke."),
    "tokens": Lazy("imprint.cli.admin.tokens", "Where long-lived tokens may publish at all."),
    "issuer": Lazy("imprint.cli.admin.issuer", "Issuers of ID tokens: add, list, disable, enable."),
    "key": Lazy("imprint.cli.admin.key", "Signing keys: list, create, rotate, retire, resign."),
    "switch": Lazy("imprint.cli.admin.switch", "Kill switches: exchange, publish, one package."),
    "package": Lazy("imprint.cli.admin.package", "Rules of one package."),
    "events": Lazy("imprint.cli.admin.events", "What happened."),
    "outbox": Lazy("imprint.cli.admin.outbox", "Mails that wait to be sent."),
    "check": Lazy("imprint.cli.admin.check", "Settings and health."),
}


@click.group("admin", cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """Administer a registry at the machine itself, also while it runs.

    Every command takes --data or --database, as `imprint serve` does.
    """
