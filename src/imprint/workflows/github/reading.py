"""Read a workflow file of GitHub Actions. Total: what is not understood is noted, never dropped.

Source: GitHub's "Workflow syntax for GitHub Actions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.github.jobs import named, read_defaults, read_job
from imprint.workflows.github.model import Workflow
from imprint.workflows.github.permissions import read_permissions
from imprint.workflows.github.triggers import read_triggers
from imprint.workflows.yaml.nodes import Mapping
from imprint.workflows.yaml.shapes import Notes, entries_of, note, table_of, text_of

if TYPE_CHECKING:
    from imprint.workflows.yaml.nodes import Composed


def read_workflow(composed: Composed, source: str, notes: Notes, *, path: str) -> Workflow | None:
    """Return the workflow that a file holds; None where it holds something else, or nothing.

    A file with neither `on` nor `jobs` is some other YAML, and none of our business.
    """
    root = composed.root
    if not isinstance(root, Mapping):
        return None
    present = [key for key in ("on", "jobs") if root.get(key) is not None]
    if not present:
        return None
    if len(present) == 1:
        absent = "jobs" if present == ["on"] else "on"
        note(notes, root.span, f"workflow has no `{absent}`, the platform refuses it")
    if len(composed.documents) > 1:
        message = "workflow file has a second document, the platform refuses it"
        note(notes, composed.documents[1].span, message)
    shell, folder = read_defaults(root.get("defaults"), notes)
    return Workflow(
        path=path,
        name=text_of(root.get("name"), "`name`", notes),
        triggers=read_triggers(root.get("on"), notes),
        permissions=read_permissions(root.entry("permissions"), notes),
        environment=table_of(root.get("env"), "`env`", notes),
        default_shell=shell,
        default_working_directory=folder,
        concurrency=named(root.get("concurrency"), "group", "`concurrency`", notes),
        jobs=tuple(
            read_job(entry, source, notes)
            for entry in entries_of(root.get("jobs"), "`jobs`", notes)
        ),
        span=root.span,
    )
