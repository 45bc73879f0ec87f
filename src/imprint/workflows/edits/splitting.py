"""The split: `pull_request` runs what a pull request builds, `workflow_run` what needs rights.

A job that `pull_request_target` starts and that runs a stranger's code is cut before its first step
that needs the repository's rights. The steps before it lose them; the steps behind it move into a
workflow of their own, which takes the files over as an artifact and runs nothing of them. What
cannot be carried over (outputs of steps, local actions, most of the event) makes it no case for
this: None. GitHub's "Keeping your GitHub Actions and workflows secure, part 1" describes the form.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.edits.applying import apply_edits
from imprint.workflows.edits.handover import report_workflow, steps_that_hand_over
from imprint.workflows.findings import Patch
from imprint.workflows.github.model import LocalUse, RemoteUse
from imprint.workflows.yaml.nodes import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.edits.insertion import Document
    from imprint.workflows.findings import Edit
    from imprint.workflows.github.model import Job, Step, Workflow
    from imprint.workflows.sources import Text

_TARGET, _PLAIN = "pull_request_target", "pull_request"
_RIGHTS = re.compile(r"\bsecrets\b|\bgithub\.token\b|\bG(?:ITHUB|H)_TOKEN\b")
_NUMBER_INPUTS = {
    "actions/github-script": None,
    "marocchino/sticky-pull-request-comment": "number",
    "mshick/add-pr-comment": "issue",
    "peter-evans/create-or-update-comment": "issue-number",
    "thollander/actions-comment-pull-request": "pr-number",
}
"""Actions that speak in pull requests, and the input that tells which one; None: a script's."""
_NOT_FOR_THEM = re.compile(r"github\.event_name\s*==\s*'(?!pull_request)")


def split_target(document: Document, workflow: Workflow, job: Job) -> Patch | None:
    """Return the patch that splits `job`; where nothing needs rights, the trigger alone changes."""
    others = [one for one in workflow.jobs if one.id != job.id and not _is_for_others(one)]
    if job not in workflow.jobs or _is_bound(workflow, job) or any(map(_needs_rights, others)):
        return None
    cut = next((at for at, step in enumerate(job.steps) if _step_needs(step)), len(job.steps))
    edits = [*_trigger_edits(document), *_condition_edits(document, workflow)]
    new_files: tuple[tuple[str, str], ...] = ()
    if cut < len(job.steps):
        moved = _moved_out(document, workflow, job, cut)
        if moved is None:
            return None
        edits.append(moved[0])
        new_files = (moved[1],)
    if not edits or _mentions_target(apply_edits(document.text, edits)):
        return None
    title = f"run `{job.id}` without rights, by `{_PLAIN}`"
    if new_files:
        title += f", and what needs them in {new_files[0][0].rpartition('/')[2]}"
    return Patch(title=title, edits=tuple(edits), new_files=new_files)


def _moved_out(
    document: Document, workflow: Workflow, job: Job, cut: int
) -> tuple[Edit, tuple[str, str]] | None:
    """Return the edit that takes steps out of the job, and the file that they go to."""
    tail = job.steps[cut:]
    if not cut or not all(map(_can_move, tail)):
        return None
    first = document.node(("jobs", job.id, "steps", cut))
    last = document.node(("jobs", job.id, "steps", len(job.steps) - 1))
    if first is None or last is None:
        return None
    start = document.text.rfind("\n", 0, first.span.start) + 1
    blanks, dash, between = document.text[start : first.span.start].partition("-")
    end = document.text.find("\n", last.span.end) + 1 or len(document.text)
    if not dash or blanks.strip(" ") or between.strip(" "):
        return None
    lines = document.text[start:end].splitlines()
    steps = [line.removeprefix(blanks) if line.strip() else "" for line in lines]
    file = report_workflow(workflow, job, steps)
    if file is None:
        return None
    given = "".join(f"{blanks}{line}\n" for line in steps_that_hand_over(job))
    return document.edit(start, end, given), file


def _trigger_edits(document: Document) -> Iterator[Edit]:
    """Yield the edit that renames the trigger; the whole entry is written anew."""
    node = document.node(("on",))
    if isinstance(node, Scalar):
        scalars = [node]
    elif isinstance(node, Sequence):
        scalars = [item for item in node.items if isinstance(item, Scalar)]
    else:
        scalars = []
    for scalar in scalars:
        if scalar.text.value == _TARGET:
            yield document.edit(scalar.span.start, scalar.span.end, _PLAIN)
    if isinstance(node, Mapping) and node.get(_PLAIN) is None:
        entry = node.entry(_TARGET)
        if entry is not None and entry.alias is None:
            start, end = entry.key.span.start, max(entry.key.span.end + 1, entry.value.span.end)
            text = document.text[start:end].replace("\r\n", "\n")
            yield document.edit(start, end, text.replace(_TARGET, _PLAIN, 1))


def _condition_edits(document: Document, workflow: Workflow) -> Iterator[Edit]:
    for job in workflow.jobs:
        for condition in (job.condition, *(step.condition for step in job.steps)):
            if condition is not None and _TARGET in condition.value:
                span = condition.span
                text = document.text[span.start : span.end].replace("\r\n", "\n")
                yield document.edit(span.start, span.end, text.replace(_TARGET, _PLAIN))


def _mentions_target(text: str) -> bool:
    """Whether something else than a comment still speaks of the trigger."""
    return any(_TARGET in line.partition("#")[0] for line in text.splitlines())


def _is_bound(workflow: Workflow, job: Job) -> bool:
    """Whether the job itself, not one of its steps, is bound to what the split takes away."""
    environments = [*workflow.environment.values(), *job.environment.values()]
    folders = (job.default_working_directory, workflow.default_working_directory)
    return (
        job.uses is not None
        or job.deployment is not None
        or workflow.trigger(_TARGET) is None
        or workflow.trigger(_PLAIN) is not None
        or any(_RIGHTS.search(text.value) for text in environments)
        or any(folder is not None for folder in folders)
    )


def _is_for_others(job: Job) -> bool:
    return job.condition is not None and _NOT_FOR_THEM.search(job.condition.value) is not None


def _needs_rights(job: Job) -> bool:
    environment = any(_RIGHTS.search(text.value) for text in job.environment.values())
    return environment or job.uses is not None or any(map(_step_needs, job.steps))


def _step_needs(step: Step) -> bool:
    if isinstance(step.uses, RemoteUse) and step.uses.name in _NUMBER_INPUTS:
        return True
    return any(_RIGHTS.search(text.value) for text in _texts_of(step))


def _texts_of(step: Step) -> Iterator[Text]:
    yield from step.inputs.values()
    yield from step.environment.values()
    if step.run is not None:
        yield step.run


def _can_move(step: Step) -> bool:
    """Whether a step does elsewhere what it does here: it names what it speaks of."""
    if step.uses is None:
        return step.run is not None
    if isinstance(step.uses, LocalUse) or not isinstance(step.uses, RemoteUse):
        return False
    if step.uses.name not in _NUMBER_INPUTS:
        return False
    wanted = _NUMBER_INPUTS[step.uses.name]
    return wanted is None or wanted in step.inputs
