"""`imprint admin switch`: kill switches."""

from __future__ import annotations

import click

from imprint.cli.commands import Command
from imprint.cli.local import Store, local_options, local_registry, operator
from imprint.cli.report import Report, table
from imprint.cli.session import Refused, show

KINDS = click.Choice(["exchange", "publish", "package"])


@click.group("switch")
def command() -> None:
    """Kill switches. They hold for every replica at once."""


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin switch off exchange --reason 'an issuer was broken into'
  imprint admin switch off package @acme/widget --reason 'under investigation'""",
)
@click.argument("kind", type=KINDS)
@click.argument("name", required=False)
@click.option("--reason", required=True, help="Everybody who is refused is told.")
@local_options
def off(*, kind: str, name: str | None, reason: str, store: Store) -> None:
    """Switch off the exchange, all publishing, or one package."""
    from imprint.registry.administration.rules import switch_off

    target = _target(kind, name)
    with local_registry(store) as registry:
        switch_off(registry, kind=kind, target=target, reason=reason, by=operator())
    values = {"switch": kind, "target": target, "off": True}
    show(Report(lines=(f"switched off: {target or kind}",), values=values))


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin switch on exchange""",
)
@click.argument("kind", type=KINDS)
@click.argument("name", required=False)
@local_options
def on(*, kind: str, name: str | None, store: Store) -> None:
    """Switch on again what was switched off."""
    from imprint.registry.administration.rules import switch_on

    target = _target(kind, name)
    with local_registry(store) as registry:
        refusal = switch_on(registry, kind=kind, target=target, by=operator())
    if refusal is not None:
        raise Refused(refusal)
    values = {"switch": kind, "target": target, "off": False}
    show(Report(lines=(f"switched on: {target or kind}",), values=values))


@command.command(
    "list",
    cls=Command,
    epilog="""\b
Example:
  imprint admin switch list""",
)
@local_options
def list_switches(*, store: Store) -> None:
    """List what is switched off."""
    from imprint.storage import switches

    with local_registry(store) as registry, registry.database.reading() as connection:
        found = switches.list_switches(connection)
    rows = [("SWITCHED OFF", "", "REASON")] if found else []
    rows += [(kind, target, reason) for kind, target, reason in found]
    values = [{"switch": kind, "target": target, "reason": why} for kind, target, why in found]
    show(Report(lines=table(rows), summary={"off": len(found)}, values={"switches": values}))


def _target(kind: str, name: str | None) -> str:
    if (kind == "package") is not (name is not None):
        raise click.UsageError("`package` takes a name, and it alone does")
    if name is None:
        return ""
    from imprint.npm.names import PackageName

    return str(PackageName.parse(name))
