"""One job of a few steps, with the repository around it, for what asks what jobs do."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent, indent
from typing import TYPE_CHECKING

from tests.support.repositories import repository

if TYPE_CHECKING:
    from imprint.workflows.github.model import Job, Step, Workflow
    from imprint.workflows.repository import Repository

PATH = ".github/workflows/release.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAround:
    """A job and what it stands in."""

    repository: Repository
    workflow: Workflow
    job: Job

    @property
    def all(self) -> tuple[Repository, Workflow, Job]:
        """What the functions of effects take."""
        return self.repository, self.workflow, self.job

    @property
    def last_step(self) -> Step:
        """The step at the end, which mostly is the one that publishes."""
        return self.job.steps[-1]


def job_around(
    steps: str,
    *,
    on: str = "push",
    job: str = "",
    top: str = "",
    files: dict[str, str] | None = None,
    name: str | None = None,
) -> JobAround:
    """A workflow with one job; `job` and `top` are more lines of these two."""
    text = "\n".join(
        [
            f"on: {on}",
            dedent(top).strip("\n"),
            "jobs:",
            "  publish:",
            "    runs-on: ubuntu-latest",
            indent(dedent(job).strip("\n"), "    "),
            "    steps:",
            indent(dedent(steps).strip("\n"), "      "),
            "",
        ]
    )
    found = repository({PATH: text, **(files or {})}, name=name)
    (workflow,) = (each for each in found.workflows if each.path == PATH)
    return JobAround(repository=found, workflow=workflow, job=workflow.jobs[0])
