"""`imprint exchange`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.report import Report
from imprint.cli.session import current, say, show
from imprint.refusals import Refusal

if TYPE_CHECKING:
    from imprint.publish.exchange_check import WouldMint


@click.command(
    cls=Command,
    epilog="""\b
Example, in a CI job:
  imprint exchange @acme/widget --dry-run""",
)
@click.argument("package")
@click.option(
    "--dry-run", is_flag=True, required=True, help="Ask, and change nothing: the only mode so far."
)
def command(*, package: str, dry_run: bool) -> int:  # noqa: ARG001  (required: what it says)
    """Say what the exchange of this job's ID token for PACKAGE would say, field by field.

    The same decision as a real exchange: nothing is minted, and the token is not used up. The ID
    token is `NPM_ID_TOKEN`, else the one that GitHub Actions gives a job that may have one. The
    registry is what npm's configuration says.
    """
    from imprint.npm.names import PackageName
    from imprint.publish.ambient import ambient_token
    from imprint.publish.configuration import Surroundings, read_configuration
    from imprint.publish.exchange_check import check_exchange
    from imprint.publish.registry_client import RegistryClient
    from imprint.tokens.audiences import audiences_of

    name = PackageName.parse(package)
    around = Surroundings(folder=Path.cwd(), home=Path.home(), environment=os.environ)
    configuration = read_configuration(around, registry=current().registry)
    registry = configuration.registry_of(name.scope)
    audience = audiences_of(registry.url)[0]
    say(f"registry {registry.url} (from {registry.origin}), audience {audience}")
    client = RegistryClient(url=registry.url)
    id_token = ambient_token(around.environment, audience=audience)
    outcome = check_exchange(client, name, id_token=id_token)
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
