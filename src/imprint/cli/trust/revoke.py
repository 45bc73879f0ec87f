"""`imprint trust revoke`."""

from __future__ import annotations

import click

from imprint.cli.commands import Command
from imprint.cli.local import Store, local_options, local_registry, operator
from imprint.cli.report import Report
from imprint.cli.session import Refused, show
from imprint.cli.trust.places import client_for, otp_option, target_of
from imprint.npm.names import PackageName


@click.command(
    cls=Command,
    epilog="""\b
Example, with the id that `imprint trust list` shows:
  imprint trust revoke @acme/widget 8b0f3c0e-0000-4000-8000-000000000001""",
)
@click.argument("package")
@click.argument("publisher_id", metavar="ID")
@otp_option
@local_options
def command(*, package: str, publisher_id: str, otp: str | None, store: Store) -> None:
    """Trust a publisher of PACKAGE no longer: credentials that it was given die at once."""
    if store.is_named:
        _locally(package, publisher_id, store)
    else:
        from imprint.publish.trust_client import revoke_trust

        name = PackageName.parse(package)
        refusal = revoke_trust(client_for(name.scope, otp=otp), name, publisher_id)
        if refusal is not None:
            raise Refused(refusal)
    values = {"id": publisher_id, "package": package}
    show(Report(lines=(f"revoked {publisher_id}",), values=values))


def _locally(package: str, publisher_id: str, store: Store) -> None:
    from imprint.registry.administration.accounts import LOCAL
    from imprint.registry.trust.publishers import no_such_publisher, remove_from
    from imprint.storage import publishers

    target = target_of(package)
    with local_registry(store) as registry, registry.database.writing() as connection:
        publisher = publishers.find(connection, publisher_id)
        if publisher is None or publisher.target != target:
            raise Refused(no_such_publisher(publisher_id))
        remove_from(registry, connection, publisher, by=operator(), address=LOCAL)
