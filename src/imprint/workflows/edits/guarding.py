"""The owner guard: a job that runs for people of the repository alone.

Not here: `github.repository_owner == 'x'`, which is always true upstream and guards nothing
(facts/workflows.md §7.4).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from imprint.workflows.edits.insertion import with_entry

if TYPE_CHECKING:
    from imprint.workflows.edits.insertion import Document
    from imprint.workflows.findings import Edit
    from imprint.workflows.github.model import Job, Workflow

_RIGHTS = """contains(fromJSON('["OWNER", "MEMBER", "COLLABORATOR"]'), """
GUARDS = {
    "pull_request_target": "github.event.pull_request.head.repo.full_name == github.repository",
    "workflow_run": "github.event.workflow_run.head_repository.full_name == github.repository",
    "issue_comment": f"{_RIGHTS}github.event.comment.author_association)",
    "issues": f"{_RIGHTS}github.event.issue.author_association)",
}
"""What is true in runs that people of the repository cause, by event.

Not of `pull_request`: its file is the pull request's own, and so would be the guard.
"""

_WHOLE = re.compile(r"\$\{\{(?P<inner>(?:(?!\}\}).)*)\}\}", re.DOTALL)
_LITERAL = re.compile(r"('(?:[^']|'')*')")
_BLANKS = re.compile(r"\s+")
_NOT_PLAIN = re.compile(r"""^[^\w(]|: |:$| #|[\r\n\t]|[\[\]{},&*]$""")


def owner_guard(document: Document, workflow: Workflow, job: Job, event: str) -> Edit | None:
    """Return the edit that lets `job` run in runs of `event` for the repository's people alone.

    Other events of the workflow are let through, and a condition that is there still counts. None
    where the event has no such guard, or the condition is no single expression.
    """
    guard = GUARDS.get(event)
    if guard is None or workflow.trigger(event) is None:
        return None
    if any(trigger.event != event for trigger in workflow.triggers):
        guard = f"(github.event_name != '{event}' || {guard})"
    if job.condition is not None:
        known = _inner(job.condition.value)
        if known is None or guard in known:
            return None
        guard = f"({known}) && {guard}"
    before = next((key for key in ("runs-on", "uses", "steps") if _has(document, job, key)), None)
    return with_entry(document, ("jobs", job.id), "if", _scalar(guard), before=before)


def _inner(condition: str) -> str | None:
    """Return an expression without its braces and line breaks; None for a text with several."""
    parts = _LITERAL.split(condition.strip())
    if any("\n" in literal for literal in parts[1::2]):
        return None
    text = "".join(
        part if place % 2 else _BLANKS.sub(" ", part) for place, part in enumerate(parts)
    )
    whole = _WHOLE.fullmatch(text)
    if whole is not None:
        return whole["inner"].strip()
    return None if "${{" in text or not text else text


def _scalar(expression: str) -> str:
    """Return an expression as a scalar of one line."""
    if _NOT_PLAIN.search(expression):
        return json.dumps(expression, ensure_ascii=False)
    return expression


def _has(document: Document, job: Job, key: str) -> bool:
    return document.node(("jobs", job.id, key)) is not None
