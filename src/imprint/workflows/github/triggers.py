"""`on`: which events start a workflow, with their filters.

Source: GitHub's "Workflow syntax", `on`. YAML 1.1 takes the bare word `on` for a boolean; here
keys are texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.github.model import Trigger
from imprint.workflows.yaml.nodes import Entry, Mapping, Scalar
from imprint.workflows.yaml.shapes import Notes, blank, entries_of, entry_span, note, texts_of

if TYPE_CHECKING:
    from imprint.workflows.sources import Text
    from imprint.workflows.yaml.nodes import Node


def read_triggers(node: Node | None, notes: Notes) -> tuple[Trigger, ...]:
    """Return the events of an `on` value: one word, a list of words, or a mapping with filters."""
    if isinstance(node, Mapping):
        return tuple(_trigger(entry, notes) for entry in node.entries)
    return tuple(
        Trigger(event=text.value, span=text.span) for text in texts_of(node, "`on`", notes)
    )


def _trigger(entry: Entry, notes: Notes) -> Trigger:
    event, span = entry.key.value, entry_span(entry)
    filters = entry.value
    if event == "schedule" or (isinstance(filters, Scalar) and filters.is_null):
        return Trigger(event=event, span=span)
    if not isinstance(filters, Mapping):
        note(notes, filters.span, f"filters of event `{event[:60]}` are no mapping")
        return Trigger(event=event, span=span)

    def texts(key: str) -> tuple[Text, ...]:
        return texts_of(filters.get(key), f"`{key}`", notes)

    inputs = entries_of(filters.get("inputs"), "`inputs`", notes)
    secrets = entries_of(filters.get("secrets"), "`secrets`", notes)
    return Trigger(
        event=event,
        types=texts("types"),
        branches=texts("branches"),
        branches_ignore=texts("branches-ignore"),
        tags=texts("tags"),
        tags_ignore=texts("tags-ignore"),
        paths=texts("paths"),
        paths_ignore=texts("paths-ignore"),
        workflows=texts("workflows"),
        inputs=tuple(given.key.value for given in inputs),
        input_defaults=_attribute(inputs, "default"),
        secrets=tuple(secret.key.value for secret in secrets),
        outputs=_attribute(entries_of(filters.get("outputs"), "`outputs`", notes), "value"),
        span=span,
    )


def _attribute(entries: tuple[Entry, ...], key: str) -> dict[str, Text]:
    found: dict[str, Text] = {}
    for entry in entries:
        value = entry.value.get(key) if isinstance(entry.value, Mapping) else None
        if isinstance(value, Scalar):
            found[entry.key.value] = blank(value)
    return found
