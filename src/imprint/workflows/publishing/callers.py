"""Which jobs call a reusable workflow, through how many others. Not here: what they grant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.publishing.model import Call
from imprint.workflows.resolution import called_workflow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.workflows.github.model import Workflow
    from imprint.workflows.repository import Repository

DEEPEST = 10
"""Workflows that call one another, as the platform has it."""
MOST_CHAINS = 200


class Callers:
    """Who calls whom in one repository; worked out once."""

    def __init__(self, repository: Repository) -> None:
        """Look up every call of the repository's workflows and of external ones that are there."""
        self._calls: dict[str, list[Call]] = {}
        self.external: list[Workflow] = []
        """The external workflows that are called, each once."""
        waiting = list(repository.workflows)
        seen = {workflow.path for workflow in waiting}
        while waiting:
            workflow = waiting.pop(0)
            for job in workflow.jobs:
                called = None if job.uses is None else called_workflow(repository, job.uses)
                if called is None:
                    continue
                self._calls.setdefault(called.path, []).append(Call(workflow=workflow, job=job))
                if called.path not in seen:
                    seen.add(called.path)
                    waiting.append(called)
                    self.external.append(called)

    def chains_to(self, workflow: Workflow) -> tuple[tuple[Call, ...], ...]:
        """Return each chain of callers that ends at `workflow`, outermost caller first."""
        found: list[tuple[Call, ...]] = []
        for chain in self._chains(workflow, (workflow.path,)):
            found.append(chain)
            if len(found) == MOST_CHAINS:
                break
        return tuple(found)

    def _chains(self, workflow: Workflow, inside: tuple[str, ...]) -> Iterator[tuple[Call, ...]]:
        for call in self._calls.get(workflow.path, ()):
            if call.workflow.path in inside:
                continue
            if runs_by_itself(call.workflow) or not self._calls.get(call.workflow.path):
                yield (call,)
            if len(inside) < DEEPEST:
                for outer in self._chains(call.workflow, (*inside, call.workflow.path)):
                    yield (*outer, call)


def runs_by_itself(workflow: Workflow) -> bool:
    """Whether any event but a call starts the workflow."""
    return any(trigger.event != "workflow_call" for trigger in workflow.triggers)


def called_inputs(chain: tuple[Call, ...]) -> Mapping[str, str]:
    """Return what the innermost caller of a chain hands over, names in lower case."""
    return {name.lower(): text.value for name, text in chain[-1].job.inputs.items()}
