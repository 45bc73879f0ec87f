"""`imprint trust add`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.local import Store, local_options, local_registry, operator
from imprint.cli.report import Report
from imprint.cli.session import Refused, say, show
from imprint.cli.trust.places import client_for, otp_option, report_of, report_of_entries, target_of
from imprint.cli.trust.rules import CIRCLECI, GENERIC, GITHUB, GITLAB, request_of, rule_options
from imprint.refusals import Malformed, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from imprint.npm.names import PackageName
    from imprint.publishers.configuration import PublisherRequest
    from imprint.publishers.publisher import TrustedPublisher

    F = TypeVar("F", bound=Callable[..., object])


@click.group("add")
def command() -> None:
    """Let a CI workflow publish a package, or with `@scope/*` the packages of a scope."""


def _shared(function: F) -> F:
    owner = click.option(
        "--owner", metavar="USER", help="Who will own a package that it creates (local)."
    )
    package = click.argument("package")
    return package(otp_option(owner(local_options(function))))  # type: ignore[return-value]  # click gives back what it was given


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint trust add github @acme/widget --repository acme/widget --workflow release.yml \\
    --repository-id 1296269 --owner-id 9919 --ref 'refs/tags/v*' --environment npm""",
)
@rule_options(*GITHUB)
@_shared
def github(
    *, package: str, owner: str | None, otp: str | None, store: Store, **rules: object
) -> None:
    """Trust a workflow of GitHub Actions."""
    _add(package, request_of("github", rules), owner=owner, otp=otp, store=store)


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint trust add gitlab @acme/widget --repository acme/tools/widget \\
    --workflow .gitlab-ci.yml --repository-id 278964 --owner-id 9970""",
)
@rule_options(*GITLAB)
@_shared
def gitlab(
    *, package: str, owner: str | None, otp: str | None, store: Store, **rules: object
) -> None:
    """Trust a pipeline of GitLab CI/CD. OWNER/NAME is the project's path, with its groups."""
    _add(package, request_of("gitlab", rules), owner=owner, otp=otp, store=store)


@command.command(
    cls=Command,
    epilog="""\b
Example, with the project's, the organization's and the pipeline definition's ids:
  imprint trust add circleci @acme/widget --repository forge.example.com/acme/widget \\
    --repository-id PROJECT --owner-id ORGANIZATION --workflow DEFINITION""",
)
@rule_options(*CIRCLECI)
@_shared
def circleci(
    *, package: str, owner: str | None, otp: str | None, store: Store, **rules: object
) -> None:
    """Trust a pipeline of CircleCI. OWNER/NAME is `vcs-origin`, FILE the definition's id."""
    _add(package, request_of("circleci", rules), owner=owner, otp=otp, store=store)


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint trust add generic @acme/widget --issuer builds \\
    --claim pipeline_slug=widget-release --claim build_branch=main""",
)
@rule_options(*GENERIC)
@_shared
def generic(
    *, package: str, owner: str | None, otp: str | None, store: Store, **rules: object
) -> None:
    """Trust runs of any other issuer, by exact claims: more than iss, aud and sub."""
    _add(package, request_of("generic", rules), owner=owner, otp=otp, store=store)


def _add(
    package: str, request: PublisherRequest, *, owner: str | None, otp: str | None, store: Store
) -> None:
    from imprint.publish.trust_client import add_trust

    if store.is_named:
        publisher = _locally(package, request, owner=owner, store=store)
        report = report_of([publisher])
        state = publisher.state.value
    else:
        if owner is not None:
            raise click.UsageError("--owner is for --data and --database: elsewhere it is you")
        name = _one_package(package)
        entry = add_trust(client_for(name.scope, otp=otp), name, request)
        if isinstance(entry, Refusal):
            raise Refused(entry)
        report = report_of_entries([entry], name)
        state = entry.listed.state or ""
    show(Report(lines=("added", *report.lines), summary=report.summary, values=report.values))
    if state == "unpinned":
        say(
            "it has no ids: the first run that matches within 7 days pins them, and what that run"
            " publishes waits, staged, until an owner approves it"
        )


def _locally(
    package: str, request: PublisherRequest, *, owner: str | None, store: Store
) -> TrustedPublisher:
    from imprint.registry.administration.accounts import LOCAL, find_user
    from imprint.registry.trust.publishers import add_to

    target = target_of(package)
    with local_registry(store) as registry, registry.database.writing() as connection:
        user_id = None
        if owner is not None:
            user = find_user(connection, owner)
            if isinstance(user, Refusal):
                raise Refused(user)
            user_id = user.id
        added = add_to(
            registry,
            connection,
            target=target,
            asked_for=request,
            by=operator(),
            user_id=user_id,
            is_admin=True,
            address=LOCAL,
        )
        if isinstance(added, Refusal):
            raise Refused(added)
    return added


def _one_package(package: str) -> PackageName:
    from imprint.npm.names import ScopePattern

    target = target_of(package)
    if isinstance(target, ScopePattern):
        raise Malformed(
            "pattern-needs-admin",
            f"`{target}` is a whole scope: an administrator trusts it, at the registry's machine",
            hint="there, say --data DIR or --database URL",
        )
    return target
