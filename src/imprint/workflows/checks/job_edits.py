"""Edits of jobs: a key of the job's own, written as its others are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks.patches import indentation_of, line_text, lines_after

if TYPE_CHECKING:
    from imprint.workflows.findings import Edit
    from imprint.workflows.github.model import Job
    from imprint.workflows.scene import Scene


def with_key(scene: Scene, job: Job, entry: str) -> Edit | None:
    """Return the edit that writes `key: value` first in a job; None where it is in flow style."""
    line = line_text(scene, job.id_span).partition("#")[0]
    inner = _inner_indentation(scene, job)
    if inner is None or not line.rstrip().endswith(":"):
        return None
    return lines_after(scene, job.id_span, entry, indentation=inner)


def _inner_indentation(scene: Scene, job: Job) -> str | None:
    text = scene.repository.texts[job.id_span.path]
    end = text.find("\n", job.id_span.end)
    for line in text[end + 1 : job.span.end].splitlines() if end >= 0 else ():
        if line.strip() and not line.lstrip().startswith("#"):
            blanks = line[: len(line) - len(line.lstrip(" "))]
            return blanks if len(blanks) > len(indentation_of(scene, job.id_span)) else None
    return None
