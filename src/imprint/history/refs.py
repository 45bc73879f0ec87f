"""How protected the ref and the trigger of a publication are (facts: consumers §6.2)."""

from __future__ import annotations

from enum import IntEnum

_DEFAULT_BRANCHES = frozenset({"main", "master", "trunk"})
"""A certificate does not say which branch is the default one: these nearly always are."""
_RELEASE_WORDS = ("release", "releases", "next", "stable", "hotfix", "maintenance")


class RefClass(IntEnum):
    """What a ref is, by how hard it is to publish from one. The greater, the more protected."""

    PULL_REQUEST = 1
    BRANCH = 2
    RELEASE_BRANCH = 3
    DEFAULT_BRANCH = 4
    TAG = 5
    """Or a branch that is known to be protected."""
    ENVIRONMENT = 6
    """Any ref, where the job had an environment: only some records say so."""

    @property
    def word(self) -> str:
        """For people: `a tag`, `a pull request`."""
        return _WORDS[self]


_WORDS = {
    RefClass.PULL_REQUEST: "a pull request",
    RefClass.BRANCH: "a branch",
    RefClass.RELEASE_BRANCH: "a release branch",
    RefClass.DEFAULT_BRANCH: "the default branch",
    RefClass.TAG: "tags",
    RefClass.ENVIRONMENT: "an environment",
}

RISKY_TRIGGERS = frozenset({"pull_request_target", "issue_comment", "workflow_run"})
"""They run with the repository's rights on what strangers wrote, or on what those runs left."""

_TRIGGERS = {
    "release": 5,
    "workflow_dispatch": 5,
    "web": 5,
    "repository_dispatch": 4,
    "push": 4,
    "api": 4,
    "trigger": 4,
    "merge_group": 4,
    "schedule": 3,
    "pipeline": 3,
    "parent_pipeline": 3,
    "workflow_run": 2,
    "issue_comment": 1,
    "issues": 1,
    "discussion_comment": 1,
    "pull_request_target": 1,
    "pull_request": 1,
    "pull_request_review": 1,
    "merge_request_event": 1,
    "external_pull_request_event": 1,
}
"""GitHub's events and GitLab's pipeline sources, by who can cause them. The greater, the fewer."""
_PUSHED_TAG = 5


def ref_class_of(
    ref: str | None, *, is_protected: bool | None = None, environment: str | None = None
) -> RefClass | None:
    """Return the class of a ref; None where it is not known, and nothing is to be compared."""
    if environment:
        return RefClass.ENVIRONMENT
    if not ref:
        return None
    kind, _, name = ref.removeprefix("refs/").partition("/")
    match kind:
        case "tags":
            return RefClass.TAG
        case "heads":
            return RefClass.TAG if is_protected else _branch_class(name)
        case "pull" | "merge-requests":
            return RefClass.PULL_REQUEST
        case _:
            return None


def trigger_rank(event: str | None, ref_class: RefClass | None) -> int | None:
    """Return how few people can cause an event, 5 the fewest; None: nobody knows.

    Pushing is as hard as the ref that is pushed is protected.
    """
    if event == "push" and ref_class is not None and ref_class >= RefClass.TAG:
        return _PUSHED_TAG
    return None if event is None else _TRIGGERS.get(event)


def _branch_class(name: str) -> RefClass:
    if name in _DEFAULT_BRANCHES:
        return RefClass.DEFAULT_BRANCH
    head = name.partition("/")[0].partition("-")[0].lower()
    if head in _RELEASE_WORDS or _is_line(name):
        return RefClass.RELEASE_BRANCH
    return RefClass.BRANCH


def _is_line(name: str) -> bool:
    """Whether a branch is named like a release line: `v4`, `4.x`, `1.2`, `v6.x`."""
    parts = name.lower().removeprefix("v").split(".")
    return parts[0].isdecimal() and all(part.isdecimal() or part == "x" for part in parts)
