"""The twelve worked examples: exactly their people and nodes, under both profiles.

The examples' own spelling differs between profiles and examples in three places; here each thing
has one name (`SPELLED`): the dispatch is two hops in 08, the claim is told in the hop's text in 10,
and an approval is called the same with a branch (11) and with a tag (12).
"""

from __future__ import annotations

import json

import pytest

from imprint.workflows.facts_reading import facts_from_json
from imprint.workflows.paths.kinds import PathKind
from tests.support.paths import ARCHIVE, nodes, of_repository, tree_repository, trees, ways, who

PUSH_AND_DISPATCH = ["push branch (contents: write)", "dispatch (actions: write)"]
SPELLED = {
    "dispatch (actions: write) on pushed branch": PUSH_AND_DISPATCH,
    "dispatch": ["dispatch (actions: write)"],
    "OIDC claim workflow release.yml@refs/heads/x": ["OIDC"],
    "approval": ["environment approval"],
}

pytestmark = pytest.mark.skipif(not ARCHIVE.is_file(), reason="../shared/data has no workflows")

NAMES = [
    "01-tanstack-chain",
    "02-same-floating-tag",
    "03-namespaced-key-not-enough",
    "04-pull_request-safe",
    "05-release-without-cache-but-prt",
    "06-workflow_run-artifact",
    "07-workflow_run-guarded",
    "08-issue-agent-dispatch",
    "09-comment-gated-toctou",
    "10-any-writer",
    "11-environment-bound",
    "12-split-build-publish",
]


@pytest.fixture(scope="module")
def examples():
    return trees("examples")


def analysed(files, profile):
    facts = facts_from_json(files["expected.json"])
    return of_repository(tree_repository(files, name="acme/lib"), facts=facts, profile=profile)


@pytest.mark.parametrize("profile", ["github-2026-05", "github-2026-07"])
@pytest.mark.parametrize("name", NAMES)
def test_an_example_has_exactly_the_paths_it_should(examples, name, profile):
    expected = json.loads(examples[name]["expected.json"])["profiles"][profile]

    found = analysed(examples[name], profile)

    assert ways(found) == [
        (people, [each for node in path for each in SPELLED.get(node, [node])])
        for people, _, path in expected
    ]


def test_these_are_all_the_examples(examples):
    assert sorted(examples) == NAMES


@pytest.mark.parametrize("name", ["01-tanstack-chain", "05-release-without-cache-but-prt"])
def test_code_that_anybody_runs_is_told_where_it_leads_nowhere(examples, name):
    found = analysed(examples[name], "github-2026-07")

    told = [path for path in found.paths if path.check == PathKind.EXECUTION]
    assert [([hop.node for hop in path.hops], path.can_publish) for path in told] == [
        (["size.yml:size"], False)
    ]


def test_a_path_that_the_platform_closed_says_what_closed_it(examples):
    found = analysed(examples["02-same-floating-tag"], "github-2026-07")

    (path,) = [path for path in found.paths if path.package != "*"]
    assert (path.can_publish, path.stopped_by) == (
        False,
        (
            "actions/checkout refuses a fork's code in this run (since 2026-07-16)",
            "caches are read-only for runs that strangers cause (since 2026-06-26)",
        ),
    )


def test_suppliers_can_alter_what_is_sent_and_are_listed_apart(examples):
    found = analysed(examples["12-split-build-publish"], "github-2026-07")

    assert [(who(path), nodes(path)) for path in found.supply] == [
        ("SUPPLY(npm)+ENV_REVIEWER", ["release.yml:build", "artifact pkg", "release.yml:publish"])
    ]
