"""Read a CircleCI configuration. Total: what is not understood is noted, the rest is there.

Source: CircleCI's "Configuration reference". Orbs are opaque, but for those written in the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.circleci.model import (
    CircleConfiguration,
    CircleJob,
    CircleWorkflow,
    JobRun,
)
from imprint.workflows.circleci.steps import Steps, read_environment, read_parameters
from imprint.workflows.yaml.nodes import Entry, Mapping, Node, Scalar, Sequence
from imprint.workflows.yaml.shapes import (
    Notes,
    blank,
    entries_of,
    entry_span,
    items_of,
    mapping_of,
    note,
    text_of,
    texts_of,
)

if TYPE_CHECKING:
    from imprint.workflows.sources import Text
    from imprint.workflows.yaml.nodes import Composed


def read_configuration(
    composed: Composed, notes: Notes, *, path: str
) -> CircleConfiguration | None:
    """Return what a file below `.circleci` says; None where it is no configuration."""
    root = composed.root
    if not isinstance(root, Mapping) or not (root.get("jobs") or root.get("workflows")):
        return None
    steps = Steps(root.get("commands"), notes)
    executors = mapping_of(root.get("executors"), "`executors`", notes)
    return CircleConfiguration(
        path=path,
        jobs=tuple(
            _job(entry, executors, steps, notes)
            for entry in entries_of(root.get("jobs"), "`jobs`", notes)
        ),
        workflows=tuple(
            _workflow(entry, steps, notes)
            for entry in entries_of(root.get("workflows"), "`workflows`", notes)
            if isinstance(entry.value, Mapping)
        ),
        orbs={
            entry.key.value: entry.value.text
            for entry in entries_of(root.get("orbs"), "`orbs`", notes)
            if isinstance(entry.value, Scalar)
        },
        is_setup=_is_true(root.get("setup")),
        span=root.span,
    )


def _job(entry: Entry, executors: Mapping | None, steps: Steps, notes: Notes) -> CircleJob:
    name = entry.key.value
    job = mapping_of(entry.value, f"job `{name[:60]}`", notes)
    if job is None:
        return CircleJob(id=name, id_span=entry.key.span, span=entry_span(entry))
    executor = _executor_name(job.get("executor"), notes)
    named = executors.get(executor.value) if executors and executor else None
    machine = named if isinstance(named, Mapping) else None
    environment = read_environment(machine.get("environment"), notes) if machine else {}
    environment.update(read_environment(job.get("environment"), notes))
    return CircleJob(
        id=name,
        id_span=entry.key.span,
        images=_images(job, notes) or (_images(machine, notes) if machine else ()),
        executor=executor,
        environment=environment,
        shell=_either("shell", job, machine, notes),
        working_directory=_either("working_directory", job, machine, notes),
        parameters=read_parameters(job.get("parameters")),
        steps=steps.read(job.get("steps")),
        span=entry_span(entry),
    )


def _executor_name(node: Node | None, notes: Notes) -> Text | None:
    return text_of(node.get("name") if isinstance(node, Mapping) else node, "`executor`", notes)


def _either(key: str, job: Mapping, executor: Mapping | None, notes: Notes) -> Text | None:
    found = text_of(job.get(key), f"`{key}`", notes)
    if found is None and executor is not None:
        found = text_of(executor.get(key), f"`{key}`", notes)
    return found


def _images(where: Mapping, notes: Notes) -> tuple[Text, ...]:
    machine = where.get("machine")
    image = machine.get("image") if isinstance(machine, Mapping) else None
    if isinstance(image, Scalar):
        return (image.text,)
    found: list[Text] = []
    for item in items_of(where.get("docker"), "`docker`", notes):
        value = item.get("image") if isinstance(item, Mapping) else item
        if (text := text_of(value, "`image`", notes)) is not None:
            found.append(text)
    return tuple(found)


def _workflow(entry: Entry, steps: Steps, notes: Notes) -> CircleWorkflow:
    workflow = mapping_of(entry.value, "workflow", notes)
    runs = workflow.get("jobs") if workflow else None
    triggers = workflow.get("triggers") if workflow else None
    return CircleWorkflow(
        id=entry.key.value,
        id_span=entry.key.span,
        runs=tuple(
            run
            for item in items_of(runs, "`jobs`", notes)
            if (run := _run(item, steps, notes)) is not None
        ),
        is_scheduled=any(
            isinstance(trigger, Mapping) and trigger.get("schedule") is not None
            for trigger in items_of(triggers, "`triggers`", notes)
        ),
        span=entry_span(entry),
    )


def _run(item: Node, steps: Steps, notes: Notes) -> JobRun | None:
    if isinstance(item, Scalar):
        return JobRun(job=item.text, span=item.span)
    if not isinstance(item, Mapping) or not item.entries:
        note(notes, item.span, "job of a workflow is neither a name nor a mapping")
        return None
    entry = item.entries[0]
    given = mapping_of(entry.value, f"job `{entry.key.value[:60]}`", notes)
    if given is None:
        return JobRun(job=entry.key, span=item.span)
    kind = given.get("type")
    return JobRun(
        job=entry.key,
        name=text_of(given.get("name"), "`name`", notes),
        contexts=texts_of(given.get("context"), "`context`", notes),
        requires=_requires(given.get("requires")),
        branches=_filter(given, "branches", "only", notes),
        branches_ignore=_filter(given, "branches", "ignore", notes),
        tags=_filter(given, "tags", "only", notes),
        tags_ignore=_filter(given, "tags", "ignore", notes),
        is_approval=isinstance(kind, Scalar) and kind.text.value == "approval",
        parameters={
            given_entry.key.value: blank(given_entry.value)
            for given_entry in given.entries
            if isinstance(given_entry.value, Scalar)
        },
        is_matrix=given.get("matrix") is not None,
        steps=steps.read(given.get("pre-steps")) + steps.read(given.get("post-steps")),
        span=item.span,
    )


def _requires(node: Node | None) -> tuple[Text, ...]:
    """Return the names of `requires`, also those with a status: `- build: failed`."""
    found: list[Text] = []
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Scalar):
            found.append(item.text)
        elif isinstance(item, Mapping):
            found.extend(entry.key for entry in item.entries)
    return tuple(found)


def _filter(given: Mapping, kind: str, key: str, notes: Notes) -> tuple[Text, ...]:
    filters = given.get("filters")
    of_kind = filters.get(kind) if isinstance(filters, Mapping) else None
    if not isinstance(of_kind, Mapping):
        return ()
    return texts_of(of_kind.get(key), f"`{key}`", notes)


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.text.value == "true"
