"""`imprint exchange`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from imprint.cli.commands import Command
from imprint.cli.report import Report
from imprint.cli.session import Refused, current, say, show
from imprint.refusals import Malformed, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.names import PackageName
    from imprint.publish.configuration import Configuration
    from imprint.publish.exchange_check import WouldMint
    from imprint.publish.registry_client import RegistryClient
    from imprint.publishers.credentials import Secret


@click.command(
    cls=Command,
    epilog="""\b
Example, in a CI job:
  imprint exchange @acme/widget --dry-run
For npm 10, which cannot exchange by itself:
  imprint exchange @acme/widget --write-npmrc
  npm publish
  imprint exchange @acme/widget --revoke""",
)
@click.argument("package")
@click.option("--dry-run", is_flag=True, help="Ask only: nothing is minted, nothing used up.")
@click.option("--write-npmrc", is_flag=True, help="Write it to the user's .npmrc, not to stdout.")
@click.option("--revoke", is_flag=True, help="Give the credential in .npmrc back.")
def command(*, package: str, dry_run: bool, write_npmrc: bool, revoke: bool) -> int:
    """Exchange this job's ID token for a credential for PACKAGE, and print it alone.

    With --dry-run say field by field what the exchange would say: it is the same decision. The ID
    token is `NPM_ID_TOKEN`, else the one that GitHub Actions gives a job that may have one. The
    registry is what npm's configuration says. In GitHub Actions the credential is masked in logs.
    """
    from imprint.npm.names import PackageName

    if dry_run + write_npmrc + revoke > 1:
        raise click.UsageError("--dry-run, --write-npmrc and --revoke exclude each other")
    name = PackageName.parse(package)
    job = _job(name)
    if revoke:
        _revoke(job)
        return 0
    if dry_run:
        return _dry_run(job, name)
    _exchange(job, name, write_npmrc=write_npmrc)
    return 0


class _Job(msgspec.Struct, frozen=True):
    """Where the command runs, and the registry that it talks to."""

    environment: Mapping[str, str]
    configuration: Configuration
    client: RegistryClient

    def id_token(self) -> Secret:
        """Return the job's ID token for the registry."""
        from imprint.publish.ambient import ambient_token
        from imprint.tokens.audiences import audiences_of

        audience = audiences_of(self.client.url)[0]
        say(f"asking for an ID token for {audience}")
        return ambient_token(self.environment, audience=audience)


def _job(name: PackageName) -> _Job:
    from imprint.publish.configuration import Surroundings, read_configuration
    from imprint.publish.registry_client import RegistryClient

    around = Surroundings(folder=Path.cwd(), home=Path.home(), environment=os.environ)
    configuration = read_configuration(around, registry=current().registry)
    registry = configuration.registry_of(name.scope)
    say(f"registry {registry.url} (from {registry.origin})")
    return _Job(os.environ, configuration, RegistryClient(url=registry.url))


def _exchange(job: _Job, name: PackageName, *, write_npmrc: bool) -> None:
    from imprint.publish.exchanging import exchange
    from imprint.publish.npmrc_file import write_token

    credential = exchange(job.client, name, id_token=job.id_token())
    if isinstance(credential, Refusal):
        raise Refused(credential)
    text = credential.secret.reveal()
    if job.environment.get("GITHUB_ACTIONS"):
        # The runner reads commands from stderr too, and stdout is the credential alone.
        click.echo(f"::add-mask::{text}", err=True)
    values: dict[str, object] = {"package": str(name), "expires": credential.expires}
    if write_npmrc:
        path = job.configuration.user_file
        write_token(path, registry=job.client.url, token=credential.secret)
        show(Report(lines=(f"wrote it to {path}",), values={**values, "npmrc": str(path)}))
    else:
        show(Report(lines=(text,), values={**values, "token": text}))


def _revoke(job: _Job) -> None:
    from imprint.publish.exchanging import give_back
    from imprint.publish.npmrc_file import remove_token

    credential = job.configuration.token_for(job.client.url)
    if credential is None:
        raise Malformed("no-credential", "no .npmrc has a credential for this registry")
    refusal = give_back(job.client, credential)
    if refusal is not None:
        raise Refused(refusal)
    path = job.configuration.user_file
    removed = remove_token(path, registry=job.client.url)
    lines = ("revoked", f"took it out of {path}") if removed else ("revoked",)
    show(Report(lines=lines, values={"revoked": True, "npmrc": str(path) if removed else None}))


def _dry_run(job: _Job, name: PackageName) -> int:
    from imprint.publish.exchange_check import check_exchange

    outcome = check_exchange(job.client, name, id_token=job.id_token())
    report = _refused(outcome) if isinstance(outcome, Refusal) else _accepted(outcome)
    show(report)
    return 0 if report.summary["accepted"] else 1


def _accepted(outcome: WouldMint) -> Report:
    limits = ["publishes are staged"] if outcome.stage_only else []
    limits += ["dist-tags alone: this job has published already"] if outcome.dist_tag_only else []
    lines = [f"accepted by {outcome.publisher}", f"  may: {', '.join(outcome.permissions)}"]
    lines += [f"  only: {limit}" for limit in limits]
    values = {
        "accepted": True,
        "publisher": outcome.publisher,
        "permissions": outcome.permissions,
        "stage_only": outcome.stage_only,
        "dist_tag_only": outcome.dist_tag_only,
        "mismatches": [],
        "hint": None,
    }
    return Report(lines=tuple(lines), summary={"accepted": True}, values=values)


def _refused(refusal: Refusal) -> Report:
    lines = [f"refused ({refusal.code}): {refusal.message}"]
    lines += [
        f"  {m.claim}: expected {m.expected}, actual {'nothing' if m.actual is None else m.actual}"
        for m in refusal.mismatches
    ]
    lines += [f"hint: {refusal.hint}"] if refusal.hint else []
    values = {
        "accepted": False,
        "publisher": None,
        "code": refusal.code,
        "message": refusal.message,
        "mismatches": [
            {"claim": m.claim, "expected": m.expected, "actual": m.actual}
            for m in refusal.mismatches
        ],
        "hint": refusal.hint,
    }
    return Report(lines=tuple(lines), summary={"accepted": False}, values=values)
