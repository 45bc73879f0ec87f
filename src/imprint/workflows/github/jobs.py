"""One entry of `jobs`, as written. Not here: what callers and defaults make of it.

Source: GitHub's "Workflow syntax", `jobs.<job_id>`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.github.matrix import read_matrix
from imprint.workflows.github.model import Deployment, Job
from imprint.workflows.github.permissions import read_permissions
from imprint.workflows.github.steps import lower_keys, read_steps
from imprint.workflows.github.uses import read_use
from imprint.workflows.sources import Text
from imprint.workflows.yaml.nodes import Entry, Mapping, Node, Scalar
from imprint.workflows.yaml.shapes import (
    Notes,
    entries_of,
    entry_span,
    mapping_of,
    table_of,
    text_of,
    texts_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping as Table


def read_job(entry: Entry, source: str, notes: Notes) -> Job:
    """Return the job of one entry. What of it is not understood is noted, the rest is there."""
    name = entry.key.value
    mapping = mapping_of(entry.value, f"job `{name[:60]}`", notes)
    if mapping is None:
        return Job(id=name, id_span=entry.key.span, span=entry_span(entry))
    values = {part.key.value: part.value for part in mapping.entries}

    def text(key: str) -> Text | None:
        return text_of(values.get(key), f"`{key}`", notes)

    def table(key: str) -> dict[str, Text]:
        return table_of(values.get(key), f"`{key}`", notes)

    uses = text("uses")
    shell, folder = read_defaults(values.get("defaults"), notes)
    secrets, inherits = _secrets(values.get("secrets"), notes)
    strategy = mapping_of(values.get("strategy"), "`strategy`", notes)
    return Job(
        id=name,
        id_span=entry.key.span,
        name=text("name"),
        needs=texts_of(values.get("needs"), "`needs`", notes),
        condition=text("if"),
        runs_on=_runs_on(values.get("runs-on"), notes),
        permissions=read_permissions(mapping.entry("permissions"), notes),
        deployment=_deployment(mapping.entry("environment"), notes),
        environment=table("env"),
        default_shell=shell,
        default_working_directory=folder,
        matrix=read_matrix(strategy.entry("matrix") if strategy else None, notes),
        container=named(values.get("container"), "image", "`container`", notes),
        services=_services(values.get("services"), notes),
        outputs=table("outputs"),
        steps=read_steps(values.get("steps"), source, notes),
        uses=None if uses is None else read_use(uses, source),
        inputs=lower_keys(table("with")),
        secrets=secrets,
        inherits_secrets=inherits,
        concurrency=named(values.get("concurrency"), "group", "`concurrency`", notes),
        continue_on_error=text("continue-on-error"),
        span=entry_span(entry),
    )


def read_defaults(node: Node | None, notes: Notes) -> tuple[Text | None, Text | None]:
    """Return shell and working directory of a `defaults` value."""
    defaults = mapping_of(node, "`defaults`", notes)
    run = mapping_of(defaults.get("run"), "`defaults.run`", notes) if defaults else None
    if run is None:
        return None, None
    return (
        text_of(run.get("shell"), "`shell`", notes),
        text_of(run.get("working-directory"), "`working-directory`", notes),
    )


def named(node: Node | None, key: str, what: str, notes: Notes) -> Text | None:
    """Return a text that may also stand under `key` of a mapping."""
    return text_of(node.get(key) if isinstance(node, Mapping) else node, what, notes)


def _runs_on(node: Node | None, notes: Notes) -> tuple[Text, ...]:
    if not isinstance(node, Mapping):
        return texts_of(node, "`runs-on`", notes)
    labels = texts_of(node.get("labels"), "`labels`", notes)
    group = text_of(node.get("group"), "`group`", notes)
    if group is None:
        return labels
    return (*labels, Text(value=f"group:{group.value}", span=group.span))


def _deployment(entry: Entry | None, notes: Notes) -> Deployment | None:
    if entry is None:
        return None
    name = named(entry.value, "name", "`environment`", notes)
    return None if name is None else Deployment(name=name, span=entry_span(entry))


def _services(node: Node | None, notes: Notes) -> tuple[Text, ...]:
    if isinstance(node, Scalar):
        return ()
    images = (
        named(entry.value, "image", "service", notes)
        for entry in entries_of(node, "`services`", notes)
    )
    return tuple(image for image in images if image is not None)


def _secrets(node: Node | None, notes: Notes) -> tuple[Table[str, Text] | None, bool]:
    if isinstance(node, Scalar) and node.text.value == "inherit":
        return None, True
    return (None if node is None else table_of(node, "`secrets`", notes)), False
