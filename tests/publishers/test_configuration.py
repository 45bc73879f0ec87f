"""From a request to a publisher: normalised, complete, without contradictions."""

import pytest
from msgspec.structs import replace

from imprint.identity.workload import Provider, RefType, Runner, Visibility
from imprint.npm.names import ScopePattern
from imprint.publishers.configuration import (
    MOST_VALUES,
    PublisherRequest,
    build_publisher,
    identity_of,
)
from imprint.publishers.matching import Matched, match
from imprint.publishers.publisher import (
    CalledWorkflow,
    Permission,
    PublisherState,
    TrustedPublisher,
    WorkflowRule,
)
from imprint.refusals import Malformed
from tests.support.claims import COMMIT, NOW, ORGANIZATION_ID, PROJECT_ID
from tests.support.publishers import (
    BUILDS,
    CIRCLECI,
    CONTEXT_ID,
    DEFINITION_ID,
    GITHUB,
    GITLAB,
    PACKAGE,
    circleci_run,
    generic_run,
    github_run,
    gitlab_run,
)

PATTERN = ScopePattern.parse("@acme/*")


def request(**overrides) -> PublisherRequest:
    values = {
        "provider": Provider.GITHUB,
        "repository": "acme/rocket",
        "workflow": "release.yml",
        "permissions": ("publish",),
        **overrides,
    }
    return PublisherRequest(**values)


def gitlab_request(**overrides) -> PublisherRequest:
    values = {
        "provider": Provider.GITLAB,
        "repository": "acme/tools/rocket",
        "workflow": ".gitlab-ci.yml",
        **overrides,
    }
    return request(**values)


def circleci_request(**overrides) -> PublisherRequest:
    values = {
        "provider": Provider.CIRCLECI,
        "repository": "forge.example.test/acme/rocket",
        "repository_id": PROJECT_ID,
        "owner_id": ORGANIZATION_ID,
        "workflow": DEFINITION_ID,
        **overrides,
    }
    return request(**values)


def generic_request(**overrides) -> PublisherRequest:
    values = {
        "provider": Provider.GENERIC,
        "repository": None,
        "workflow": None,
        "claims": {"pipeline_slug": "rocket-release"},
        **overrides,
    }
    return request(**values)


ISSUERS = {one.provider: one for one in (GITHUB, GITLAB, CIRCLECI, BUILDS)}
IDS = {"repository_id": "901", "owner_id": "42"}


def built(asked_for, **overrides) -> TrustedPublisher:
    values = {
        "publisher_id": "8b0f3c0e-0000-4000-8000-000000000001",
        "target": PACKAGE,
        "issuer": ISSUERS[asked_for.provider],
        "pending": False,
        "now": NOW,
        "created_by": "wile",
        **overrides,
    }
    return build_publisher(asked_for, **values)


def refusal(asked_for, **overrides) -> Malformed:
    with pytest.raises(Malformed) as refused:
        built(asked_for, **overrides)
    return refused.value


@pytest.mark.parametrize(
    ("asked_for", "run"),
    [
        (request(**IDS), github_run()),
        (gitlab_request(repository_id="1234", owner_id="77"), gitlab_run()),
        (circleci_request(), circleci_run()),
        (generic_request(), generic_run()),
    ],
)
def test_a_publisher_of_each_provider_matches_its_runs(asked_for, run):
    found = match(run, [built(asked_for)], package=PACKAGE, now=NOW)

    assert isinstance(found, Matched)


def test_with_ids_a_publisher_is_active_at_once():
    publisher = built(request(**IDS))

    assert publisher.state is PublisherState.ACTIVE
    assert publisher.pin_until is None
    assert publisher.revision == 1


@pytest.mark.case("F13")
def test_without_ids_a_publisher_waits_seven_days_for_its_first_run():
    publisher = built(request())

    assert publisher.state is PublisherState.UNPINNED
    assert publisher.pin_until == NOW + 7 * 86_400


@pytest.mark.case("J06")
def test_a_pending_publisher_waits_thirty_days_and_needs_ids():
    pending = built(request(**IDS), pending=True)

    assert pending.pending
    assert pending.expires_at == NOW + 30 * 86_400
    assert refusal(request(), pending=True).message == (
        "a trusted publisher for a package that does not exist yet needs `repository_id` and "
        "`owner_id`"
    )


def test_a_pattern_needs_ids_and_alone_may_create():
    assert built(request(**IDS, create=True), target=PATTERN).create
    assert refusal(request(), target=PATTERN).message == (
        "a trusted publisher for a pattern needs `repository_id` and `owner_id`"
    )
    assert refusal(request(**IDS, create=True)).message == (
        "`create` is for patterns such as `@acme/*` alone"
    )
    assert built(generic_request(create=True), target=PATTERN).create


@pytest.mark.case("D17", "D18", "K03")
def test_names_are_normalised_before_they_are_stored():
    publisher = built(
        request(
            repository=f"https://{GITHUB.url.removeprefix('https://')}/acme/rocket.git",
            workflow="/.github/workflows/release.yml",
            environment=" npm ",
            repository_id=" 901 ",
            owner_id="42",
        )
    )

    assert publisher.rules.repository == "acme/rocket"
    assert publisher.rules.workflow == WorkflowRule(caller="release.yml")
    assert publisher.rules.environment == "npm"
    assert publisher.rules.repository_id == "901"


def test_every_rule_and_limit_arrives():
    publisher = built(
        request(
            **IDS,
            called_workflow="publish.yml",
            called_repository="acme/shared",
            called_ref="refs/tags/v1",
            called_sha=COMMIT,
            refs=("refs/tags/v*", "refs/tags/v*"),
            ref_type="tag",
            ref_protected=True,
            environment="npm",
            events=("push", "release"),
            runners=("self-hosted",),
            visibilities=("private",),
            actors=("@wile", "release-bot[bot]"),
            permissions=("stage", "publish", "dist-tag"),
            tag_template="v{{version}}",
            dist_tags=("latest",),
            version_range="^1.0.0",
        )
    )

    rules, limits = publisher.rules, publisher.limits
    assert rules.workflow == WorkflowRule(
        caller="release.yml",
        called=CalledWorkflow(
            repository="acme/shared", file="publish.yml", ref="refs/tags/v1", sha=COMMIT
        ),
    )
    assert [pattern.text for pattern in rules.refs] == ["refs/tags/v*"]
    assert (rules.ref_type, rules.ref_protected) == (RefType.TAG, True)
    assert (rules.environment, rules.events) == ("npm", ("push", "release"))
    assert (rules.runners, rules.visibilities) == ((Runner.SELF_HOSTED,), (Visibility.PRIVATE,))
    assert rules.actors == ("wile", "release-bot[bot]")
    assert limits.permissions == frozenset(Permission)
    assert limits.tag_template is not None
    assert (limits.dist_tags, limits.version_range) == (("latest",), "^1.0.0")


def test_an_exact_reference_is_a_file_at_one_ref():
    reference = "acme/rocket/.github/workflows/release.yml@refs/heads/main"

    rules = built(request(workflow=None, workflow_reference=reference)).rules

    assert rules.workflow == WorkflowRule(caller="release.yml")
    assert [pattern.text for pattern in rules.refs] == ["refs/heads/main"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"workflow": None}, "a trusted publisher of `github` needs `workflow`"),
        ({"workflow": " "}, "a trusted publisher of `github` needs `workflow`"),
        ({"repository": None}, "a trusted publisher of `github` needs `repository`"),
        ({"repository_id": "901"}, "a trusted publisher of `github` needs `owner_id`"),
        ({"owner_id": "42"}, "a trusted publisher of `github` needs `repository_id`"),
        (
            {"permissions": ()},
            "a trusted publisher needs at least one permission: `publish`, `stage` or `dist-tag`",
        ),
        (
            {"permissions": ("createPackage",)},
            "permission `createPackage` is none: `publish` or `stage` or `dist-tag`",
        ),
        ({"events": ()}, "the list of events is empty: no run could ever publish"),
        (
            {"strict_environment": True, "environment": "npm"},
            "`strict_environment` asks for no environment, and `environment` names one",
        ),
        (
            {"refs": ("refs/heads/*",), "ref_type": "tag"},
            "no ref of the type that is asked for matches the refs",
        ),
        (
            {"refs": ("refs/tags/*",), "ref_type": "branch"},
            "no ref of the type that is asked for matches the refs",
        ),
        (
            {"refs": ("refs/heads/main",), "tag_template": "v{{version}}"},
            "the tag template asks for a tag, and no tag matches the refs",
        ),
        (
            {"ref_type": "branch", "tag_template": "v{{version}}"},
            "the tag template asks for a tag, and no tag matches the refs",
        ),
        ({"ref_type": "pull"}, "ref type `pull` is none: `branch` or `tag`"),
        ({"runners": ("mine",)}, "runner `mine` is none: `hosted` or `self-hosted`"),
        ({"called_ref": "refs/tags/v1"}, "a called workflow needs its file, `called_workflow`"),
        (
            {"workflow_reference": "acme/rocket/.github/workflows/r.yml@refs/heads/main"},
            "the workflow's whole reference is given: leave out its file and the refs",
        ),
        (
            {"context_ids": (CONTEXT_ID,)},
            "`context_ids` is set, and no token of `github` could satisfy it",
        ),
        (
            {"claims": {"ref": "x"}},
            "rules on named claims are for issuers of type `generic` alone",
        ),
        (
            {"refs": tuple(f"refs/tags/{n}" for n in range(MOST_VALUES + 1))},
            f"`refs` has more than {MOST_VALUES} values",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(wrong, message):
    found = refusal(request(**wrong))

    assert (found.code, found.message) == ("invalid-publisher", message)


@pytest.mark.case("E18")
def test_a_list_of_no_events_is_refused_and_no_list_is_not():
    assert refusal(request(events=())).code == "invalid-publisher"
    assert built(request(events=None)).rules.events == ()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"workflow": "release"}, "invalid-workflow-file"),
        ({"repository": "rocket"}, "invalid-repository"),
        ({"repository_id": "x", "owner_id": "42"}, "invalid-id"),
        ({"environment": "a;b"}, "invalid-environment"),
        ({"refs": ("main",)}, "invalid-ref-pattern"),
        ({"tag_template": "v"}, "invalid-tag-template"),
        ({"dist_tags": ("1.x",)}, "invalid-dist-tag"),
        ({"version_range": "latest"}, "invalid-range"),
        ({"version_range": ""}, "invalid-range"),
        ({"events": ("push!",)}, "invalid-event"),
        ({"actors": ("a b",)}, "invalid-actor"),
        ({"called_workflow": "a.yml", "called_sha": "main"}, "invalid-called-workflow"),
    ],
)
def test_a_single_wrong_value_has_a_code_of_its_own(wrong, code):
    assert refusal(request(**wrong)).code == code


@pytest.mark.case("D24")
def test_a_called_workflow_of_the_own_repository_names_no_repository():
    assert (
        refusal(request(called_workflow="publish.yml", called_repository="Acme/Rocket")).message
        == "the called workflow's repository `Acme/Rocket` is the publisher's own"
    )


def test_a_called_workflow_alone_is_enough():
    assert built(request(workflow=None, called_workflow="publish.yml")).rules.workflow == (
        WorkflowRule(called=CalledWorkflow(repository=None, file="publish.yml"))
    )


@pytest.mark.case("F16")
def test_gitlab_has_no_called_workflow():
    assert refusal(gitlab_request(called_workflow="a.yml")).message == (
        "`called_workflow` is set, and no token of `gitlab` could satisfy it"
    )


@pytest.mark.case("F17")
@pytest.mark.parametrize("name", ["repository", "repository_id", "owner_id", "workflow"])
def test_circleci_needs_four_ids(name):
    assert refusal(circleci_request(**{name: None})).message == (
        f"a trusted publisher of `circleci` needs `{name}`"
    )
    if name != "repository":
        assert refusal(circleci_request(**{name: "901"})).code == "invalid-id"


@pytest.mark.case("F17")
@pytest.mark.parametrize(
    "rule",
    [
        {"environment": "npm"},
        {"events": ("push",)},
        {"runners": ("hosted",)},
        {"ref_protected": True},
        {"ref_type": "tag"},
        {"visibilities": ("public",)},
        {"actors": ("wile",)},
    ],
)
def test_a_rule_that_no_token_could_satisfy_is_refused(rule):
    found = refusal(circleci_request(**rule))

    assert found.code == "invalid-publisher"
    assert found.hint == "leave it out: tokens of this provider do not state it"


@pytest.mark.case("F17")
def test_refs_and_contexts_of_circleci_may_be_named():
    given = built(circleci_request(refs=("refs/heads/main",), context_ids=(CONTEXT_ID.upper(),)))

    assert [pattern.text for pattern in given.rules.refs] == ["refs/heads/main"]
    assert given.rules.context_ids == (CONTEXT_ID,)


@pytest.mark.case("F19")
@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"iss": BUILDS.url},
        {"iss": BUILDS.url, "aud": "npm:registry.example.test", "sub": "organization:acme"},
    ],
)
def test_a_generic_publisher_needs_more_than_iss_aud_and_sub(claims):
    assert refusal(generic_request(claims=claims)).message == (
        "a trusted publisher of a generic issuer needs a rule on more than iss, aud and sub"
    )


@pytest.mark.case("F19")
@pytest.mark.parametrize(
    "wrong",
    [
        {"claims": {"jti": "x"}},
        {"claims": {"slug": ""}},
        {"claims": {"": "x"}},
        {"claims": {"slug": "x" * 1025}},
        {"refs": ("refs/heads/main",)},
        {"tag_template": "v{{version}}"},
        {"workflow": "release.yml"},
        {"repository": "acme/rocket"},
    ],
)
def test_a_generic_publisher_states_its_rules_on_claims_alone(wrong):
    assert refusal(generic_request(**wrong)).code == "invalid-publisher"


def test_an_issuer_of_another_provider_is_refused():
    assert refusal(request(), issuer=GITLAB).message == (
        "issuer `gitlab` is of `gitlab`, not of `github`"
    )


@pytest.mark.case("K03")
def test_the_same_publisher_in_another_spelling_is_the_same():
    first = built(request(environment="npm", refs=("refs/tags/a", "refs/tags/b")))
    again = built(
        request(
            repository="Acme/Rocket/",
            workflow=".github/workflows/release.yml",
            environment="NPM",
            refs=("refs/tags/b", "refs/tags/a"),
            permissions=("stage",),
        ),
        publisher_id="8b0f3c0e-0000-4000-8000-000000000002",
        now=NOW + 1,
    )

    assert identity_of(first) == identity_of(again)
    assert len(identity_of(first)) == 64


@pytest.mark.case("K03", "K04")
@pytest.mark.parametrize(
    "other",
    [
        request(repository_id="901", owner_id="43"),
        request(),
        request(**IDS, environment="npm"),
        request(**IDS, workflow="Release.yml"),
        request(**IDS, repository="acme/rocket2"),
        request(**IDS, refs=("refs/tags/*",)),
        request(**IDS, events=("push",)),
    ],
)
def test_another_id_or_rule_makes_another_publisher(other):
    assert identity_of(built(other)) != identity_of(built(request(**IDS)))


@pytest.mark.case("F07", "F21", "K03")
def test_issuer_target_and_gitlabs_case_of_environments_make_another_publisher():
    first = built(gitlab_request(environment="npm"))

    assert identity_of(built(gitlab_request(environment="NPM"))) != identity_of(first)
    elsewhere = replace(GITLAB, url="https://gitlab.other.test")
    assert identity_of(built(gitlab_request(environment="npm"), issuer=elsewhere)) != (
        identity_of(first)
    )
    assert identity_of(replace(first, target=PATTERN)) != identity_of(first)
