"""Scene: everything a check may look at. Made once per repository and profile. Pure types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from imprint.workflows.facts import Facts
    from imprint.workflows.paths.model import PublishPath
    from imprint.workflows.profiles import Profile
    from imprint.workflows.publishing.model import PublishJob
    from imprint.workflows.repository import Repository


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A repository with what was found out about it.

    A check module has `READS` (`Workflow`, `PublishJob`, `Repository` or `PublishPath`),
    `SEVERITY`, `CONFIDENCE`, `PERSONA`, `def check(subject, scene) -> Iterator[Report]`, and where
    it can be repaired `FIX` and `def fix(report, scene) -> Patch | None`.
    """

    repository: Repository
    publish_jobs: tuple[PublishJob, ...]
    facts: Facts
    profile: Profile
    paths: tuple[PublishPath, ...] = ()
