"""What a job's token may do: its own `permissions`, the workflow's, and what callers leave of it.

Source: GitHub's "permissions for the GITHUB_TOKEN" and "reusing workflows": a called workflow can
take away, never add; a job's block replaces its workflow's. Without any block the repository's
default holds, and that never has `id-token`; but a caller without one is not held against a called
job that asks for it: GitHub demands the caller's word only across owners, and repositories publish
so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.github.model import Access
from imprint.workflows.publishing.callers import runs_by_itself

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.workflows.github.model import Job, Permissions, Workflow
    from imprint.workflows.publishing.model import Call
    from imprint.workflows.sources import Span

ID_TOKEN = "id-token"  # noqa: S105  (a permission's name)
SCOPES = (
    "actions",
    "artifact-metadata",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    ID_TOKEN,
    "issues",
    "models",
    "packages",
    "pages",
    "pull-requests",
    "security-events",
    "statuses",
)
"""What `read-all` and `write-all` stand for."""
_RANK = {Access.NONE: 0, Access.READ: 1, Access.WRITE: 2}


class Effective(msgspec.Struct, frozen=True, kw_only=True):
    """What a job's token comes to."""

    permissions: Mapping[str, Access]
    """Those that some file states; empty where none does."""
    id_token: Access
    id_token_span: Span | None


def effective_permissions(
    workflow: Workflow, job: Job, chains: tuple[tuple[Call, ...], ...]
) -> Effective:
    """Return the most that the job's token may do, over every way that it comes to run.

    A workflow that is only called, and by nobody who is there, is taken by its own word.
    """
    own = job.permissions or workflow.permissions
    ways = [_called(chain, own) for chain in chains]
    if runs_by_itself(workflow) or not ways:
        ways.append((_stated(own), None if own is None else own.span))
    best = max(ways, key=lambda way: _RANK[_of(way[0], ID_TOKEN)])
    stated = [way[0] for way in ways if way[0] is not None]
    permissions = {
        scope: max((_of(each, scope) for each in stated), key=_RANK.__getitem__)
        for scope in sorted({scope for each in stated for scope in each})
    }
    return Effective(
        permissions=permissions, id_token=_of(best[0], ID_TOKEN), id_token_span=best[1]
    )


def granted(
    chain: tuple[Call, ...], workflow: Workflow, job: Job
) -> tuple[Mapping[str, Access] | None, Span | None]:
    """Return what one chain of callers leaves of a job's permissions, and the block that decides.

    None: no file states anything, and the repository's default holds.
    """
    return _called(chain, job.permissions or workflow.permissions)


def _called(
    chain: tuple[Call, ...], own: Permissions | None
) -> tuple[Mapping[str, Access] | None, Span | None]:
    current: Mapping[str, Access] | None = None
    span: Span | None = None
    for call in chain:
        block = call.job.permissions or call.workflow.permissions
        current, span = _capped(current, span, block, is_outermost=call is chain[0])
    return _capped(current, span, own, is_outermost=False)


def _capped(
    outer: Mapping[str, Access] | None,
    span: Span | None,
    block: Permissions | None,
    *,
    is_outermost: bool,
) -> tuple[Mapping[str, Access] | None, Span | None]:
    """Return what is left of `outer` when a block states what it wants."""
    if block is None:
        return outer, span
    wanted = _stated(block) or {}
    if is_outermost:
        return wanted, block.span
    if outer is None:
        # The caller has the repository's default, which no file states: what is wanted counts.
        return wanted, block.span
    left = {
        scope: min(_of(outer, scope), _of(wanted, scope), key=_RANK.__getitem__)
        for scope in {*outer, *wanted}
    }
    takes_away = _RANK[_of(wanted, ID_TOKEN)] < _RANK[_of(outer, ID_TOKEN)]
    return left, block.span if takes_away or span is None else span


def _stated(block: Permissions | None) -> Mapping[str, Access] | None:
    if block is None:
        return None
    if block.otherwise is Access.NONE:
        return dict(block.scopes)
    return {scope: block.of(scope) for scope in {*SCOPES, *block.scopes}}


def _of(permissions: Mapping[str, Access] | None, scope: str) -> Access:
    return Access.NONE if permissions is None else permissions.get(scope, Access.NONE)
