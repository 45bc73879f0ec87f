"""Read an action file: composite, JavaScript or Docker.

Source: GitHub's "Metadata syntax for GitHub Actions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.github.model import Action
from imprint.workflows.github.steps import read_steps
from imprint.workflows.yaml.nodes import Mapping, Scalar
from imprint.workflows.yaml.shapes import Notes, blank, entries_of, mapping_of, note, text_of

if TYPE_CHECKING:
    from imprint.workflows.sources import Text
    from imprint.workflows.yaml.nodes import Composed, Entry


def read_action(composed: Composed, source: str, notes: Notes, *, path: str) -> Action | None:
    """Return the action that a file holds; None, with a note, where it holds none."""
    root = composed.root
    if root is None:
        return None
    if not isinstance(root, Mapping):
        note(notes, root.span, "action file is no mapping")
        return None
    runs = mapping_of(root.get("runs"), "`runs`", notes)
    using = text_of(runs.get("using"), "`using`", notes) if runs else None
    if runs is None or using is None:
        note(notes, root.span, "action file does not say what it runs, expected `runs.using`")
        return None
    main = text_of(runs.get("main"), "`main`", notes)
    post = text_of(runs.get("post"), "`post`", notes)
    return Action(
        path=path,
        name=text_of(root.get("name"), "`name`", notes),
        inputs={
            entry.key.value.lower(): _attribute(entry, "default")
            for entry in entries_of(root.get("inputs"), "`inputs`", notes)
        },
        outputs={
            entry.key.value: value
            for entry in entries_of(root.get("outputs"), "`outputs`", notes)
            if (value := _attribute(entry, "value")) is not None
        },
        using=using.value.lower(),
        steps=read_steps(runs.get("steps"), source, notes),
        main=None if main is None else main.value,
        post=None if post is None else post.value,
        image=text_of(runs.get("image"), "`image`", notes),
        span=root.span,
    )


def _attribute(entry: Entry, key: str) -> Text | None:
    value = entry.value.get(key) if isinstance(entry.value, Mapping) else None
    return blank(value) if isinstance(value, Scalar) else None
