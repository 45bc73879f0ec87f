"""Twenty repositories of the archive without a way in for strangers, the same ones each time.

Safe is: by the hand labels no publish job restores a cache and none is unclear, and no workflow is
started by what a stranger does with the default branch's rights.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import yaml

from tests.doctor.injecting import WORKFLOWS, Subject, events_of

HOW_MANY = 20
LABELS = Path(__file__).parent / "labels" / "cache_in_publish.json"
STRANGERS = {
    "discussion",
    "discussion_comment",
    "fork",
    "issue_comment",
    "issues",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_target",
    "watch",
    "workflow_run",
}
"""Events that anybody causes and that run with the repository's rights (facts §7.2)."""


def safe_repositories(folder: Path) -> tuple[Subject, ...]:
    """Return the first twenty safe ones by the digest of their name; `folder` has them all."""
    names = json.loads((folder / "manifest.json").read_text())
    labels = json.loads(LABELS.read_text())["repositories"]
    in_order = sorted(labels, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    found: list[Subject] = []
    for name in in_order:
        jobs = labels[name]["jobs"]
        if len(found) == HOW_MANY or not jobs or not all(_is_plain(job) for job in jobs):
            continue
        files = _files(folder / name)
        if not STRANGERS & _events(files):
            first = jobs[0]
            found.append(
                Subject(
                    name=names[name]["repo"],
                    files=files,
                    workflow=first["workflow"],
                    job=first["job"],
                )
            )
    return tuple(found)


def _is_plain(job: dict[str, object]) -> bool:
    """Whether it was seen to publish and to restore nothing."""
    return job["restores_cache"] is False and not {"evidence", "seen"} & set(job)


def _files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _events(files: dict[str, bytes]) -> set[str]:
    events: set[str] = set()
    for path, content in files.items():
        if path.startswith(WORKFLOWS) and path.endswith((".yml", ".yaml")):
            try:
                events.update(events_of(content.decode()))
            except yaml.YAMLError:
                events.update(STRANGERS)
    return events
