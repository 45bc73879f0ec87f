"""An issue text for a package's maintainers: what was seen, how to see it, what would help.

People wrote such tables by hand, and maintainers answered that they do not know what provenance is
(facts: consumers §4.7). So it explains itself, accuses nobody, and asks.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import msgspec

from imprint.cli.render.markup import code_of, text_of
from imprint.cli.times import moment
from imprint.history.axes import Grade

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.history.events import DriftEvent

WORDS = {
    Grade.L7: "trusted publisher, provenance, approved by a person",
    Grade.L6: "provenance, approved by a person",
    Grade.L5: "trusted publisher and provenance",
    Grade.L4: "provenance, published with a token",
    Grade.L3: "trusted publisher or approval, no provenance",
    Grade.L2: "a person with a second factor, no provenance",
    Grade.L1: "no provenance, signed by the registry",
    Grade.L0: "no provenance, not signed by the registry",
    Grade.BROKEN: "a signature or attestation that does not verify",
    Grade.UNKNOWN: "the registry does not say",
}


class EvidenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One release, as the registry tells it."""

    version: str
    published: float | None
    """Unix seconds."""
    grade: Grade
    publisher: str
    """In words."""


class UpstreamIssue(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be told to the maintainers of one package."""

    name: str
    version: str
    grade: Grade
    events: tuple[DriftEvent, ...]
    """What differs from before; empty: only a wish for trusted publishing."""
    rows: tuple[EvidenceRow, ...]
    """The newest first, the version itself among them."""

    @property
    def title(self) -> str:
        """The issue's title, one line of plain text."""
        if self.events:
            return f"{self.name}@{self.version} was published in another way than releases before"
        return f"Could {self.name} be published with trusted publishing?"


def render_issue(issue: UpstreamIssue) -> str:
    """Return the issue's body as Markdown."""
    return "\n".join(_lines(issue)) + "\n"


def _lines(issue: UpstreamIssue) -> Iterator[str]:
    subject = code_of(f"{issue.name}@{issue.version}")
    yield f"Hello, and thank you for maintaining {code_of(issue.name)}."
    yield ""
    if issue.events:
        yield (
            f"We look at how the packages in our lockfile were published. {subject} was published"
            " in another way than the releases before it. There may be a good reason, such as a"
            " release by hand or a new workflow. From outside it cannot be told from a release that"
            " somebody else made, so we ask: **was this release yours, and made as you meant it?**"
        )
        yield from ("", "### What differs", "")
        yield from (f"- {_event(event)}" for event in issue.events)
    else:
        yield (
            f"We look at how the packages in our lockfile were published. {subject} is published"
            f" with: {WORDS[issue.grade]}. With trusted publishing everybody could see which"
            " repository and workflow a release came from, and there would be no token to lose."
        )
    yield from _table(issue)
    yield from _reproduction(issue)
    yield from _wishes(issue)


def _event(event: DriftEvent) -> str:
    words = text_of(event.message)
    if event.before is not None and event.after is not None:
        words += f" ({code_of(event.before)} → {code_of(event.after)})"
    since = "" if event.since is None else f", compared with {code_of(event.since)}"
    return f"{words}{since} ({code_of(event.id.value)})"


def _table(issue: UpstreamIssue) -> Iterator[str]:
    yield from ("", "### The releases, as the registry tells of them", "")
    yield "| version | published (UTC) | by | evidence |"
    yield "|---|---|---|---|"
    for row in issue.rows:
        mark = "**" if row.version == issue.version else ""
        when = "not said" if row.published is None else moment(row.published)
        told = f"{row.grade.value}: {WORDS[row.grade]}"
        yield f"| {mark}{code_of(row.version)}{mark} | {when} | {text_of(row.publisher)} | {told} |"


def _reproduction(issue: UpstreamIssue) -> Iterator[str]:
    exact, name = shlex.quote(f"{issue.name}@{issue.version}"), shlex.quote(issue.name)
    yield from ("", "### How to see it", "", "```sh")
    yield f"npm view {exact} _npmUser dist.attestations --json"
    yield f"npm view {name} time --json"
    yield f"imprint verify {exact}"
    yield f"imprint timeline {name}"
    yield "```"


def _wishes(issue: UpstreamIssue) -> Iterator[str]:
    if issue.events:
        yield from ("", "### If the release was not yours", "")
        yield "- Deprecate or unpublish it, and tell the registry's support."
        yield "- Revoke every token that can publish the package, then look where they were kept."
    yield from ("", "### What would help", "")
    yield (
        "1. Add a *trusted publisher* for the package, on its settings page at the registry or with"
        " `npm trust`: repository, workflow file and, best, an environment with reviewers."
    )
    yield (
        "2. Publish from that workflow with `permissions: id-token: write` and npm 11.5.1 or newer."
        " No token is needed; provenance is added by itself for a public repository."
    )
    yield "3. Disallow tokens for the package, so that nothing can be published around it."
    yield ""
    yield (
        "<sub>*Provenance* is a signed statement of the CI run that built a release: from which"
        " repository, commit and workflow. It shows where a release comes from; it does not say"
        " that the code is good. Whether it is there is read from the registry's metadata.</sub>"
    )
