"""What people with rights can do by themselves: the registry's matcher over imagined Workloads."""

import pytest

from imprint.workflows.facts_reading import facts_from_object, facts_from_toml
from imprint.workflows.paths.search import analyse_paths
from imprint.workflows.paths.table import who_can_publish
from imprint.workflows.profiles import CURRENT
from imprint.workflows.publishing.detection import publish_jobs_of
from tests.support.paths import RELEASE, analysis, known, ways
from tests.support.repositories import repository

EDIT = ["push branch with edited release.yml", "OIDC"]
PROTECTED = {"default_branch_protected": True}


def trusted(**rules):
    """Facts with one publisher of an imprint registry, whose rules are these."""
    claims = {"repository": "acme/lib", "workflow_ref": {"file": "release.yml"}}
    claims["environment"] = rules.pop("environment", None)
    entry = {
        "id": "1",
        "type": "github",
        "claims": claims,
        "permissions": rules.pop("permissions", ["createPackage"]),
        "imprint": rules,
    }
    return facts_from_object({"publishers": {"@acme/lib": [entry]}, **PROTECTED})


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (known(**PROTECTED), [("WRITER", EDIT)]),
        (known(writers=3), [("WRITER", EDIT)]),
        (known(), []),
        (trusted(), [("WRITER", EDIT)]),
        (trusted(refs=["refs/heads/*"]), [("WRITER", EDIT)]),
        (
            trusted(refs=["refs/heads/main"]),
            [("REVIEWED", ["merge to main", "release.yml:publish"])],
        ),
        (trusted(ref_protected=True), [("REVIEWED", ["merge to main", "release.yml:publish"])]),
        (
            trusted(permissions=["createStagedPackage"]),
            [("REVIEWED", ["merge to main", "release.yml:publish"])],
        ),
        (trusted(actors=["somebody"]), [("WRITER", EDIT)]),
    ],
)
def test_a_rule_on_the_ref_is_what_keeps_writers_out(facts, expected):
    assert ways(analysis({"release.yml": RELEASE}, facts=facts)) == expected


def test_a_publisher_of_another_repository_lets_nobody_in():
    publisher = {"repository": "acme/other", "workflow": "release.yml"}
    facts = facts_from_object({"npm": {"@acme/lib": publisher}, **PROTECTED})

    assert analysis({"release.yml": RELEASE}, facts=facts).powers == ()


def test_an_environment_that_is_demanded_has_to_admit_the_branch():
    text = RELEASE.replace("    steps:", "    environment: npm\n    steps:")
    environments = {"npm": {"branches": ["main"]}}
    facts = known(environment="npm", environments=environments, **PROTECTED)

    found = analysis({"release.yml": text}, facts=facts)

    assert ways(found) == [("REVIEWED", ["merge to main", "release.yml:publish"])]


def test_an_environment_that_nobody_demands_is_gone_around():
    text = RELEASE.replace("    steps:", "    environment: npm\n    steps:")

    assert ways(analysis({"release.yml": text}, facts=known())) == [("WRITER", EDIT)]


def test_tags_that_few_may_make_are_who_publishes():
    text = RELEASE.replace("branches: [main]", "tags: ['v*']")
    facts = facts_from_toml(
        b'[[publisher]]\npackages = ["@acme/*"]\nprovider = "github"\n'
        b'repository = "acme/lib"\nworkflow = "release.yml"\nref = "refs/tags/v*"\n'
        b'permissions = ["publish"]\n',
        ["@acme/lib"],
    )
    restricted = facts_from_object({"tag_rules": True})
    both = type(facts)(publishers=facts.publishers, tag_rules=restricted.tag_rules)

    found = analysis({"release.yml": text}, facts=both)

    assert ways(found) == [("TAG_CREATOR", ["tag", "release.yml:publish"])]


def test_a_secret_that_no_environment_keeps_is_every_writers():
    text = RELEASE.replace("id-token: write", "packages: read").replace(
        "- run: npm publish",
        "- run: npm publish\n        env: { NODE_AUTH_TOKEN: '${{ secrets.NPM_TOKEN }}' }",
    )

    found = analysis({"release.yml": text}, facts=facts_from_object(PROTECTED))

    assert ways(found) == [("WRITER", ["push branch with edited workflow", "secret NPM_TOKEN"])]


def test_tokens_that_are_disallowed_publish_nothing():
    text = RELEASE.replace("id-token: write", "packages: read").replace(
        "- run: npm publish",
        "- run: npm publish\n        env: { NODE_AUTH_TOKEN: '${{ secrets.NPM_TOKEN }}' }",
    )
    facts = facts_from_object({**PROTECTED, "tokens_allowed": {"@acme/lib": False}})

    assert [
        way for way in ways(analysis({"release.yml": text}, facts=facts)) if way[0] == "WRITER"
    ] == []


def test_the_table_has_a_row_for_the_release_as_it_is_meant():
    found = analysis({"release.yml": RELEASE}, facts=known(writers=14))

    rows = [(row.who, row.how) for row in who_can_publish(found)]
    assert rows == [
        ("WRITER (14)", "push to main → release.yml:publish"),
        ("WRITER (14)", "push branch with edited release.yml → OIDC"),
    ]


def test_what_is_assumed_is_said():
    found = repository({".github/workflows/release.yml": RELEASE})

    said = analyse_paths(found, publish_jobs_of(found), facts_from_object({}), CURRENT).assumed

    assert said[0] == "the default branch is taken to be `main`"
    assert any("taken for its package's trusted publisher" in sentence for sentence in said)


def test_facts_are_not_assumed():
    facts = known(
        default_branch="main",
        default_branch_protected=True,
        environments={},
        default_permissions_write=False,
        fork_approval="all",
    )

    assert analysis({"release.yml": RELEASE}, facts=facts).assumed == ()
