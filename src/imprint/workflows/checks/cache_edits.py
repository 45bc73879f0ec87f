"""Edits that turn a cache off: the step, the input that asked for it, or the one that declines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import (
    indentation_of,
    line_text,
    lines_after,
    replaced,
    with_value,
    without_input,
    without_lines,
)
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.tables.caching import caching_actions
from imprint.workflows.tables.pins import version_of
from imprint.workflows.tables.releases import release_of
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from imprint.workflows.effects.model import CacheOperation
    from imprint.workflows.findings import Edit
    from imprint.workflows.github.model import Step
    from imprint.workflows.scene import Scene
    from imprint.workflows.tables.caching import CachingAction

_ONLY_CACHES = re.compile(r".*/cache(?:/restore)?")
"""Actions that do nothing else: the step goes."""
_BLANK_LINE = re.compile(r"[ \t]*\r?\n")
_BLANK_BEFORE = re.compile(r"\n[ \t]*\r?\n\Z")
_SETUP_NODE = "actions/setup-node"
_PACKAGE_CACHE = "package-manager-cache"
_CACHES_UNASKED = (5, 0, 0)
_DECLINES = ("false", "true", "none", "no", "disabled")


def without_cache(scene: Scene, operation: CacheOperation) -> Edit | None:
    """Return the edit after which a step restores no cache; None where one edit does not do it."""
    step, use = operation.site.job_step, operation.site.step.uses
    if operation.site.through or not isinstance(use, RemoteUse):
        return None
    if _ONLY_CACHES.fullmatch(use.name):
        return without_step(scene, step)
    if use.name == _SETUP_NODE:
        return _without_package_cache(scene, step, use)
    for row in caching_actions().get(use.name, ()):
        if _applies(row, use) and row.switch is not None:
            return _switched_off(scene, step, row)
    return None


def without_step(scene: Scene, step: Step) -> Edit | None:
    """Return the edit that takes a step away; None where others ask for it, or it is in a flow."""
    text = scene.repository.texts[step.span.path]
    if not line_text(scene, step.span).lstrip().startswith("- "):
        return None
    if step.id is not None and re.search(rf"steps\.{re.escape(step.id.value)}\b", text):
        return None
    edit = without_lines(scene, step.span)
    blank = _BLANK_LINE.match(text, edit.span.end)
    if blank is None or _BLANK_BEFORE.search(text, 0, edit.span.start) is None:
        return edit
    # Of the blank lines around it one is enough.
    return replaced(span_at(step.span.path, text, edit.span.start, blank.end()), "")


def with_input(scene: Scene, step: Step, name: str, value: str) -> Edit | None:
    """Return the edit that gives a step one more input; None where it is in flow style."""
    if step.inputs:
        last = max((text.span for text in step.inputs.values()), key=lambda span: span.start)
        first = min((text.span for text in step.inputs.values()), key=lambda span: span.start)
        if re.match(r"[ \t]*[\w-]+:\s", line_text(scene, first)) is None:
            return None
        if line_text(scene, first).lstrip().startswith("with:"):
            return None
        return lines_after(
            scene, last, f"{name}: {value}", indentation=indentation_of(scene, first)
        )
    if step.uses is None:
        return None
    line = line_text(scene, step.uses.text.span)
    match = re.match(r"(?P<blanks>[ \t]*)(?P<dash>- +)?uses:", line)
    if match is None:
        return None
    inner = match["blanks"] + " " * len(match["dash"] or "")
    return lines_after(scene, step.uses.text.span, f"with:\n  {name}: {value}", indentation=inner)


def _without_package_cache(scene: Scene, step: Step, use: RemoteUse) -> Edit | None:
    """Return the edit for setup-node, which from 5 on may cache without being asked (§2.2)."""
    asked = step.inputs.get("cache")
    if version_of(use).releases.surely_below(_CACHES_UNASKED):
        return None if asked is None else without_input(scene, step, "cache")
    if asked is None:
        return with_input(scene, step, _PACKAGE_CACHE, "false")
    if _PACKAGE_CACHE in step.inputs:
        return without_input(scene, step, "cache")
    line = line_text(scene, asked.span)
    match = re.match(r"[ \t]*(?P<key>cache:)[ \t]", line)
    if match is None:
        return None
    text = scene.repository.texts[asked.span.path]
    start = text.rfind(match["key"], 0, asked.span.start)
    whole = span_at(asked.span.path, text, start, asked.span.end)
    return replaced(whole, f"{_PACKAGE_CACHE}: false")


def _applies(row: CachingAction, use: RemoteUse) -> bool:
    since = None if row.since is None else release_of(row.since)
    below = None if row.below is None else release_of(row.below)
    return version_of(use).releases.within(since, below) is not False


def _switched_off(scene: Scene, step: Step, row: CachingAction) -> Edit | None:
    name = row.switch or ""
    if name not in step.inputs:
        if row.default in row.off:
            # Off by itself: it is another row that turns the cache on.
            return None
        return with_input(scene, step, name, _declining(row))
    if row.default in row.off:
        return without_input(scene, step, name)
    return with_value(scene, step.inputs[name].span, _declining(row))


def _declining(row: CachingAction) -> str:
    return next((word for word in _DECLINES if word in row.off), row.off[0])
