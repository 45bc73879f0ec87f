"""Edits of `permissions` blocks: granting, taking away, a block of a job's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import (
    indentation_of,
    indentation_within,
    line_text,
    lines_after,
    replaced,
    without_lines,
    written,
)
from imprint.workflows.github.model import Access

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.findings import Edit
    from imprint.workflows.github.model import Job, Permissions, Workflow
    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Span


def block_at(scene: Scene, span: Span) -> Permissions | None:
    """Return the block that stands at a span."""
    return next((block for block in _blocks(scene) if block.span == span), None)


def grant(scene: Scene, block: Permissions, scope: str) -> Edit | None:
    """Return the edit that grants writing of a scope in a block.

    None where the block is in flow style, or one word that grants something already.
    """
    known = block.places.get(scope)
    if known is not None:
        text = written(scene, known)
        key, colon, value = text.partition(":")
        return replaced(known, f"{key}{colon} {Access.WRITE}") if value.strip() else None
    if block.places:
        last = max(block.places.values(), key=lambda span: span.end)
        is_block = line_text(scene, last).strip().startswith(written(scene, last))
        if not is_block:
            return None
        return lines_after(
            scene, last, f"{scope}: {Access.WRITE}", indentation=indentation_of(scene, last)
        )
    if written(scene, block.span).replace(" ", "") != "permissions:{}":
        return None
    inner = indentation_of(scene, block.span) + "  "
    return replaced(block.span, f"permissions:\n{inner}{scope}: {Access.WRITE}")


def revoke(scene: Scene, block: Permissions, scope: str) -> Edit | None:
    """Return the edit that takes a scope out of a block; what is left of an empty one is `{}`."""
    place = block.places.get(scope)
    if place is None or line_text(scene, place).strip().startswith("permissions"):
        return None
    if len(block.places) > 1:
        return without_lines(scene, place)
    return replaced(block.span, "permissions: {}")


def in_job(scene: Scene, workflow: Workflow, job: Job, scope: str) -> Edit | None:
    """Return the edit that gives a job a block: what the workflow grants, and `scope`.

    Where the workflow grants nothing by name, reading the contents: a job that has to push says so
    itself. None where the job does not stand in block style.
    """
    if job.permissions is not None or not line_text(scene, job.id_span).rstrip().endswith(":"):
        return None
    granted = {} if workflow.permissions is None else dict(workflow.permissions.scopes)
    if workflow.permissions is not None and workflow.permissions.otherwise is not Access.NONE:
        return None
    scopes = {**(granted or {"contents": Access.READ}), scope: Access.WRITE}
    lines = ["permissions:", *(f"  {name}: {access}" for name, access in scopes.items())]
    inner = indentation_within(scene, job.id_span)
    return lines_after(scene, job.id_span, "\n".join(lines), indentation=inner)


def _blocks(scene: Scene) -> Iterator[Permissions]:
    for workflow in scene.repository.workflows:
        stated = [workflow.permissions, *(job.permissions for job in workflow.jobs)]
        yield from (block for block in stated if block is not None)
