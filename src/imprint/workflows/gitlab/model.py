"""A GitLab pipeline as data, with the place of everything. Pure types.

Source: GitLab's "CI/CD YAML syntax reference".
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.workflows.sources import Span, Text


class IncludeKind(StrEnum):
    """Where an included file comes from."""

    LOCAL = "local"
    PROJECT = "project"
    REMOTE = "remote"
    TEMPLATE = "template"
    COMPONENT = "component"


class Include(msgspec.Struct, frozen=True, kw_only=True):
    """One `include`."""

    kind: IncludeKind
    what: Text
    """Path, project, URL, template or component; a project's files are in `files`."""
    files: tuple[Text, ...] = ()
    is_read: bool
    """False: what is in it is not known, jobs of the pipeline may be missing."""
    span: Span


class IdToken(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `id_tokens`: a variable with an ID token in it."""

    name: str
    audiences: tuple[Text, ...]
    span: Span
    """Key and value together."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One of `rules`."""

    condition: Text | None = None
    """`if`."""
    when: Text | None = None
    changes: tuple[Text, ...] = ()
    variables: Mapping[str, Text] = msgspec.field(default_factory=dict)
    span: Span


class PipelineJob(msgspec.Struct, frozen=True, kw_only=True):
    """One job after `default`, `extends`, includes and `!reference` were applied.

    Values stand where they were written, which may be another job or file.
    """

    id: str
    id_span: Span
    """Of the key, in the file that says most of it."""
    stage: Text | None = None
    image: Text | None = None
    services: tuple[Text, ...] = ()
    before_script: tuple[Text, ...] = ()
    script: tuple[Text, ...] = ()
    after_script: tuple[Text, ...] = ()
    variables: Mapping[str, Text] = msgspec.field(default_factory=dict)
    """The pipeline's among them, as far as the job inherits them."""
    id_tokens: Mapping[str, IdToken] = msgspec.field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    """Names of `secrets`."""
    environment: Text | None = None
    """Its name."""
    rules: tuple[Rule, ...] = ()
    only: tuple[Text, ...] = ()
    """Refs, in either form; variables and changes are among them."""
    excepted: tuple[Text, ...] = ()
    """`except`."""
    when: Text | None = None
    needs: tuple[Text, ...] = ()
    tags: tuple[Text, ...] = ()
    cache_keys: tuple[Text, ...] = ()
    artifacts: tuple[Text, ...] = ()
    """Paths."""
    trigger: Text | None = None
    """A downstream pipeline's project or file."""
    extends: tuple[Text, ...] = ()
    is_complete: bool = True
    """False: it extends something that is not known, keys may be missing."""
    span: Span
    """Key and value together."""


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """What a `.gitlab-ci.yml` comes to."""

    path: str
    jobs: tuple[PipelineJob, ...] = ()
    """Those that can run: without the hidden ones (`.name`)."""
    stages: tuple[Text, ...] = ()
    variables: Mapping[str, Text] = msgspec.field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    """`workflow: rules`."""
    includes: tuple[Include, ...] = ()
    span: Span
