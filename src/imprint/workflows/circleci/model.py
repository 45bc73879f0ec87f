"""A CircleCI configuration as data, with the place of everything. Pure types.

Source: CircleCI's "Configuration reference". Texts keep `<< parameters.x >>` as written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.workflows.sources import Span, Text


class CircleStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step, commands of the file put in for what they are."""

    kind: str
    """`run`, `checkout`, `save_cache`, …; `orb/command` for one of an orb, which is opaque."""
    run: Text | None = None
    """The script, in both forms of `run`."""
    name: Text | None = None
    environment: Mapping[str, Text] = msgspec.field(default_factory=dict)
    shell: Text | None = None
    working_directory: Text | None = None
    parameters: Mapping[str, Text] = msgspec.field(default_factory=dict)
    """Everything that was given to it by name: `key` of a cache, what a command takes."""
    keys: tuple[Text, ...] = ()
    """`keys` of `restore_cache`."""
    condition: Span | None = None
    """Where `when` or `unless` around it stands, the innermost."""
    through: tuple[str, ...] = ()
    """The commands around it, outermost first."""
    bound: Mapping[str, Text] = msgspec.field(default_factory=dict)
    """What the innermost of those commands was given, its defaults included."""
    span: Span


class CircleJob(msgspec.Struct, frozen=True, kw_only=True):
    """One of `jobs`."""

    id: str
    id_span: Span
    images: tuple[Text, ...] = ()
    """Of its `docker`, its `machine` and its executor, the first one runs the steps."""
    executor: Text | None = None
    """As named; an orb's is opaque."""
    environment: Mapping[str, Text] = msgspec.field(default_factory=dict)
    """The executor's among it."""
    shell: Text | None = None
    working_directory: Text | None = None
    parameters: Mapping[str, Text | None] = msgspec.field(default_factory=dict)
    """Each one's default."""
    steps: tuple[CircleStep, ...] = ()
    span: Span
    """Key and value together."""


class JobRun(msgspec.Struct, frozen=True, kw_only=True):
    """One job as a workflow runs it. Several may run the same job."""

    job: Text
    """Its id, `orb/job` for one of an orb."""
    name: Text | None = None
    contexts: tuple[Text, ...] = ()
    requires: tuple[Text, ...] = ()
    branches: tuple[Text, ...] = ()
    branches_ignore: tuple[Text, ...] = ()
    tags: tuple[Text, ...] = ()
    tags_ignore: tuple[Text, ...] = ()
    """Filters; a job without `tags` does not run for tags at all."""
    is_approval: bool = False
    """True: a person has to press a button, nothing else runs."""
    parameters: Mapping[str, Text] = msgspec.field(default_factory=dict)
    is_matrix: bool = False
    steps: tuple[CircleStep, ...] = ()
    """`pre-steps` and `post-steps`."""
    span: Span


class CircleWorkflow(msgspec.Struct, frozen=True, kw_only=True):
    """One of `workflows`."""

    id: str
    id_span: Span
    runs: tuple[JobRun, ...] = ()
    is_scheduled: bool = False
    span: Span


class CircleConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """One file below `.circleci`."""

    path: str
    jobs: tuple[CircleJob, ...] = ()
    workflows: tuple[CircleWorkflow, ...] = ()
    orbs: Mapping[str, Text] = msgspec.field(default_factory=dict)
    """Each one's source, `circleci/node@7.1.0`."""
    is_setup: bool = False
    """True: it only computes the configuration that runs."""
    span: Span

    def job(self, name: str) -> CircleJob | None:
        """Return the job called `name`, if there is one."""
        return next((job for job in self.jobs if job.id == name), None)
