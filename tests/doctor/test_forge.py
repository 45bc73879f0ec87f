"""Facts of a forge's API: what may be read, and what may not."""

import asyncio

import pytest

from imprint.doctor.forge import Forge
from imprint.publishers.credentials import Secret
from imprint.refusals import Unavailable
from imprint.upstream.fetch import Fetcher
from imprint.workflows.facts import EnvironmentFacts
from tests.support.forge import standing_in

REPOSITORY = "/repos/acme/widget"
ROOT = {"id": 7, "full_name": "acme/widget", "default_branch": "main", "owner": {"id": 9}}


@pytest.fixture
def forge():
    with standing_in() as running:
        running.answers[REPOSITORY] = ROOT
        yield running


def ask(forge):
    async def facts():
        async with Fetcher() as fetcher:
            asked = Forge(
                fetcher=fetcher, api=forge.url, repository="acme/widget", token=Secret("read-only")
            )
            return await asked.facts(), asked.notes

    return asyncio.run(facts())


def test_everything_that_it_says_becomes_a_fact(forge):
    forge.answers |= {
        f"{REPOSITORY}/branches/main": {"name": "main", "protected": False},
        f"{REPOSITORY}/branches?protected=true&per_page=100": [{"name": "stable"}],
        f"{REPOSITORY}/environments?per_page=100": {
            "environments": [
                {
                    "name": "npm",
                    "can_admins_bypass": True,
                    "deployment_branch_policy": {"custom_branch_policies": True},
                    "protection_rules": [
                        {
                            "type": "required_reviewers",
                            "reviewers": [{"type": "User"}, {"type": "Team"}],
                            "prevent_self_review": True,
                        }
                    ],
                }
            ]
        },
        f"{REPOSITORY}/environments/npm/deployment-branch-policies": {
            "branch_policies": [{"name": "main", "type": "branch"}, {"name": "v*", "type": "tag"}]
        },
        f"{REPOSITORY}/rulesets?includes_parents=true&per_page=100": [{"id": 1}, {"id": 2}],
        f"{REPOSITORY}/rulesets/1": {
            "id": 1,
            "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"]}},
            "rules": [{"type": "pull_request", "parameters": {"require_code_owner_review": True}}],
        },
        f"{REPOSITORY}/rulesets/2": {"id": 2, "target": "tag", "rules": [{"type": "creation"}]},
        f"{REPOSITORY}/collaborators?permission=push&per_page=100": [{}, {}, {}],
        f"{REPOSITORY}/actions/permissions/workflow": {"default_workflow_permissions": "read"},
        f"{REPOSITORY}/actions/permissions/fork-pr-contributor-approval": {
            "approval_policy": "all_external_contributors"
        },
    }

    facts, notes = ask(forge)

    assert notes == []
    assert (facts.repository, facts.repository_id, facts.owner_id) == ("acme/widget", "7", "9")
    assert (facts.default_branch, facts.default_branch_protected, facts.protected_branches) == (
        "main",
        True,
        ("stable",),
    )
    assert facts.environments == {
        "npm": EnvironmentFacts(
            branches=("main",),
            tags=("v*",),
            reviewers=2,
            prevent_self_review=True,
            administrators_bypass=True,
        )
    }
    assert (facts.writers, facts.tag_rules, facts.codeowner_reviews_required) == (3, True, True)
    assert (facts.default_permissions_write, facts.fork_approval) == (False, "all")


def test_what_may_not_be_read_stays_unknown_and_is_said(forge):
    forge.answers[f"{REPOSITORY}/collaborators?permission=push&per_page=100"] = 403
    forge.answers[f"{REPOSITORY}/branches/main"] = b"<html>"

    facts, notes = ask(forge)

    assert (facts.writers, facts.default_branch_protected, facts.environments) == (None, None, None)
    assert "who may write not known: the token may not read it" in notes
    assert "branch protection not known: the forge's answer is of another form" in notes
    assert "environments not known: the forge has none" in notes


def test_a_repository_that_is_not_told_of_decides_nothing(forge):
    forge.answers[REPOSITORY] = 404

    with pytest.raises(Unavailable) as raised:
        ask(forge)

    assert raised.value.code == "forge-unanswered"


def test_an_environment_whose_policy_is_not_known_is_not_known_at_all(forge):
    policy = {"name": "npm", "deployment_branch_policy": {"custom_branch_policies": True}}
    forge.answers[f"{REPOSITORY}/environments?per_page=100"] = {"environments": [policy]}

    assert ask(forge)[0].environments == {}


def test_it_only_reads_and_with_the_token(forge):
    ask(forge)

    assert {authorization for _, authorization in forge.asked} == {"Bearer read-only"}
