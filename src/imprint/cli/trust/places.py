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
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    from imprint.npm.names import PackageName, ScopePattern
    from imprint.publish.registry_client import RegistryClient
    from imprint.publishers.npm_trust import ListedPublisher
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


def listed(client: RegistryClient, package: PackageName) -> tuple[ListedPublisher, ...]:
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
    """Return trusted publishers as they are shown, whatever the place."""
    from imprint.publishers.npm_trust import render_trust
    from imprint.publishers.sentences import describe_publisher

    publishers = tuple(found)
    lines = []
    for one in publishers:
        marks = ["pending"] if one.pending else []
        marks += [f"may {', '.join(sorted(p.value for p in one.limits.permissions))}"]
        lines += [f"{one.id}  {one.target}", f"  {describe_publisher(one)}; {'; '.join(marks)}"]
    return Report(
        lines=tuple(lines),
        summary={"publishers": len(publishers)},
        values={"publishers": [render_trust(one) for one in publishers]},
    )
