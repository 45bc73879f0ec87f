"""What a step does, as the graph of paths asks for it. Pure types (facts/workflows.md §7.2)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.workflows.findings import Confidence
    from imprint.workflows.github.model import Step, Use
    from imprint.workflows.sources import Span
    from imprint.workflows.tables.pins import ActionVersion


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One step that runs in a job, composite actions taken apart.

    Texts are in the job's terms: `${{ inputs.x }}` of a composite action is what its caller wrote.
    """

    order: int
    """Its place among all steps of the job."""
    step: Step
    """As it stands in the workflow or in the action's file."""
    job_step: Step
    """The job's own step that it belongs to; the same one outside composite actions."""
    through: tuple[str, ...] = ()
    """The composite actions around it, outermost first."""
    conditions: tuple[str, ...] = ()
    """All `if` that it stands under, the job's not: expressions without `${{ }}`."""
    inputs: Mapping[str, str] = msgspec.field(default_factory=dict)
    """`with`, names in lower case."""
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    """`env` of workflow, job, composite steps and step."""
    run: str | None = None
    """The script, expressions in the job's terms: its offsets are not those of the file."""
    shell: str | None = None
    directory: str = ""
    """Where it runs, from the workspace's root."""

    @property
    def span(self) -> Span:
        """Where to point at: the job's own step, or what of it says what to use."""
        uses = self.job_step.uses
        return self.job_step.span if uses is None else uses.text.span


class CacheStore(StrEnum):
    """Whose cache it is."""

    FORGE = "forge"
    """The platform's, scoped by branch (facts/workflows.md §3)."""
    THIRD_PARTY = "third-party"
    """Another service's behind an action, whose scopes are its own."""
    BUILD = "build"
    """A build tool's remote one: Nx, Turborepo, docker layers in a registry."""


class CacheOperation(msgspec.Struct, frozen=True, kw_only=True):
    """A cache that a step restores, saves, or both."""

    site: Site
    action: str
    """The action's name, or the program's."""
    restores: bool
    saves: bool
    store: CacheStore
    key: str | None
    """In the job's terms; None where the program makes it up."""
    restore_keys: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    is_implicit: bool = False
    """True: nobody asked for it; the action does it of its own."""
    because: str
    """For people: `actions/setup-node 5 caches for packageManager pnpm@9`."""
    confidence: Confidence
    span: Span


class Origin(StrEnum):
    """Whose code a checkout brings."""

    RUN = "run"
    """The ref that the run is of."""
    PULL_REQUEST = "pull-request"
    """What a pull request wants to change, its merge commit included."""
    HEAD_BRANCH = "head-branch"
    """A branch of this repository that has the pull request's branch's name: writers' code."""
    WORKFLOW_RUN = "workflow-run"
    """The commit of the run that this one follows."""
    INPUT = "input"
    """What a dispatcher or a caller names."""
    OUTPUT = "output"
    """What an earlier step or job says."""
    FIXED = "fixed"
    """A branch, tag or commit that is written down."""
    OTHER_REPOSITORY = "other-repository"
    UNKNOWN = "unknown"


class Refusal(StrEnum):
    """Whether the checkout action refuses a fork's code in privileged runs."""

    REFUSES = "refuses"
    OPEN = "open"
    UNKNOWN = "unknown"
    """It depends on a version that is not known."""


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """Code that comes into the workspace."""

    site: Site
    action: str
    """`actions/checkout`, `gh pr checkout`, `git fetch`, …"""
    version: ActionVersion | None
    origin: Origin
    ref: str | None
    """As asked for, in the job's terms; None: the run's own."""
    repository: str | None
    path: str
    """Where it comes to, from the workspace's root; empty for the root."""
    persists_credentials: bool
    is_mutable: bool
    """True: named by number or branch, so that it can change between a look and the checkout."""
    unsafe_asked: bool
    """True: `allow-unsafe-pr-checkout` is set, or may be."""
    span: Span


class ArtifactOperation(msgspec.Struct, frozen=True, kw_only=True):
    """A file set that goes to, or comes from, a run's artifacts."""

    site: Site
    action: str
    uploads: bool
    """False: it downloads."""
    name: str | None
    """In the job's terms; None: all of them, or the default one."""
    paths: tuple[str, ...] = ()
    run: str | None = None
    """The run it is taken from, where that is another one: an expression, `workflow NAME`."""
    from_other_run: bool = False
    span: Span


class ExecutionKind(StrEnum):
    """By what way a step runs code that is not in the workflow file."""

    WORKSPACE = "workspace"
    """Something of the checked-out tree: scripts, builds, tests, configuration that is code."""
    DEPENDENCIES = "dependencies"
    """Lifecycle scripts or binaries of installed packages."""
    LOCAL_ACTION = "local-action"
    """`./action` out of the workspace."""
    ACTION = "action"
    """An action of somebody else."""
    OPAQUE = "opaque"
    """An action that could not be looked into, and is in no table."""
    DOWNLOAD = "download"
    """Something fetched and run in one go: `curl | sh`, `npx name`."""
    INJECTION = "injection"
    """An expression with foreign text in it becomes a piece of a script."""
    AGENT = "agent"
    """A language model with tools."""
    ENVIRONMENT = "environment"
    """Foreign text goes to GITHUB_ENV, GITHUB_PATH or GITHUB_OUTPUT."""


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """Something that runs, or can be made to run."""

    site: Site
    kind: ExecutionKind
    what: str
    """For people: `npm ci`, `./.github/actions/setup`, `anthropics/claude-code-action`."""
    use: Use | None = None
    """The action, where it is one."""
    contexts: tuple[str, ...] = ()
    """The expressions that bring foreign text in: `github.event.pull_request.title`."""
    directory: str | None = ""
    """Where in the workspace it runs; None: not known."""
    is_pinned: bool = True
    """False: what is fetched can be another thing tomorrow."""
    open_to_all: bool = False
    """An agent: anybody can make it work, not only people with rights."""
    can_execute: bool = True
    """An agent: it has a shell, or something as strong."""
    file: str | None = None
    """ENVIRONMENT: which file is written."""
    confidence: Confidence
    span: Span


Effect: TypeAlias = CacheOperation | Checkout | ArtifactOperation | Execution
