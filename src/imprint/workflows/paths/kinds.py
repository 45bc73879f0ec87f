"""Which finding a path is: the names of the path checks (facts/workflows.md §6.3)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from imprint.workflows.paths.model import Rank

if TYPE_CHECKING:
    from imprint.workflows.paths.labels import Label


class PathKind(StrEnum):
    """The checks that read paths, by name."""

    ANONYMOUS = "anonymous-publish-path"
    """X101: anybody."""
    EXECUTION = "anonymous-code-execution"
    """X102: anybody runs something with the repository's rights, and nothing leads on."""
    CONTRIBUTOR = "contributor-publish-path"
    """X103: whoever once had a pull request merged."""
    INTERACTION = "interaction-publish-path"
    """X104: somebody with rights has to do something that looks harmless."""
    WRITER = "writer-publish-path"
    """X106: a writer, around the review."""
    ACTION_SUPPLY = "action-supply-publish-path"
    """X107: the owner of an action."""
    DEPENDENCY_SUPPLY = "dependency-supply-publish-path"
    """X108: an npm package."""
    TOKEN = "token-in-reach"  # noqa: S105  (a check's name)
    """X109: a token that publishes is within reach of somebody weaker."""
    ARTIFACT = "outsider-artifact-published"
    """X110: an artifact of somebody weaker is published."""
    TOKEN_HOLDER = "token-holder-publish-path"  # noqa: S105  (a check's name)
    """Whoever holds a long-lived token that a pipeline keeps."""
    REVIEWED = "reviewed-publish-path"
    """No finding: how a release is meant, with its review."""


def kind_of_people(label: Label) -> PathKind:
    """Return which finding a way to a publication is, by who goes it and through what."""
    ranks = {one.rank for one in label.people}
    if Rank.SUPPLY in ranks:
        is_npm = any(one.of == "npm" for one in label.people)
        return PathKind.DEPENDENCY_SUPPLY if is_npm else PathKind.ACTION_SUPPLY
    if Rank.WRITER_INTERACTION in ranks:
        return PathKind.INTERACTION
    if Rank.ANON in ranks:
        return PathKind.ANONYMOUS
    nodes = [hop.node for hop in label.hops]
    if any(node.startswith("artifact ") for node in nodes):
        return PathKind.ARTIFACT
    if nodes and nodes[-1].startswith("secret "):
        return PathKind.TOKEN
    if Rank.PRIOR_CONTRIBUTOR in ranks:
        return PathKind.CONTRIBUTOR
    return PathKind.ANONYMOUS
