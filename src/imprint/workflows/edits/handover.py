"""The two ends of a split: the steps that hand files over, and the workflow that takes them.

What arrives was made by a stranger. It is data: the number of the pull request has to be a number,
and its head has to be the commit that was built.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from imprint.workflows.github.model import Access
from imprint.workflows.tables.pins import newest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imprint.workflows.github.model import Job, Workflow

_NUMBER = "${{ steps.pull-request.outputs.number }}"
_CARRIED = (
    (re.compile(r"\bgithub\.event\.(?:pull_request\.)?number\b"), _NUMBER[4:-3]),
    (
        re.compile(r"\bgithub\.event\.pull_request\.head\.sha\b"),
        "github.event.workflow_run.head_sha",
    ),
    (re.compile(r"\bcontext\.issue\.number\b"), f"Number('{_NUMBER}')"),
)
"""What stands for it in the run that follows."""
_NOT_CARRIED = re.compile(
    r"\bgithub\.event\.(?!workflow_run\.head_sha\b)|\bgithub\.(?:head_ref|base_ref|event_name|ref)\b"
    r"|\bcontext\.(?!repo\b)|\b(?:needs|matrix|inputs|env|job|strategy)\.|\bhashFiles\("
    r"|\bsteps\.(?!pull-request\.)|GITHUB_(?:EVENT|REF|SHA|HEAD|BASE)"
)
"""What means something else there, or nothing."""
_OF_PULL_REQUEST = (
    "github.event.workflow_run.event == 'pull_request'"
    " && github.event.workflow_run.conclusion == 'success'"
)
_DEFAULT_SCOPES = {"pull-requests": Access.WRITE}


def steps_that_hand_over(job: Job) -> list[str]:
    """Return the lines of the steps that upload what was built, and for which pull request."""
    return [
        '- run: echo "$NUMBER" > pull-request-number',
        "  env:",
        "    NUMBER: ${{ github.event.pull_request.number }}",
        f"- uses: {_pinned('actions/upload-artifact')}",
        "  with:",
        f"    name: {_artifact(job)}",
        "    path: |",
        "      .",
        "      !.git/**",
        "      !**/node_modules/**",
    ]


def report_workflow(workflow: Workflow, job: Job, steps: Sequence[str]) -> tuple[str, str] | None:
    """Return path and text of the workflow that takes over, with the lines of its last steps.

    None where these need something that the run which follows does not know.
    """
    carried = "\n".join(steps)
    for pattern, stands_for in _CARRIED:
        carried = pattern.sub(stands_for, carried)
    labels = [label.value for label in job.runs_on]
    if _NOT_CARRIED.search(carried) or len(labels) != 1 or "${{" in labels[0]:
        return None
    folder, _, file = workflow.path.rpartition("/")
    stem, _, ending = file.rpartition(".")
    name = workflow.path if workflow.name is None else workflow.name.value
    if "${{" in name:
        return None
    lines = [
        f"# What needs rights of the job {job.id} of {file}. What it takes over was made by the",
        "# pull request: data, of which nothing may be run.",
        f"name: {json.dumps(f'{name}: report', ensure_ascii=False)}",
        "on:",
        "  workflow_run:",
        f"    workflows: [{json.dumps(name, ensure_ascii=False)}]",
        "    types: [completed]",
        "permissions: {}",
        "jobs:",
        f"  {job.id}:",
        f"    if: {_OF_PULL_REQUEST}",
        f"    runs-on: {labels[0]}",
        "    permissions:",
        *(f"      {scope}: {access}" for scope, access in _scopes(workflow, job).items()),
        "    steps:",
        *(f"      {line}" if line else "" for line in (*_taking_over(job), *carried.split("\n"))),
    ]
    return f"{folder}/{stem}-report.{ending}", "\n".join(lines).rstrip("\n") + "\n"


def _taking_over(job: Job) -> list[str]:
    return [
        f"- uses: {_pinned('actions/download-artifact')}",
        "  with:",
        f"    name: {_artifact(job)}",
        "    run-id: ${{ github.event.workflow_run.id }}",
        "    github-token: ${{ github.token }}",
        "- id: pull-request",
        "  env:",
        "    GH_TOKEN: ${{ github.token }}",
        "    HEAD_SHA: ${{ github.event.workflow_run.head_sha }}",
        "  run: |",
        "    number=$(grep -Ex -m 1 '[0-9]{1,9}' pull-request-number)",
        '    head=$(gh api "repos/$GITHUB_REPOSITORY/pulls/$number" --jq .head.sha)',
        '    test "$head" = "$HEAD_SHA"',
        '    echo "number=$number" >> "$GITHUB_OUTPUT"',
    ]


def _scopes(workflow: Workflow, job: Job) -> Mapping[str, Access]:
    """Return what the job was granted by name, and what taking over takes."""
    block = job.permissions or workflow.permissions
    granted = dict(block.scopes) if block is not None and block.scopes else dict(_DEFAULT_SCOPES)
    granted.pop("id-token", None)
    return {"actions": Access.READ, "contents": Access.READ, **granted}


def _artifact(job: Job) -> str:
    return f"{job.id}-result"


def _pinned(action: str) -> str:
    known = newest().get(action)
    return f"{action}@v5" if known is None else f"{action}@{known['commit']} # {known['tag']}"
