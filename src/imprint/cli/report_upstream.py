"""`imprint report --upstream`."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.report import Report
from imprint.cli.session import Refused, current, say, show
from imprint.history.events import EventId
from imprint.refusals import Malformed, Refusal, Unavailable, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.cli.render.upstream_issue import UpstreamIssue
    from imprint.history.projection import PackumentHistory
    from imprint.npm.names import PackageName

_LEFT_OUT = frozenset(
    {
        EventId.UPGRADED,
        EventId.RELEASE_TOO_YOUNG,
        EventId.MAINTAINER_ADDED,
        EventId.SIGNATURE_KEY_CHANGED,
    }
)
"""What is no question to maintainers: it got better, it is new, or it is the registry's doing."""


@click.command(
    "report",
    cls=Command,
    epilog="""\b
Example, and the same as an issue at once:
  imprint report --upstream express@5.1.0
  imprint report --upstream express -q | gh issue create --title "…" --body-file -""",
)
@click.option(
    "--upstream",
    "target",
    required=True,
    metavar="NAME[@VERSION]",
    help="The package whose maintainers are to be asked.",
)
def command(*, target: str) -> int:
    """Write an issue text for a package's maintainers: what differs, the evidence, what would help.

    By the packument of the registry that npm's configuration names; nothing is sent anywhere.
    Exits with 1 where there is nothing to ask of them.
    """
    from imprint.cli.render.upstream_issue import render_issue
    from imprint.cli.verify.targets import Named, parse_target

    wanted = parse_target(target)
    if not isinstance(wanted, Named):
        raise Malformed("invalid-package-name", f"{quoted(target)} is a file, expected a package")
    history = asyncio.run(_history(wanted.name))
    version = _version(history, wanted.version)
    issue = _issue(history, version, now=time.time())
    body = render_issue(issue)
    say(f"title: {issue.title}")
    show(
        Report(
            lines=tuple(body.splitlines()),
            summary={"events": len(issue.events), "releases": len(issue.rows)},
            values={**_values(issue), "body": body},
        )
    )
    return 0


async def _history(name: PackageName) -> PackumentHistory:
    from imprint.evidence.collect import raw_packument_of
    from imprint.history.projection import PackumentHistory, project
    from imprint.publish.configuration import Surroundings, read_configuration
    from imprint.upstream.fetch import Fetcher
    from imprint.upstream.registries import UpstreamRegistry

    around = Surroundings(folder=Path.cwd(), home=Path.home(), environment=os.environ)
    configuration = read_configuration(around, registry=current().registry)
    url = configuration.registry_of(name.scope).url
    say(f"asking {url}")
    async with Fetcher(by_proxy=True) as fetcher:
        registry = UpstreamRegistry(
            fetcher=fetcher, url=url, credential_for=configuration.token_for
        )
        raw = await raw_packument_of(registry, name)
    try:
        return PackumentHistory.of(project(raw, str(name)))
    except Malformed as err:
        raise Unavailable(err.code, err.message, err.hint) from err


def _version(history: PackumentHistory, text: str) -> str:
    version = history.dist_tags.get(text, text)
    if version not in history.moments:
        raise Malformed(
            "no-such-version",
            f"`{history.name}` has no version or dist-tag {quoted(text)}",
            hint="`imprint timeline NAME` lists the versions",
        )
    return version


def _issue(history: PackumentHistory, version: str, *, now: float) -> UpstreamIssue:
    """Return what is to be asked; raises Refused (`nothing-to-report`)."""
    from imprint.cli.render.upstream_issue import EvidenceRow, UpstreamIssue
    from imprint.history.axes import Auth, Origin
    from imprint.history.candidates import Candidate
    from imprint.history.claims import claimed_axes
    from imprint.history.drift import DriftSettings, drift_of
    from imprint.history.grades import claimed_grade
    from imprint.history.releases import release_rows

    (publication,) = history.publications([version])
    carries = history.carries
    axes = claimed_axes(publication, carries)
    candidate = Candidate(history=history, carries=carries, version=version, axes=axes)
    found = drift_of(candidate, now=now, settings=DriftSettings())
    events = tuple(event for event in found if event.id not in _LEFT_OUT)
    if not events and axes.auth is Auth.OIDC and axes.origin is not Origin.ABSENT:
        message = f"`{history.name}@{version}` is published as before, by a trusted publisher"
        raise Refused(Refusal(code="nothing-to-report", message=message))
    rows = release_rows(history, version, carries, {})
    return UpstreamIssue(
        name=history.name,
        version=version,
        grade=claimed_grade(axes),
        events=events,
        rows=tuple(
            EvidenceRow(
                version=row.version,
                published=row.published,
                grade=row.grade,
                publisher=row.publisher,
            )
            for row in rows
        ),
    )


def _values(issue: UpstreamIssue) -> Mapping[str, object]:
    return {
        "name": issue.name,
        "version": issue.version,
        "title": issue.title,
        "grade": issue.grade.value,
        "events": [
            {"id": event.id.value, "message": event.message, "since": event.since}
            for event in issue.events
        ],
        "releases": [
            {
                "version": row.version,
                "published": row.published,
                "grade": row.grade.value,
                "publisher": row.publisher,
            }
            for row in issue.rows
        ],
    }
