"""Incidents: each tree as it stood gives its path, and each repaired one gives none.

The archive's README says which path. Where only facts show it (the cap-js and reviewdog incidents:
who may write, what a publisher demands) the facts are given here.
"""

from __future__ import annotations

import json

import pytest

from imprint.workflows.facts_reading import facts_from_object
from imprint.workflows.paths.kinds import PathKind
from tests.support.paths import ARCHIVE, nodes, of_repository, tree_repository, trees, ways, who

pytestmark = pytest.mark.skipif(not ARCHIVE.is_file(), reason="../shared/data has no workflows")


@pytest.fixture(scope="module")
def incidents():
    return trees("incidents", "cases")


def analysed(files, profile="github-2026-05", facts=None):
    noted = files.get("SNAP.json") or files.get("CASE.json") or b"{}"
    name = json.loads(noted).get("repo")
    return of_repository(tree_repository(files, name=name), facts=facts, profile=profile)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (
            "tanstack-router-2026-05",
            ("ANON", ["bundle-size.yml:benchmark-pr", "cache", "release.yml:release"]),
        ),
        (
            "cline-2026-02",
            (
                "ANON",
                [
                    "claude-issue-triage.yml:claude-issue-triage",
                    "cache",
                    "npm-nightly.yaml:publish-npm-nightly",
                ],
            ),
        ),
        (
            "asyncapi-cli-2025-11",
            (
                "ANON",
                [
                    "auto-changeset.yml:auto-changeset",
                    "secret GH_TOKEN",
                    "push to master",
                    "release-with-changesets.yml:release",
                ],
            ),
        ),
        ("7nohe-2026", ("ANON", ["release.yml:release"])),
    ],
)
def test_an_incident_has_its_path(incidents, name, path):
    assert path in ways(analysed(incidents[name]))


def test_nx_needs_no_cache_its_token_dispatches_the_release(incidents):
    found = ways(analysed(incidents["nx-2025-08"], "github-2026-07"))

    assert found[0] == (
        "ANON",
        [
            "pr-title-validation.yml:validate-pr-title",
            "push branch (contents: write)",
            "dispatch (actions: write)",
            "publish.yml:publish",
        ],
    )


@pytest.mark.parametrize("profile", ["github-2026-05", "github-2026-07"])
@pytest.mark.parametrize(
    "name",
    ["tanstack-router-2026-05-fixed", "cline-2026-02-fixed", "cap-js-cds-dbs-2026-04-fixed"],
)
def test_a_repaired_tree_has_no_path(incidents, name, profile):
    found = analysed(incidents[name], profile)

    assert found.paths == ()


def cap_js(*, environment, branches=None):
    publisher = {
        "repository": "cap-js/cds-dbs",
        "workflow": "release-please.yml",
        "environment": environment,
    }
    policy = {"branches": branches, "reviewers": 2 if branches else 0}
    return facts_from_object(
        {
            "npm": {"@cap-js/sqlite": publisher},
            "environments": {"npm": policy},
            "default_branch_protected": True,
        }
    )


def test_any_writer_gets_around_an_environment_that_no_publisher_demands(incidents):
    found = analysed(incidents["cap-js-cds-dbs-2026-04"], facts=cap_js(environment=None))

    assert ways(found) == [("WRITER", ["push branch with edited release-please.yml", "OIDC"])]


def test_an_environment_that_is_demanded_and_closed_leaves_the_reviewed_way(incidents):
    facts = cap_js(environment="npm", branches=["main"])

    found = analysed(incidents["cap-js-cds-dbs-2026-04-fixed"], facts=facts)

    assert ways(found) == [("REVIEWED+ENV_REVIEWER", ["merge to main", "environment approval"])]


def test_an_environment_at_which_every_push_would_wait_keeps_nobody_out(incidents):
    (path,) = analysed(incidents["cap-js-cds-dbs-2026-04"]).paths

    assert (who(path), path.can_publish, path.confidence.name) == ("WRITER", True, "LOW")


def test_a_maintainers_token_is_within_reach_of_a_strangers_build(incidents):
    found = analysed(incidents["spotbugs-sonar-findbugs-2024-11"])

    told = {(path.check, tuple(nodes(path))) for path in found.paths if not path.can_publish}
    assert (PathKind.EXECUTION, ("sonarqube.yml:build",)) in told
    assert (PathKind.TOKEN, ("sonar-update-center.yml:build", "secret PAT_TO_FORK")) in told


def test_an_action_that_can_change_is_given_a_token(incidents):
    found = analysed(incidents["tj-actions-changed-files-2025-03"])

    told = [(who(path), nodes(path)) for path in found.supply if path.check == PathKind.TOKEN]
    assert ("SUPPLY(tj-actions)", ["test.yml:build", "secret PAT_TOKEN"]) in told


def test_whoever_reads_a_pipelines_token_publishes(incidents):
    (path,) = analysed(incidents["mta-build-tool-2026-04"]).paths

    assert (who(path), path.package) == ("TOKEN_HOLDER(CLOUD_MTA_BOT_NPM_TOKEN)", "mbt")
    assert [(hop.span.path, hop.span.line) for hop in path.hops if hop.span][:1] == [
        (".circleci/config.yml", 700)
    ]
