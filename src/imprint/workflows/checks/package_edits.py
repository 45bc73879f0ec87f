"""Edits of package.json: a member after another one, in the file's own style."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import indentation_of
from imprint.workflows.findings import Edit
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from imprint.workflows.repository import PackageFile
    from imprint.workflows.scene import Scene

_AFTER = ("publishConfig", "repository", "license", "description", "version", "name")
"""Where a new member is put: behind the first of these that is there."""


def with_member(scene: Scene, package: PackageFile, key: str, value: object) -> Edit | None:
    """Return the edit that adds a member to a package.json; None where it has no known one."""
    anchor = next((package.places[each] for each in _AFTER if each in package.places), None)
    if anchor is None or key in package.places:
        return None
    text = scene.repository.texts[package.path]
    is_spread = "\n" in text[package.span.start : anchor.start]
    line_break = "\r\n" if "\r\n" in text else "\n"
    indentation = indentation_of(scene, anchor)
    written = json.dumps(value, ensure_ascii=False, indent=indentation if is_spread else None)
    lines = f"{json.dumps(key)}: {written}".split("\n")
    lead = line_break + indentation if is_spread else " "
    return Edit(
        span=span_at(package.path, text, anchor.end, anchor.end),
        text="," + lead + (line_break + indentation).join(lines),
    )
