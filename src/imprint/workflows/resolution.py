"""Which action or workflow a `uses` stands for, as far as its file is there.

Not here: fetching anything. What is not there is opaque to whoever asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from imprint.workflows.github.model import LocalUse, RemoteUse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.workflows.github.model import Action, Use, Workflow
    from imprint.workflows.repository import Repository

Found = TypeVar("Found")


def action_of(repository: Repository, use: Use) -> Action | None:
    """Return the action that a step's `uses` names; None where its file is not there."""
    match use:
        case LocalUse():
            return repository.actions.get(use.path)
        case RemoteUse() if _is_own(repository, use):
            return repository.actions.get(use.path)
        case RemoteUse():
            return _external(repository.actions, use)
        case _:
            return None


def called_workflow(repository: Repository, use: Use) -> Workflow | None:
    """Return the reusable workflow that a job's `uses` names; None where its file is not there.

    A local path inside an external workflow means that workflow's repository: give its caller's.
    """
    match use:
        case LocalUse():
            return _workflow_at(repository, use.path)
        case RemoteUse() if _is_own(repository, use):
            return _workflow_at(repository, use.path)
        case RemoteUse():
            return _external(repository.external_workflows, use)
        case _:
            return None


def _is_own(repository: Repository, use: RemoteUse) -> bool:
    """Whether a `uses` names the repository itself: what it finds there is of some ref or other."""
    name = f"{use.owner}/{use.repository}".lower()
    return repository.name is not None and repository.name.lower() == name


def _workflow_at(repository: Repository, path: str) -> Workflow | None:
    return next((found for found in repository.workflows if found.path == path), None)


def _external(known: Mapping[str, Found], use: RemoteUse) -> Found | None:
    return known.get(f"{use.name}@{use.ref}") or known.get(use.name)
