"""Where trusted publishers are: in stores at hand, or behind a registry's trust routes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.report import Report
from imprint.cli.session import Refused, current
from imprint.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeVar

    from imprint.npm.names import PackageName, ScopePattern
    from imprint.publish.registry_client import RegistryClient
    from imprint.publish.trust_client import TrustEntry
    from imprint.publishers.publisher import TrustedPublisher

    F = TypeVar("F", bound=Callable[..., object])


def otp_option(function: F) -> F:
    """Add `--otp`."""
    return click.option(
        "--otp", metavar="CODE", help="One-time password of your authenticator, for the registry."
    )(function)


def client_for(scope: str | None, *, otp: str | None) -> RegistryClient:
    """Return the registry that npm's configuration names, with the token that npm would use."""
    from imprint.publish.configuration import Surroundings, read_configuration
    from imprint.publish.registry_client import RegistryClient

    around = Surroundings(folder=Path.cwd(), home=Path.home(), environment=os.environ)
    configuration = read_configuration(around, registry=current().registry)
    url = configuration.registry_of(scope).url
    return RegistryClient(url=url, token=configuration.token_for(url), one_time_password=otp)


def listed(client: RegistryClient, package: PackageName) -> tuple[TrustEntry, ...]:
    """Return what the registry lists; a refusal ends the command."""
    from imprint.publish.trust_client import list_trust

    found = list_trust(client, package)
    if isinstance(found, Refusal):
        raise Refused(found)
    return found


def target_of(text: str) -> PackageName | ScopePattern:
    """Return the package, or the pattern, that was named; raises Malformed."""
    from imprint.npm.names import PackageName, ScopePattern

    return ScopePattern.parse(text) if text.endswith("*") else PackageName.parse(text)


def report_of(found: Iterable[TrustedPublisher]) -> Report:
    """Return trusted publishers of the stores at hand as they are shown."""
    from imprint.publishers.npm_trust import render_trust

    publishers = tuple(found)
    return Report(
        lines=tuple(line for one in publishers for line in lines_of(one)),
        summary={"publishers": len(publishers)},
        values={"publishers": [render_trust(one) for one in publishers]},
    )


def report_of_entries(entries: Sequence[TrustEntry], package: PackageName) -> Report:
    """Return what a registry lists as it is shown; what cannot be read is shown, too."""
    from imprint.publish.trust_client import publisher_of

    lines: list[str] = []
    for entry in entries:
        publisher = publisher_of(entry, package)
        if publisher is None:
            lines.append(f"{entry.listed.id}  of type {entry.listed.type}, in a form unknown here")
        else:
            lines += lines_of(publisher)
    return Report(
        lines=tuple(lines),
        summary={"publishers": len(entries)},
        values={"publishers": [entry.raw for entry in entries]},
    )


def lines_of(publisher: TrustedPublisher) -> tuple[str, str]:
    """Return id and target, and what it trusts."""
    from imprint.publishers.sentences import describe_publisher

    permissions = sorted(p.value for p in publisher.limits.permissions)
    pending = "pending; " if publisher.pending else ""
    return (
        f"{publisher.id}  {publisher.target}",
        f"  {describe_publisher(publisher)}; {pending}may {', '.join(permissions)}",
    )
