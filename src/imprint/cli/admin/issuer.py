"""`imprint admin issuer`."""

from __future__ import annotations

import click

from imprint.cli.commands import Command
from imprint.cli.local import Store, local_options, local_registry, operator
from imprint.cli.report import Report, table
from imprint.cli.session import Refused, say, show

PROVIDERS = ("github", "gitlab", "circleci", "generic")


@click.group("issuer")
def command() -> None:
    """Issuers of ID tokens. Tokens of any other are refused."""


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin issuer add github --provider github --issuer https://ci.example.com""",
)
@click.argument("name")
@click.option(
    "--issuer", "url", required=True, metavar="URL", help="Exactly what its tokens have in `iss`."
)
@click.option("--provider", type=click.Choice(PROVIDERS), required=True, help="Whose claims.")
@click.option(
    "--audience",
    "audiences",
    multiple=True,
    metavar="TEXT",
    help="Accepted beside the registry's own; for issuers whose audience cannot be chosen.",
)
@click.option(
    "--algorithm",
    "algorithms",
    multiple=True,
    metavar="NAME",
    help="Such as RS256; repeat it.  [default: the provider's]",
)
@local_options
def add(
    *,
    name: str,
    url: str,
    provider: str,
    audiences: tuple[str, ...],
    algorithms: tuple[str, ...],
    store: Store,
) -> None:
    """Register an issuer under a NAME of yours. Plain http is for loopback alone."""
    from imprint.identity.workload import Provider
    from imprint.registry.administration.rules import add_issuer
    from imprint.tokens.registration import new_issuer

    issuer = new_issuer(
        name=name,
        url=url,
        provider=Provider(provider),
        audiences=audiences,
        algorithms=algorithms or None,
    )
    with local_registry(store, makes=True) as registry:
        refusal = add_issuer(registry, issuer, by=operator())
    if refusal is not None:
        raise Refused(refusal)
    values = {"name": name, "url": url, "provider": provider, "algorithms": issuer.algorithms}
    show(Report(lines=(f"added the issuer {name}: {url}",), values=values))
    say("whether its keys can be had: `imprint admin check --probe`")


@command.command(
    "list",
    cls=Command,
    epilog="""\b
Example:
  imprint admin issuer list""",
)
@local_options
def list_issuers(*, store: Store) -> None:
    """List the issuers."""
    from imprint.storage import issuers

    with local_registry(store) as registry, registry.database.reading() as connection:
        found = issuers.list_all(connection)
    rows = [("NAME", "PROVIDER", "URL", "ALGORITHMS", "")] if found else []
    rows += [
        (
            one.issuer.name,
            one.issuer.provider.value,
            one.issuer.url,
            " ".join(one.issuer.algorithms),
            "disabled" if one.disabled_at is not None else "",
        )
        for one in found
    ]
    values = [
        {
            "name": one.issuer.name,
            "provider": one.issuer.provider,
            "url": one.issuer.url,
            "algorithms": one.issuer.algorithms,
            "audiences": one.issuer.audiences,
            "replay": one.issuer.replay,
            "disabled": one.disabled_at is not None,
        }
        for one in found
    ]
    show(Report(lines=table(rows), summary={"issuers": len(found)}, values={"issuers": values}))


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin issuer disable github""",
)
@click.argument("name")
@local_options
def disable(*, name: str, store: Store) -> None:
    """Switch an issuer off: credentials from its tokens die with it."""
    _set_enabled(name, store, enabled=False)


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin issuer enable github""",
)
@click.argument("name")
@local_options
def enable(*, name: str, store: Store) -> None:
    """Switch an issuer on again."""
    _set_enabled(name, store, enabled=True)


def _set_enabled(name: str, store: Store, *, enabled: bool) -> None:
    from imprint.registry.administration.rules import set_issuer_enabled

    with local_registry(store) as registry:
        refusal = set_issuer_enabled(registry, name, enabled=enabled, by=operator())
    if refusal is not None:
        raise Refused(refusal)
    word = "enabled" if enabled else "disabled"
    show(Report(lines=(f"{word} the issuer {name}",), values={"name": name, "enabled": enabled}))
