"""A repository as far as publishing is concerned: what was read of it, parsed once. Pure types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.workflows.circleci.model import CircleConfiguration
    from imprint.workflows.github.model import Action, Workflow
    from imprint.workflows.gitlab.model import Pipeline
    from imprint.workflows.sources import Span, Unreadable


class PackageFile(msgspec.Struct, frozen=True, kw_only=True):
    """One `package.json`."""

    path: str
    name: str | None
    version: str | None
    private: bool
    repository_url: str | None
    """`repository`, or its `url`, as written."""
    repository_span: Span | None
    publish_config: Mapping[str, object]
    scripts: Mapping[str, str]
    package_manager: str | None
    """`packageManager`, as written."""
    dev_engines: Mapping[str, object]
    engines: Mapping[str, str]
    volta: Mapping[str, str]
    workspaces: tuple[str, ...]
    dependencies: Mapping[str, str]
    """All kinds together: which release tools there are, and in which range."""
    places: Mapping[str, Span] = msgspec.field(default_factory=dict)
    """Where each key of the file stands, with its value."""
    span: Span


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one commit that decide what can publish.

    `files` has every file that was read, as bytes by its path; parsed forms stand beside it. What
    could not be read is in `unreadable`, never left out.
    """

    files: Mapping[str, bytes]
    texts: Mapping[str, str]
    """The files that are text, decoded; spans count its characters."""
    workflows: tuple[Workflow, ...] = ()
    actions: Mapping[str, Action] = msgspec.field(default_factory=dict)
    """Local ones, by their folder (empty for the root); external ones that were resolved, by
    `owner/repo/path@ref` in lower case, without `@ref` where it is not known. `resolution.py` looks
    a `uses` up."""
    external_workflows: Mapping[str, Workflow] = msgspec.field(default_factory=dict)
    """Reusable workflows of other repositories, by the same names."""
    pipeline: Pipeline | None = None
    """GitLab's."""
    circleci: tuple[CircleConfiguration, ...] = ()
    packages: tuple[PackageFile, ...] = ()
    pnpm_workspaces: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """The patterns of each `pnpm-workspace.yaml`, by its folder."""
    unreadable: tuple[Unreadable, ...] = ()
    name: str | None = None
    """`owner/name` at the forge, where it is known."""
