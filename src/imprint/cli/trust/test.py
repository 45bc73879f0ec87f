"""`imprint trust test`: the registry's own matcher, asked about a run that never ran."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.local import Store, local_options
from imprint.cli.report import Report
from imprint.cli.session import show
from imprint.cli.trust.knowledge import Knowledge, from_registry, from_stores
from imprint.cli.trust.places import otp_option
from imprint.cli.trust.runs import claimed, described, read_claims_file
from imprint.npm.names import PackageName
from imprint.refusals import Refusal

if TYPE_CHECKING:
    from imprint.identity.workload import Workload
    from imprint.publishers.comparisons import Comparison
    from imprint.publishers.matching import Matched


@click.command(
    cls=Command,
    epilog="""\b
Example, for a file with an ID token's claims, and for a run in words:
  imprint trust test @acme/widget --claims claims.json
  imprint trust test @acme/widget --repository acme/widget --workflow release.yml \\
    --ref refs/tags/v1.0.0 --environment npm""",
)
@click.argument("package")
@click.option(
    "--claims",
    "claims_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A JSON file with an ID token's claims.",
)
@click.option("--repository", metavar="OWNER/NAME", help="Of a run in words.")
@click.option("--repository-id", metavar="N", help="[default: what the publisher has]")
@click.option("--owner-id", metavar="N", help="[default: what the publisher has]")
@click.option("--workflow", metavar="FILE", help="Of a run in words.")
@click.option("--ref", metavar="REF", default="refs/heads/main", show_default=True)
@click.option("--ref-protected", is_flag=True, help="The ref is protected at the forge.")
@click.option("--environment", metavar="NAME", help="The job's environment.")
@click.option("--event", metavar="NAME", default="push", show_default=True)
@otp_option
@local_options
def command(
    *, package: str, claims_file: Path | None, otp: str | None, store: Store, **run: object
) -> int:
    """Say whether a run would be accepted for PACKAGE, and by which publisher.

    Nothing is sent but the question which publishers there are. What is not said of a run stays
    unknown, and a rule on it refuses. Exits with 1 where the run would be refused.
    """
    name = PackageName.parse(package)
    claims = None if claims_file is None else read_claims_file(claims_file)
    if (claims is None) is (run["repository"] is None or run["workflow"] is None):
        raise click.UsageError("say which run: --claims FILE, or --repository and --workflow")
    known = from_stores(name, store) if store.is_named else from_registry(name, claims, otp=otp)
    workload = described(known, run) if claims is None else claimed(known, claims)
    if isinstance(workload, Refusal):
        report = _refused(workload, None)
    else:
        report = _judged(workload, known, name)
    show(report)
    if report.summary["accepted"]:
        return 0
    return 3 if known.unread else 1


def _judged(workload: Workload, known: Knowledge, name: PackageName) -> Report:
    from imprint.publishers.matching import Matched, match

    verdict = match(workload, known.publishers, package=name, now=time.time(), exists=known.exists)
    if isinstance(verdict, Matched):
        return _accepted(verdict)
    # Whoever may list the publishers may see all that speaks against a run, not only what a token
    # that proves nothing would be told.
    nearest = min(verdict.compared, key=lambda one: len(one.broken), default=None)
    return _refused(verdict.refusal, nearest)


def _accepted(matched: Matched) -> Report:
    from imprint.publishers.sentences import describe_publisher

    publisher = describe_publisher(matched.publisher)
    lines = [f"accepted by {publisher}"]
    if matched.stage_only:
        lines.append("  only: what it publishes waits, staged, until an owner approves it")
    values = {
        "accepted": True,
        "publisher": publisher,
        "publisher_id": matched.publisher.id,
        "stage_only": matched.stage_only,
        "mismatches": [],
        "hint": None,
    }
    return Report(lines=tuple(lines), summary={"accepted": True}, values=values)


def _refused(refusal: Refusal, nearest: Comparison | None) -> Report:
    from imprint.publishers.sentences import describe_publisher

    code, hint, publisher = refusal.code, refusal.hint, None
    lines = [f"refused ({code}): {refusal.message}"]
    mismatches = list(refusal.mismatches)
    if nearest is not None:
        first = nearest.broken[0]
        code, hint, publisher = first.code, first.hint, describe_publisher(nearest.publisher)
        lines = [f"refused ({code}): nearest is {publisher}"]
        lines += [f"  {rule.message}" for rule in nearest.broken]
        mismatches = [rule.mismatch for rule in nearest.broken if rule.mismatch is not None]
    lines += [f"hint: {hint}"] if hint else []
    values = {
        "accepted": False,
        "publisher": publisher,
        "code": code,
        "mismatches": [
            {"claim": m.claim, "expected": m.expected, "actual": m.actual} for m in mismatches
        ],
        "hint": hint,
    }
    return Report(lines=tuple(lines), summary={"accepted": False}, values=values)
