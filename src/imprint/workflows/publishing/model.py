"""A job that publishes, as everything else asks for it. Pure types; `detection.py` finds them.

The behaviour of clients by version: facts/workflows.md §2; conditions of P: §7.2.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.findings import Confidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.identity.workload import Provider
    from imprint.workflows.circleci.model import CircleJob, JobRun
    from imprint.workflows.github.model import Access, Job, Step, Use, Workflow
    from imprint.workflows.gitlab.model import PipelineJob
    from imprint.workflows.repository import PackageFile
    from imprint.workflows.sources import Span, Text


class Client(StrEnum):
    """Which program is asked to publish."""

    NPM = "npm"
    PNPM = "pnpm"
    YARN = "yarn"
    YARN_CLASSIC = "yarn-classic"
    BUN = "bun"
    DENO = "deno"
    LERNA = "lerna"
    CHANGESETS = "changesets"
    SEMANTIC_RELEASE = "semantic-release"
    NX = "nx"
    RELEASE_IT = "release-it"
    NP = "np"
    AUTO = "auto"
    BEACHBALL = "beachball"
    RUSH = "rush"
    CLEAN_PUBLISH = "clean-publish"
    NPM_PUBLISH_ACTION = "npm-publish-action"
    IMPRINT = "imprint"
    UNKNOWN = "unknown"
    """Something that may publish and cannot be looked into: an external reusable workflow."""


class ClientVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Which version of a client runs, as far as the files say: from `lowest` to `highest`.

    Both are (major, minor, patch); None where that end is not known.
    """

    lowest: tuple[int, int, int] | None
    highest: tuple[int, int, int] | None
    because: str
    """For people: `node 22 brings npm 10.9`, `npm install -g npm@11`."""
    span: Span | None
    """What decides it, and what a fix would change."""

    def surely_below(self, version: tuple[int, int, int]) -> bool:
        """Whether no version that may run reaches `version`."""
        return self.highest is not None and self.highest < version

    def surely_from(self, version: tuple[int, int, int]) -> bool:
        """Whether every version that may run reaches `version`."""
        return self.lowest is not None and self.lowest >= version


class PublishStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step that publishes. Several commands of one script are several of these."""

    step: Step | None
    """None: the job calls an external reusable workflow, or is none of GitHub Actions."""
    client: Client
    """Who decides what is published."""
    sender: Client
    """Who sends it: changesets, lerna before 9, np and others call npm or pnpm."""
    versions: tuple[ClientVersion, ...]
    """Of `sender`, one for each matrix leg that reaches the step, without repetition."""
    client_version: ClientVersion | None = None
    """Of `client`, where it is another program than `sender`."""
    command: str
    """As it was written."""
    via: tuple[str, ...] = ()
    """How the command was reached: `npm run release`, `make publish`; outermost first."""
    span: Span
    provenance: bool | None = None
    """As asked for by flag or environment; None: left to the client."""
    prebuilt: bool = False
    """True: it sends a tarball that exists already."""
    ignores_scripts: bool = False
    stages: bool = False
    """`npm stage publish` and its like: a person approves."""
    registry: str | None = None
    """As stated; None: the default one."""
    packages: tuple[PackageFile, ...] = ()
    """Which are published, as far as the files say; empty: not known."""
    confidence: Confidence = Confidence.HIGH
    """LOW: seen only in a program's text, or behind a script that is not there."""


class CredentialKind(StrEnum):
    """Where a long-lived credential is within reach of a step that publishes."""

    ENVIRONMENT = "environment"
    NPMRC = "npmrc"
    YARNRC = "yarnrc"
    CONFIG_COMMAND = "config-command"
    INPUT = "input"
    """A secret that an action takes as input."""


class TokenInReach(msgspec.Struct, frozen=True, kw_only=True):
    """A long-lived credential that a publishing step would find."""

    kind: CredentialKind
    name: str
    """The variable or key: `NODE_AUTH_TOKEN`, `//registry.example.test/:_authToken`."""
    secret: str | None
    """The name of the CI secret it comes from, where one is named."""
    is_literal: bool
    host: str | None
    """The registry it is for, where that is said."""
    span: Span


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """How a reusable workflow is reached: which job of which file calls it, and from where."""

    workflow: Workflow
    job: Job


class ActionUse(msgspec.Struct, frozen=True, kw_only=True):
    """An action that a job runs, itself or inside a composite one."""

    use: Use
    inputs: Mapping[str, Text]
    step: Step
    """The job's own step that it belongs to."""
    through: tuple[str, ...] = ()
    """The composite actions around it, outermost first."""


class PublishJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that publishes, or that holds what publishing takes."""

    provider: Provider
    workflow: Workflow
    job: Job
    steps: tuple[PublishStep, ...]
    """Empty: it holds the capability alone (facts §7.2, P)."""
    id_token: Access
    """What `id-token` comes to, the callers' grants included."""
    id_token_span: Span | None
    """Where it is granted or taken away."""
    permissions: Mapping[str, Access]
    """All effective ones that are stated; what no file states is left out."""
    tokens: tuple[TokenInReach, ...] = ()
    calls: tuple[tuple[Call, ...], ...] = ()
    """Each chain of callers, outermost first; empty where the file runs by itself."""
    actions: tuple[ActionUse, ...] = ()
    """Every action that runs in the job, in order."""
    environment_name: str | None = None
    """The deployment environment, where it is no expression."""
    opaque: tuple[str, ...] = msgspec.field(default_factory=tuple)
    """External composites and workflows that could not be looked into."""

    @property
    def span(self) -> Span:
        """Where the job stands."""
        return self.job.id_span


class MintedToken(msgspec.Struct, frozen=True, kw_only=True):
    """An ID token that a pipeline's job puts into a variable."""

    name: str
    """`NPM_ID_TOKEN`, `SIGSTORE_ID_TOKEN`."""
    audiences: tuple[str, ...]
    """As asked for; empty: the provider's default, or not known."""
    span: Span


class PipelineJobRef(msgspec.Struct, frozen=True, kw_only=True):
    """A job of GitLab CI or CircleCI, by whichever model it is of."""

    gitlab: PipelineJob | None = None
    circleci: CircleJob | None = None


class PipelinePublishJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job of GitLab CI or CircleCI that publishes."""

    provider: Provider
    path: str
    """Of the pipeline's file."""
    id: str
    span: Span
    """Of the job's key."""
    steps: tuple[PublishStep, ...]
    """Their `step` is None and their `versions` are empty: `image` tells of Node."""
    id_tokens: Mapping[str, MintedToken]
    """By variable."""
    tokens: tuple[TokenInReach, ...] = ()
    image: Text | None = None
    environment_name: str | None = None
    contexts: tuple[Text, ...] = ()
    """CircleCI: the contexts of every run of the job."""
    runs: tuple[JobRun, ...] = ()
    """CircleCI: each place where a workflow runs it."""
    job: PipelineJobRef
