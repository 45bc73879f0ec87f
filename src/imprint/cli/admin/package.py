"""`imprint admin package`."""

from __future__ import annotations

import click

from imprint.cli.commands import Command
from imprint.cli.local import Store, local_options, local_registry, operator
from imprint.cli.report import Report
from imprint.cli.session import Refused, show


@click.group("package")
def command() -> None:
    """Rules of one package."""


@command.command(
    "token-rule",
    cls=Command,
    epilog="""\b
Example:
  imprint admin package token-rule @acme/widget disallowed""",
)
@click.argument("name")
@click.argument("rule", type=click.Choice(["default", "allowed", "disallowed"]))
@local_options
def token_rule(*, name: str, rule: str, store: Store) -> None:
    """Say whether long-lived tokens may publish a package.

    By default they may until it has a trusted publisher.
    """
    _set(name, store, column="token_rule", value=rule, shown=f"token rule {rule}")


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin package provenance @acme/widget public""",
)
@click.argument("name")
@click.argument("where", type=click.Choice(["public", "none"]))
@local_options
def provenance(*, name: str, where: str, store: Store) -> None:
    """Say whether npm may sign provenance of a package in a public transparency log.

    `public` lets npm and pnpm send the run's identity there by themselves.
    """
    shown = f"provenance {where}"
    _set(name, store, column="provenance_public", value=where == "public", shown=shown)


@command.command(
    "provenance-required",
    cls=Command,
    epilog="""\b
Example:
  imprint admin package provenance-required @acme/widget yes""",
)
@click.argument("name")
@click.argument("answer", type=click.Choice(["yes", "no"]))
@local_options
def provenance_required(*, name: str, answer: str, store: Store) -> None:
    """Say whether every version of a package needs verified provenance.

    What comes without is refused, staged versions too.
    """
    shown = f"provenance required: {answer}"
    _set(name, store, column="provenance_required", value=answer == "yes", shown=shown)


def _set(
    name: str,
    store: Store,
    column: str,
    value: object,
    shown: str,
) -> None:
    from imprint.npm.names import PackageName
    from imprint.registry.administration.rules import set_package

    package = PackageName.parse(name)
    with local_registry(store) as registry:
        refusal = set_package(registry, package, column=column, value=value, by=operator())
    if refusal is not None:
        raise Refused(refusal)
    show(Report(lines=(f"{package}: {shown}",), values={"package": str(package), column: value}))
