"""Fuzz entry: what a signed token calls its workflow, against what a publisher trusts."""

from imprint.publishers.publisher import CalledWorkflow, WorkflowRule
from imprint.publishers.workflows import judge_workflow
from tests.support.publishers import github_run

ROOT = "acme/rocket/.github/workflows/release.yml@"
SHARED = "acme/shared/.github/workflows/publish.yml@"


def one_input(data: bytes) -> None:
    """No reference is accepted that is not, to the letter, one that the rule's file can have."""
    reference = data.decode("utf-8", "replace")
    run = github_run(workflow_ref=reference or "@", job_workflow_ref=reference or "@")
    own = WorkflowRule(caller="release.yml")
    if not list(judge_workflow(own, run)):
        assert reference in (ROOT + str(run.ref), ROOT + str(run.caller_workflow_sha)) or (
            reference == ROOT + str(run.commit)
        )
    shared = WorkflowRule(called=CalledWorkflow(repository="acme/shared", file="publish.yml"))
    if not list(judge_workflow(shared, run)):
        assert reference.casefold().startswith(SHARED)
        revision = reference[len(SHARED) :]
        assert revision.startswith(("refs/heads/", "refs/tags/")) or len(revision) == 40
