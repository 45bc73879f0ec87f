"""Expressions whose text somebody without rights writes, by event.

Source: GitHub's "Secure use reference", untrusted input; facts/workflows.md §7.3.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from imprint.workflows.effects.situations import absent_from
from imprint.workflows.github.expressions.references import references
from imprint.workflows.github.expressions.templates import template_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TEXTS = tuple(
    tuple(path.split("."))
    for path in (
        "github.head_ref",
        "github.event.issue.title",
        "github.event.issue.body",
        "github.event.comment.body",
        "github.event.discussion.title",
        "github.event.discussion.body",
        "github.event.pull_request.title",
        "github.event.pull_request.body",
        "github.event.pull_request.head.ref",
        "github.event.pull_request.head.label",
        "github.event.pull_request.head.repo.default_branch",
        "github.event.pull_request.head.repo.description",
        "github.event.pull_request.head.repo.homepage",
        "github.event.review.body",
        "github.event.review_comment.body",
        "github.event.pages.*.page_name",
        "github.event.commits.*.message",
        "github.event.commits.*.author.email",
        "github.event.commits.*.author.name",
        "github.event.head_commit.message",
        "github.event.head_commit.author.email",
        "github.event.head_commit.author.name",
        "github.event.head_commit.committer.email",
        "github.event.head_commit.committer.name",
        "github.event.merge_group.head_commit.message",
        "github.event.workflow_run.head_branch",
        "github.event.workflow_run.display_title",
        "github.event.workflow_run.head_commit.message",
        "github.event.workflow_run.head_commit.author.email",
        "github.event.workflow_run.head_commit.author.name",
        "github.event.workflow_run.head_repository.description",
        "github.event.workflow_run.pull_requests.*.head.ref",
        "github.event.changes.title.from",
        "github.event.changes.body.from",
        "github.event.fork.description",
    )
)
_DEEPEST_ENVIRONMENT = 3


def foreign_paths(
    text: str, environment: Mapping[str, str], *, event: str | None = None
) -> tuple[str, ...]:
    """Return the untrusted contexts in a text's expressions, `env.NAME` looked up.

    With `event`, what that event's payload does not have is left out: it is empty there.
    """
    return tuple(dict.fromkeys(_found(text, environment, event, _DEEPEST_ENVIRONMENT)))


def paths_in(text: str) -> tuple[tuple[str, ...], ...]:
    """Return every context path in a text's expressions."""
    return _paths_in(text) if "${{" in text else ()


def is_foreign(path: tuple[str, ...], *, event: str | None = None) -> bool:
    """Whether somebody without rights decides what stands at a context path."""
    if path[:1] != ("github",):
        return False
    if event is not None and absent_from(path, event):
        return False
    return any(_covers(path, known) for known in _TEXTS)


@lru_cache(maxsize=1024)  # of each script it is asked for every event
def _paths_in(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(
        path for part in template_of(text) if not isinstance(part, str) for path in references(part)
    )


def _found(
    text: str, environment: Mapping[str, str], event: str | None, depth: int
) -> Iterator[str]:
    for path in paths_in(text):
        if path[:1] == ("env",) and len(path) > 1 and depth:
            inner = environment.get(path[1], "")
            yield from _found(inner, environment, event, depth - 1)
        elif is_foreign(path, event=event):
            yield ".".join(path)


def _covers(path: tuple[str, ...], known: tuple[str, ...]) -> bool:
    """Whether a path is an untrusted text, or a whole object with one in it."""
    shorter = min(len(path), len(known))
    return len(path) > 1 and _alike(path[:shorter], known[:shorter])


def _alike(path: tuple[str, ...], known: tuple[str, ...]) -> bool:
    return all(
        one == other or "*" in {one, other} or (other == "*" and one.isdigit())
        for one, other in zip(path, known, strict=True)
    )
