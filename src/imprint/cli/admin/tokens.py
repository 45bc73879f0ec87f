"""`imprint admin tokens`: rules for all long-lived tokens."""

from __future__ import annotations

import click

from imprint.cli.commands import Command
from imprint.cli.local import Store, local_options, local_registry, operator
from imprint.cli.report import Report, table
from imprint.cli.session import Refused, show
from imprint.refusals import Malformed, quoted


@click.group("tokens")
def command() -> None:
    """Where long-lived tokens may publish at all."""


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin tokens disallow --scope @acme""",
)
@click.option("--registry", "whole", is_flag=True, help="For every package.")
@click.option("--scope", metavar="@SCOPE", help="For the packages of a scope.")
@click.option("--owner", metavar="NAME", help="For the packages that an account owns.")
@local_options
def disallow(*, scope: str | None, owner: str | None, store: Store, whole: bool) -> None:
    """Let trusted publishers alone publish."""
    _set(_place(scope, owner, whole=whole), store, allowed=False)


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin tokens allow --scope @acme""",
)
@click.option("--registry", "whole", is_flag=True, help="For every package.")
@click.option("--scope", metavar="@SCOPE", help="For the packages of a scope.")
@click.option("--owner", metavar="NAME", help="For the packages that an account owns.")
@local_options
def allow(*, scope: str | None, owner: str | None, store: Store, whole: bool) -> None:
    """Take such a rule back; rules of single packages stay."""
    _set(_place(scope, owner, whole=whole), store, allowed=True)


@command.command(
    "list",
    cls=Command,
    epilog="""\b
Example:
  imprint admin tokens list""",
)
@local_options
def list_rules(*, store: Store) -> None:
    """List where tokens are disallowed."""
    from imprint.storage import switches

    with local_registry(store) as registry, registry.database.reading() as connection:
        rules = switches.token_rules_list(connection)
    rows = [("DISALLOWED FOR", "", "BY")] if rules else []
    rows += [(level, target, by) for level, target, by in rules]
    values = [{"level": level, "target": target, "by": by} for level, target, by in rules]
    show(Report(lines=table(rows), summary={"rules": len(rules)}, values={"rules": values}))


def _place(scope: str | None, owner: str | None, *, whole: bool) -> tuple[str, str]:
    given = [name for name, value in (("scope", scope), ("owner", owner)) if value is not None]
    if len(given) + whole != 1:
        raise click.UsageError("say where: one of --registry, --scope @SCOPE, --owner NAME")
    if scope is not None:
        if not scope.startswith("@") or "/" in scope:
            raise Malformed("scope", f"the scope is {quoted(scope)}: one is written `@acme`")
        from imprint.npm.names import ScopePattern

        return "scope", f"@{ScopePattern.parse(f'{scope}/*').scope}"
    return ("registry", "") if owner is None else ("owner", owner)


def _set(place: tuple[str, str], store: Store, *, allowed: bool) -> None:
    from imprint.registry.administration.rules import set_tokens_allowed

    level, target = place
    with local_registry(store) as registry:
        refusal = set_tokens_allowed(
            registry, level=level, target=target, allowed=allowed, by=operator()
        )
    if refusal is not None:
        raise Refused(refusal)
    word = "allowed" if allowed else "disallowed"
    shown = "the whole registry" if level == "registry" else f"the {level} {target}"
    values = {"level": level, "target": target, "allowed": allowed}
    show(Report(lines=(f"tokens are {word} for {shown}",), values=values))
