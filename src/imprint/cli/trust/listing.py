"""`imprint trust list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.local import Store, local_options, local_registry
from imprint.cli.report import Report
from imprint.cli.session import show
from imprint.cli.trust.places import (
    client_for,
    listed,
    otp_option,
    report_of,
    report_of_entries,
    target_of,
)
from imprint.npm.names import PackageName, ScopePattern

if TYPE_CHECKING:
    from imprint.publishers.publisher import TrustedPublisher


@click.command(
    cls=Command,
    epilog="""\b
Example:
  imprint trust list @acme/widget""",
)
@click.argument("package")
@otp_option
@local_options
def command(*, package: str, otp: str | None, store: Store) -> None:
    """List the trusted publishers of PACKAGE, those for its whole scope too."""
    target = target_of(package)
    if store.is_named:
        show(_or_none(report_of(_local(target, store))))
        return
    name = target if isinstance(target, PackageName) else PackageName.parse(package)
    found = listed(client_for(name.scope, otp=otp), name)
    show(_or_none(report_of_entries(found, name)))


def _local(target: PackageName | ScopePattern, store: Store) -> tuple[TrustedPublisher, ...]:
    from imprint.storage import publishers

    with local_registry(store) as registry, registry.database.reading() as connection:
        if isinstance(target, ScopePattern):
            return publishers.of_target(connection, str(target))
        return publishers.for_package(connection, target)


def _or_none(report: Report) -> Report:
    if report.lines:
        return report
    lines = ("there is no trusted publisher",)
    return Report(lines=lines, summary=report.summary, values=report.values)
