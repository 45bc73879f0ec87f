"""A workflow or action file of GitHub Actions as data, with the place of everything. Pure types.

Source: GitHub's "Workflow syntax" and "Metadata syntax" references; facts/workflows.md §7.2, §9.
Texts keep their expressions; `expressions.py` reads and evaluates them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.workflows.sources import Span, Text


class Access(StrEnum):
    """How far a permission goes."""

    NONE = "none"
    READ = "read"
    WRITE = "write"


class Permissions(msgspec.Struct, frozen=True, kw_only=True):
    """A `permissions` key: what it grants, and nothing else."""

    scopes: Mapping[str, Access]
    """`id-token`, `contents`, …; a scope that is not named has `otherwise`."""
    otherwise: Access
    """NONE where scopes are named or `{}`; READ for `read-all`, WRITE for `write-all`."""
    places: Mapping[str, Span] = msgspec.field(default_factory=dict)
    """Where each named scope stands, key and value."""
    span: Span
    """Key and value together."""

    def of(self, scope: str) -> Access:
        """Return what is granted for `scope`."""
        return self.scopes.get(scope, self.otherwise)


class LocalUse(msgspec.Struct, frozen=True, kw_only=True):
    """`./path` or `$/path`: an action or workflow of the repository itself."""

    path: str
    """Without `./`."""
    self_repository: bool
    """True for `$/`: of the workflow's own commit, not of what is checked out (2026-07-30)."""
    text: Text


class RemoteUse(msgspec.Struct, frozen=True, kw_only=True):
    """`owner/repository[/path]@ref`."""

    owner: str
    repository: str
    path: str
    """Inside the repository; empty for its root."""
    ref: str
    version_comment: str | None
    """What a `# v1.2.3` behind it says: a hint, never proof."""
    text: Text

    @property
    def name(self) -> str:
        """`owner/repository[/path]`, in lower case: GitHub does not tell cases apart."""
        whole = f"{self.owner}/{self.repository}"
        return (f"{whole}/{self.path}" if self.path else whole).lower()


class DockerUse(msgspec.Struct, frozen=True, kw_only=True):
    """`docker://image`."""

    image: str
    text: Text


class UnknownUse(msgspec.Struct, frozen=True, kw_only=True):
    """A `uses` whose text is an expression or none of the known forms."""

    text: Text


Use: TypeAlias = LocalUse | RemoteUse | DockerUse | UnknownUse


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a job or of a composite action."""

    id: Text | None = None
    name: Text | None = None
    condition: Text | None = None
    """`if`, with or without `${{ }}`."""
    uses: Use | None = None
    inputs: Mapping[str, Text] = msgspec.field(default_factory=dict)
    """`with`, names in lower case."""
    run: Text | None = None
    shell: Text | None = None
    environment: Mapping[str, Text] = msgspec.field(default_factory=dict)
    """`env`."""
    working_directory: Text | None = None
    continue_on_error: Text | None = None
    is_parallel: bool = False
    """True: of a `parallel` group, whose steps run at the same time."""
    span: Span


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """A job's `environment`."""

    name: Text
    span: Span


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """`strategy.matrix`, its legs enumerated with include and exclude."""

    legs: tuple[Mapping[str, str], ...]
    """Each leg's values as texts, nested ones under `a.b`; empty where it is not known."""
    dynamic: bool
    """True: made by an expression; which legs there are is not known."""
    span: Span


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One job: steps of its own, or a call of a reusable workflow."""

    id: str
    id_span: Span
    """Of the key."""
    name: Text | None = None
    needs: tuple[Text, ...] = ()
    condition: Text | None = None
    runs_on: tuple[Text, ...] = ()
    """Labels; `group:` as `group:NAME`."""
    permissions: Permissions | None = None
    deployment: Deployment | None = None
    environment: Mapping[str, Text] = msgspec.field(default_factory=dict)
    """`env`."""
    default_shell: Text | None = None
    default_working_directory: Text | None = None
    matrix: Matrix | None = None
    container: Text | None = None
    """The image."""
    services: tuple[Text, ...] = ()
    """The images of `services`."""
    outputs: Mapping[str, Text] = msgspec.field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    uses: Use | None = None
    """The reusable workflow."""
    inputs: Mapping[str, Text] = msgspec.field(default_factory=dict)
    secrets: Mapping[str, Text] | None = None
    """What is handed to the reusable workflow by name; None where nothing is."""
    inherits_secrets: bool = False
    concurrency: Text | None = None
    continue_on_error: Text | None = None
    span: Span
    """Key and value together."""


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """One event of `on`, with its filters."""

    event: str
    types: tuple[Text, ...] = ()
    branches: tuple[Text, ...] = ()
    branches_ignore: tuple[Text, ...] = ()
    tags: tuple[Text, ...] = ()
    tags_ignore: tuple[Text, ...] = ()
    paths: tuple[Text, ...] = ()
    paths_ignore: tuple[Text, ...] = ()
    workflows: tuple[Text, ...] = ()
    """`workflow_run`: names of the workflows that it follows."""
    inputs: tuple[str, ...] = ()
    """`workflow_dispatch` and `workflow_call`; GitHub does not tell cases apart."""
    input_defaults: Mapping[str, Text] = msgspec.field(default_factory=dict)
    """Of those inputs that have one."""
    secrets: tuple[str, ...] = ()
    """`workflow_call`."""
    outputs: Mapping[str, Text] = msgspec.field(default_factory=dict)
    """`workflow_call`: the value of each."""
    span: Span
    """Key and filters together."""


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """One file below `.github/workflows`."""

    path: str
    name: Text | None = None
    triggers: tuple[Trigger, ...] = ()
    permissions: Permissions | None = None
    environment: Mapping[str, Text] = msgspec.field(default_factory=dict)
    """`env`."""
    default_shell: Text | None = None
    default_working_directory: Text | None = None
    concurrency: Text | None = None
    jobs: tuple[Job, ...] = ()
    span: Span

    def trigger(self, event: str) -> Trigger | None:
        """Return the trigger of `event`, if there is one."""
        return next((found for found in self.triggers if found.event == event), None)


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """An `action.yml`: composite, JavaScript or Docker."""

    path: str
    """Of the file."""
    name: Text | None = None
    inputs: Mapping[str, Text | None] = msgspec.field(default_factory=dict)
    """Each input's default."""
    outputs: Mapping[str, Text] = msgspec.field(default_factory=dict)
    using: str
    """`composite`, `node24`, `docker`, …"""
    steps: tuple[Step, ...] = ()
    """Of a composite one."""
    main: str | None = None
    post: str | None = None
    """A JavaScript action's step after the job: where caches are saved."""
    image: Text | None = None
    """Of a Docker action."""
    span: Span
