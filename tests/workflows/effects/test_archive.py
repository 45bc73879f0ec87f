"""Every job of the archive has effects, and the incidents have those that mattered."""

from __future__ import annotations

import tarfile
from collections import defaultdict
from pathlib import Path, PurePosixPath

import pytest

from imprint.workflows.effects.artifacts import artifact_operations
from imprint.workflows.effects.caches import cache_operations
from imprint.workflows.effects.checkouts import checkouts_of
from imprint.workflows.effects.execution import executions_of
from imprint.workflows.effects.model import ExecutionKind, Origin
from imprint.workflows.publishing.node import npm_versions_of
from imprint.workflows.reading import read_repository

ARCHIVE = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "workflows.tar.gz"

pytestmark = pytest.mark.skipif(not ARCHIVE.is_file(), reason="../shared/data has no workflows")


@pytest.fixture(scope="module")
def repositories():
    """What was read of each tree, by its name."""
    files: dict[str, dict[str, bytes]] = defaultdict(dict)
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            parts = PurePosixPath(member.name).parts
            if member.isfile() and len(parts) > 3:
                content = archive.extractfile(member).read()
                files[parts[2]]["/".join(parts[3:])] = content
    return {name: read_repository(found) for name, found in files.items()}


def job(repository, file, job_id):
    path = f".github/workflows/{file}"
    (workflow,) = (found for found in repository.workflows if found.path == path)
    (found,) = (each for each in workflow.jobs if each.id == job_id)
    return repository, workflow, found


def test_every_job_of_every_repository_has_effects(repositories):
    jobs = [
        (repository, workflow, each)
        for repository in repositories.values()
        for workflow in repository.workflows
        for each in workflow.jobs
    ]

    effects = [
        (
            executions_of(*each),
            cache_operations(*each),
            checkouts_of(*each),
            artifact_operations(*each),
        )
        for each in jobs
    ]

    assert len(jobs) > 2000
    assert [sum(1 for found in kind if found) > 100 for kind in zip(*effects, strict=True)] == [
        True,
        True,
        True,
        True,
    ]


def test_every_last_step_has_an_npm_or_says_why_not(repositories):
    versions = [
        version
        for repository in repositories.values()
        for workflow in repository.workflows
        for each in workflow.jobs
        if each.steps
        for version in npm_versions_of(repository, workflow, each, each.steps[-1])
    ]

    assert len(versions) > 1000
    assert [version for version in versions if not version.because] == []


def test_tanstack_checks_a_fork_out_and_restores_a_cache_through_a_composite(repositories):
    tree = repositories["tanstack-router-2026-05"]
    benchmark = job(tree, "bundle-size.yml", "benchmark-pr")

    (checkout,) = checkouts_of(*benchmark)
    caches = cache_operations(*job(tree, "release.yml", "release"))

    assert checkout.origin is Origin.PULL_REQUEST
    assert any(each.site.through and each.action == "actions/cache" for each in caches)


def test_cline_has_an_agent_that_everybody_may_ask(repositories):
    triage = job(repositories["cline-2026-02"], "claude-issue-triage.yml", "claude-issue-triage")

    (agent,) = (each for each in executions_of(*triage) if each.kind is ExecutionKind.AGENT)

    assert (agent.open_to_all, agent.can_execute) == (True, True)


def test_nx_puts_a_title_into_a_script(repositories):
    title = job(repositories["nx-2025-08"], "pr-title-validation.yml", "validate-pr-title")

    contexts = [
        context
        for each in executions_of(*title)
        if each.kind is ExecutionKind.INJECTION
        for context in each.contexts
    ]

    assert "github.event.pull_request.title" in contexts


def test_asyncapi_checks_a_pull_request_out_by_command(repositories):
    changeset = job(repositories["asyncapi-cli-2025-11"], "auto-changeset.yml", "auto-changeset")

    actions = [each.action for each in checkouts_of(*changeset)]

    assert "gh pr checkout" in actions


def test_spotbugs_checks_a_step_output_out(repositories):
    build = job(repositories["spotbugs-sonar-findbugs-2024-11"], "sonarqube.yml", "build")

    (checkout,) = checkouts_of(*build)

    assert checkout.origin is Origin.PULL_REQUEST
