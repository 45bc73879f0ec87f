"""npm's trust body, both ways."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.identity.workload import Provider, RefType, Runner, Visibility
from imprint.npm.names import ScopePattern
from imprint.publishers.configuration import PublisherRequest, build_publisher
from imprint.publishers.npm_trust import parse_trust_body, parse_trust_list, render_trust
from imprint.publishers.publisher import (
    CalledWorkflow,
    Permission,
    PublisherState,
    WorkflowRule,
)
from imprint.publishers.templates import TagTemplate
from imprint.refusals import Malformed
from tests.support.claims import COMMIT, NOW, ORGANIZATION_ID, PROJECT_ID
from tests.support.publishers import (
    CONTEXT_ID,
    DEFINITION_ID,
    circleci_publisher,
    generic_publisher,
    gitlab_publisher,
    limits,
    patterns,
    publisher,
    rules,
    unpinned,
)

GITHUB_BODY = {
    "type": "github",
    "claims": {
        "repository": "acme/rocket",
        "workflow_ref": {"file": "release.yml"},
        "environment": "npm",
    },
    "permissions": ["createPackage", "createStagedPackage"],
}


def parsed(*entries) -> PublisherRequest:
    return parse_trust_body(json.dumps(entries).encode())


def refusal(raw) -> Malformed:
    with pytest.raises(Malformed) as refused:
        parse_trust_body(raw if isinstance(raw, bytes) else json.dumps(raw).encode())
    return refused.value


def test_the_body_that_npm_sends_for_github():
    assert parsed(GITHUB_BODY) == PublisherRequest(
        provider=Provider.GITHUB,
        repository="acme/rocket",
        workflow="release.yml",
        environment="npm",
        permissions=("publish", "stage"),
    )


def test_the_body_that_npm_sends_for_gitlab():
    body = {
        "type": "gitlab",
        "claims": {"project_path": "a/b/c", "ci_config_ref_uri": {"file": ".gitlab-ci.yml"}},
        "permissions": ["createStagedPackage"],
    }

    assert parsed(body) == PublisherRequest(
        provider=Provider.GITLAB,
        repository="a/b/c",
        workflow=".gitlab-ci.yml",
        permissions=("stage",),
    )


@pytest.mark.case("F17")
def test_the_body_that_npm_sends_for_circleci():
    body = {
        "type": "circleci",
        "claims": {
            "oidc.circleci.com/org-id": ORGANIZATION_ID,
            "oidc.circleci.com/project-id": PROJECT_ID,
            "oidc.circleci.com/pipeline-definition-id": DEFINITION_ID,
            "oidc.circleci.com/vcs-origin": "forge.example.test/acme/rocket",
            "oidc.circleci.com/context-ids": [CONTEXT_ID],
        },
        "permissions": ["createPackage"],
    }

    assert parsed(body) == PublisherRequest(
        provider=Provider.CIRCLECI,
        repository="forge.example.test/acme/rocket",
        repository_id=PROJECT_ID,
        owner_id=ORGANIZATION_ID,
        workflow=DEFINITION_ID,
        context_ids=(CONTEXT_ID,),
        permissions=("publish",),
    )


def test_a_reference_as_a_text_is_exact_and_holds_a_ref():
    reference = "acme/rocket/.github/workflows/release.yml@refs/heads/main"
    body = {**GITHUB_BODY, "claims": {"repository": "acme/rocket", "workflow_ref": reference}}

    found = parsed(body)

    assert (found.workflow, found.workflow_reference) == (None, reference)


def test_what_npm_cannot_say_stands_under_imprint():
    ours = {
        "issuer": "github",
        "repository_id": "901",
        "owner_id": "42",
        "called": {"file": "publish.yml", "repository": "acme/shared", "sha": COMMIT},
        "refs": ["refs/tags/v*"],
        "events": ["push"],
        "permissions": ["dist-tag"],
        "tag_template": "v{{version}}",
    }

    found = parsed({**GITHUB_BODY, "imprint": ours})

    assert (found.issuer_name, found.repository_id, found.owner_id) == ("github", "901", "42")
    assert (found.called_workflow, found.called_repository) == ("publish.yml", "acme/shared")
    assert (found.refs, found.events) == (("refs/tags/v*",), ("push",))
    assert found.permissions == ("publish", "stage", "dist-tag")
    assert found.tag_template == "v{{version}}"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "0 of them, expected one"),
        ([GITHUB_BODY, GITHUB_BODY], "2 of them, expected one"),
        (GITHUB_BODY, "expected `array`, got `object`"),
        ([{**GITHUB_BODY, "type": "jenkins"}], "invalid value 'jenkins' - at `$[0].type`"),
        (
            [{**GITHUB_BODY, "claims": {}}],
            "object missing required field `repository` - at `$[0].claims`",
        ),
        (
            [{**GITHUB_BODY, "claims": {"repository": "a/b", "ref": "refs/heads/main"}}],
            "object contains unknown field `ref` - at `$[0].claims`",
        ),
        (
            [{**GITHUB_BODY, "imprint": {"reff": ["x"]}}],
            "object contains unknown field `reff` - at `$[0].imprint`",
        ),
        ([{**GITHUB_BODY, "id": "x"}], "`id` cannot be chosen"),
        ([{**GITHUB_BODY, "imprint": {"state": "active"}}], "`state` cannot be chosen"),
        (
            [{**GITHUB_BODY, "permissions": ["deletePackage"]}],
            "permission `deletePackage`, expected `createPackage` or `createStagedPackage`",
        ),
    ],
)
def test_a_body_of_another_form_is_refused(body, said):
    found = refusal(body)

    assert found.code == "invalid-trust-body"
    assert found.message == f"invalid trusted publisher configuration: {said}"


def test_the_ids_of_circleci_are_claims():
    claims = render_trust(circleci_publisher())["claims"]
    body = {"type": "circleci", "claims": claims, "imprint": {"repository_id": PROJECT_ID}}

    assert refusal([body]).message == (
        "invalid trusted publisher configuration: the ids of CircleCI are claims"
    )


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_a_body_or_malformed(raw):
    assert refusal(raw).message.isascii()


def test_a_listed_publisher_has_what_npm_shows():
    listed = render_trust(
        publisher(
            rules=rules(environment="npm", refs=patterns("refs/tags/v*")),
            limits=limits(permissions=frozenset({Permission.STAGE, Permission.DIST_TAG})),
        )
    )

    assert msgspec.json.decode(msgspec.json.encode(listed)) == {
        "id": "8b0f3c0e-0000-4000-8000-000000000001",
        "type": "github",
        "claims": {
            "repository": "acme/rocket",
            "workflow_ref": {"file": "release.yml"},
            "environment": "npm",
        },
        "permissions": ["createStagedPackage"],
        "imprint": {
            "issuer": "github",
            "repository_id": "901",
            "owner_id": "42",
            "refs": ["refs/tags/v*"],
            "permissions": ["dist-tag"],
            "target": "@acme/rocket",
            "state": "active",
            "created_at": NOW - 1000,
            "created_by": "wile",
            "revision": 1,
        },
    }


def test_a_publisher_of_a_type_that_npm_does_not_know_has_id_and_type():
    listed = render_trust(generic_publisher())

    assert (listed["id"], listed["type"]) == (generic_publisher().id, "generic")
    assert listed["claims"] == {"pipeline_slug": "rocket-release", "build_branch": "main"}


EVERYTHING = publisher(
    rules=rules(
        workflow=WorkflowRule(
            caller="release.yml",
            called=CalledWorkflow(
                repository="acme/shared", file="publish.yml", ref="refs/tags/v1", sha=COMMIT
            ),
        ),
        refs=patterns("refs/tags/v*"),
        ref_type=RefType.TAG,
        ref_protected=True,
        strict_environment=True,
        events=("push", "release"),
        runners=(Runner.HOSTED, Runner.SELF_HOSTED),
        visibilities=(Visibility.PRIVATE,),
        actors=("wile",),
    ),
    limits=limits(
        permissions=frozenset(Permission),
        tag_template=TagTemplate.parse("v{{version}}"),
        dist_tags=("latest", "next"),
        version_range="^1.0.0",
    ),
)


@pytest.mark.parametrize(
    "one",
    [
        publisher(),
        EVERYTHING,
        unpinned(),
        gitlab_publisher(),
        circleci_publisher(),
        generic_publisher(),
        publisher(target=ScopePattern.parse("@acme/*"), create=True),
    ],
)
def test_what_is_listed_makes_the_same_publisher_again(one):
    raw = msgspec.json.encode([render_trust(one)])

    (listed,) = parse_trust_list(raw)

    assert listed.request is not None
    assert (listed.id, listed.target, listed.state) == (one.id, str(one.target), one.state)
    again = build_publisher(
        listed.request,
        publisher_id=one.id,
        target=one.target,
        issuer=one.issuer,
        pending=one.pending,
        now=one.created_at,
        created_by=one.created_by,
    )
    assert (again.rules, again.limits, again.create) == (one.rules, one.limits, one.create)


def test_a_list_may_hold_what_this_version_does_not_know():
    raw = json.dumps(
        [
            {"id": "1", "type": "jenkins", "anything": {}},
            {"id": "2", **GITHUB_BODY},
            {"id": "3", **GITHUB_BODY, "imprint": {"new_rule": 1}},
        ]
    ).encode()

    found = parse_trust_list(raw)

    assert [(one.id, one.type, one.request is None) for one in found] == [
        ("1", "jenkins", True),
        ("2", "github", False),
        ("3", "github", True),
    ]
    with pytest.raises(Malformed):
        parse_trust_list(b'{"error": "not found"}')
    with pytest.raises(Malformed):
        parse_trust_list(b'[{"type": "github"}]')


def test_a_pinned_publisher_shows_its_state():
    listed = render_trust(publisher(state=PublisherState.PINNED))

    assert msgspec.convert(listed["imprint"], dict)["state"] == "pinned"
