"""What the files do not say and a forge or registry knows. Each unknown fact stays unknown.

Source: a file, a forge's API with a read-only token, or an imprint registry (facts/workflows.md
§7.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.publishers.publisher import TrustedPublisher


class EnvironmentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment environment's protection rules."""

    branches: tuple[str, ...] | None = None
    """Patterns that may deploy; None: no branch policy."""
    tags: tuple[str, ...] | None = None
    reviewers: int = 0
    prevent_self_review: bool = False
    administrators_bypass: bool | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known beyond the files; None is not known."""

    repository: str | None = None
    repository_id: str | None = None
    owner_id: str | None = None
    default_branch: str | None = None
    default_branch_protected: bool | None = None
    protected_branches: tuple[str, ...] | None = None
    tag_rules: bool | None = None
    """Whether who may create tags is restricted."""
    environments: Mapping[str, EnvironmentFacts] | None = None
    writers: int | None = None
    default_permissions_write: bool | None = None
    fork_approval: str | None = None
    """Whose pull requests wait: `first-time`, `all`, `none`."""
    codeowner_reviews_required: bool | None = None
    third_party_cache: bool = False
    publishers: Mapping[str, tuple[TrustedPublisher, ...]] | None = None
    """Each package's; a package that is not in it has none known."""
    tokens_allowed: Mapping[str, bool] = msgspec.field(default_factory=dict)
    existing_packages: frozenset[str] | None = None
    assumed: tuple[str, ...] = ()
    """What was assumed where nothing was known, one sentence each."""
