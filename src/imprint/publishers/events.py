"""Which events may publish. Denied by default: what a stranger or a fork can cause, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.identity.workload import Provider
from imprint.publishers.comparisons import BrokenRule, any_of, broken, known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from imprint.identity.workload import Workload

CODE = "event-denied"

_PULL_REQUEST = "it runs for pull requests, also those of strangers"
_COMMENT = "everyone who can read the repository can cause it"
_OTHER_CI = "it follows what another CI says, also about a stranger's pull request"

DENIED_EVENTS: Mapping[Provider, Mapping[str, str]] = {
    Provider.GITHUB: {
        "pull_request": _PULL_REQUEST,
        "pull_request_target": "it gives a stranger's pull request the rights of the repository",
        "pull_request_review": _PULL_REQUEST,
        "pull_request_review_comment": _PULL_REQUEST,
        "pull_request_comment": _PULL_REQUEST,
        "workflow_run": "it follows another workflow, also one of a stranger's pull request",
        "issue_comment": _COMMENT,
        "issues": _COMMENT,
        "discussion": _COMMENT,
        "discussion_comment": _COMMENT,
        "commit_comment": _COMMENT,
        "fork": _COMMENT,
        "watch": _COMMENT,
        "gollum": "a wiki may be open to everyone who can read the repository",
        "check_run": _OTHER_CI,
        "check_suite": _OTHER_CI,
        "status": _OTHER_CI,
    },
    Provider.GITLAB: {
        "merge_request_event": "it runs for merge requests, also those of forks",
        "external_pull_request_event": "it runs for pull requests of another forge",
        "parent_pipeline": "its parent may be a merge request's pipeline, which no claim says",
    },
    Provider.CIRCLECI: {},
    Provider.GENERIC: {},
}
"""Event, in the provider's word, to the reason for denying it (cases E16, E17)."""

_NEVER_STATED = frozenset({Provider.CIRCLECI, Provider.GENERIC})
"""Their tokens name no event, so that only an explicit list can ask for one, and then refuses."""


def judge_event(allowed: tuple[str, ...], workload: Workload) -> BrokenRule | None:
    """Return why the event may not publish, or None.

    `allowed` empty: any event that is not denied by default. Named events are allowed, denied by
    default or not, and no others (case E18).
    """
    event = known(workload.event)
    if event is None:
        if not allowed and workload.provider in _NEVER_STATED:
            return None
        return _broken(workload, any_of(allowed) if allowed else "the event to be named")
    if allowed:
        return None if event in allowed else _broken(workload, any_of(allowed))
    why = DENIED_EVENTS[workload.provider].get(event)
    if why is None and event.startswith("pull_request"):
        why = _PULL_REQUEST  # Whatever GitHub may add to the family.
    if why is None:
        return None
    return _broken(
        workload,
        f"another event: {why}",
        hint="publish on a push, a release or by hand, or name this event on the publisher",
    )


def judge_ban(banned: AbstractSet[str], workload: Workload) -> BrokenRule | None:
    """Return the refusal of an event that the operator bans; no publisher lifts it (case E17)."""
    if known(workload.event) not in banned:
        return None
    return _broken(workload, "an event that the operator of this registry does not ban")


def _broken(workload: Workload, expected: str, hint: str | None = None) -> BrokenRule:
    return broken(
        CODE, workload.provider, "event", expected=expected, actual=workload.event, hint=hint
    )
