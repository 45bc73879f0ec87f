"""Provenance that comes with a publication: whose it must be, and what is refused of it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from imprint.identity.workload import Provider, Visibility
from imprint.npm.names import PackageName
from imprint.registry.administration.rules import set_package
from tests.authority.bundles import (
    CURRENT,
    PUBLISH,
    REKOR_V2,
    SECOND,
    CertificateSigner,
    KeySigner,
    bundle_of,
    document_of,
)
from tests.authority.identities import FORGE, Identity, identity_of
from tests.authority.statements import PROVENANCE, github_predicate, statement
from tests.support.attested import domain, stand_in
from tests.support.certificates import legacy
from tests.support.provenance import REPOSITORY, Signing, attached

if TYPE_CHECKING:
    from tests.support.world import World

BEGINNING = "Error verifying sigstore provenance bundle: "
PATH = "/-/npm/v1/attestations/@acme/widget@1.0.0"


@pytest.fixture
def signing(world: World, widget) -> Signing:
    """A registry that believes the stand-in; `@acme/widget` has a trusted publisher."""
    world.trust()
    return Signing(world)


@pytest.mark.parametrize(
    "generation", [SECOND, CURRENT, REKOR_V2], ids=["npm 10", "npm 11, pnpm, yarn", "pnpm 12"]
)
def test_what_every_client_attaches_is_verified(world, signing, generation):
    answer = signing.published(generation=generation)

    assert answer.status == 201, answer.body
    assert "its provenance is verified (private)" in answer.notice
    assert world.events("version-published")[-1]["provenance"] == "private"


def test_a_gitlab_job_is_known_by_its_job(world, widget):
    world.trust(provider=Provider.GITLAB)
    signing = Signing(world)
    data = signing.data(repository="https://gitlab.example.test/acme/tools/rocket.git")

    answer = signing.published(signing.run(Provider.GITLAB), provider=Provider.GITLAB, data=data)

    assert answer.status == 201, answer.body


def test_a_bundle_is_kept_and_served_as_it_was_sent(world, signing):
    claims = signing.run()
    bundle = signing.bundle(claims)

    signing.publish(world.credential(world.sign(claims)), bundle)

    served = world.request("GET", PATH).json["attestations"]
    assert served[0] == document_of(bundle)["attestations"][0]


@pytest.mark.case("L11")
@pytest.mark.parametrize(
    ("claim", "other"),
    [
        ("repository_id", "902"),
        ("repository_owner_id", "43"),
        ("run_id", "17300200101"),
        ("run_attempt", "2"),
        ("sha", "a" * 40),
        ("ref", "refs/tags/v1.2.1"),
        ("workflow_ref", "acme/rocket/.github/workflows/other.yml@refs/tags/v1.2.0"),
        ("job_workflow_ref", "acme/shared/.github/workflows/release.yml@refs/heads/main"),
        ("environment", "staging"),
    ],
)
def test_a_bundle_of_another_run_is_refused_by_what_differs(world, signing, claim, other):
    claims = signing.run()
    credential = world.credential(world.sign(claims))

    answer = signing.publish(credential, signing.bundle({**claims, claim: other}))

    assert (answer.status, answer.code) == (422, "provenance-run")
    assert answer.json["message"].startswith(BEGINNING)
    assert f"`{claim}` is `{other}`" in answer.json["message"]
    assert answer.json["mismatches"] == [
        {"claim": claim, "expected": claims[claim], "actual": other}
    ]


def test_a_bundle_of_another_issuers_run_is_refused(world, signing):
    claims = signing.run()
    credential = world.credential(world.sign(claims))
    other = {**claims, "iss": "https://ci.example.test/other-enterprise"}

    answer = signing.publish(credential, signing.bundle(other))

    assert answer.code == "provenance-run"
    assert answer.json["mismatches"][0]["claim"] == "iss"


def test_another_gitlab_job_of_the_same_pipeline_is_refused(world, widget):
    world.trust(provider=Provider.GITLAB)
    signing = Signing(world)
    claims = signing.run(Provider.GITLAB)
    data = signing.data(repository="https://gitlab.example.test/acme/tools/rocket")
    bundle = signing.bundle({**claims, "job_id": "1"}, provider=Provider.GITLAB, data=data)

    answer = signing.publish(world.credential(world.sign(claims)), bundle, data=data)

    assert (answer.code, answer.json["mismatches"][0]["claim"]) == ("provenance-run", "job_id")


class TestTheBundle:
    """What is wrong with a bundle that comes with the right credential."""

    @pytest.fixture
    def refused(self, world, signing):
        claims = signing.run()

        def publish(bundle, **changes):
            if callable(bundle):
                bundle = bundle(claims)
            answer = signing.publish(world.credential(world.sign(claims)), bundle, **changes)
            assert answer.status == 422, answer.body
            assert answer.json["message"].startswith(BEGINNING)
            assert "1.0.0" not in world.packument().json["versions"]
            return answer.code, answer.json["message"].removeprefix(BEGINNING)

        return publish

    @pytest.mark.case("L10")
    @pytest.mark.parametrize(
        "text",
        [
            "{}",
            '{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}',
            '{"attestations": []}',
            json.dumps({"mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.9"}),
            json.dumps({"mediaType": "x" * 300_000}),
        ],
    )
    def test_what_is_no_bundle_is_refused(self, refused, text):
        code, message = refused(text)

        assert code == "provenance-malformed"
        assert message.startswith("FORMAT: ")

    @pytest.mark.case("L11")
    def test_one_that_was_changed_is_refused(self, signing, refused):
        def bundle(claims):
            made = signing.bundle(claims)
            other = signing.bundle({**claims, "sha": "b" * 40})
            made["dsseEnvelope"]["payload"] = other["dsseEnvelope"]["payload"]
            return made

        code, message = refused(bundle)

        assert code == "provenance-unverified"
        assert message.startswith("SIGNATURE: ")

    @pytest.mark.case("L10")
    def test_one_of_an_instance_that_nobody_believes_is_refused(self, signing, refused):
        code, message = refused(
            lambda claims: signing.bundle(claims, authority=stand_in("another"))
        )

        assert code == "provenance-unverified"
        assert message.partition(": ")[0] in ("LOG", "CHAIN")

    @pytest.mark.case("L11")
    def test_one_signed_after_its_certificate_ended_is_refused(self, world, signing, refused):
        def bundle(claims):
            identity = identity_of(claims, Provider.GITHUB)
            payload = statement(
                "@acme/widget",
                "1.0.0",
                sha512="00" * 64,
                predicate_type=PROVENANCE,
                predicate=github_predicate(identity.extensions),
            )
            return bundle_of(
                signing.authority,
                payload,
                CertificateSigner(identity=identity),
                now=world.clock() - 86_400,
                logged_at=world.clock(),
            )

        code, message = refused(bundle)

        assert code == "provenance-unverified"
        assert message.startswith("CERT_TIME: ")

    @pytest.mark.case("L09")
    def test_one_that_a_key_signed_is_refused(self, signing, refused):
        code, _ = refused(
            lambda claims: signing.bundle(claims, signer=KeySigner(), generation=PUBLISH)
        )

        assert code == "provenance-unverified"

    @pytest.mark.case("L09")
    def test_one_that_a_person_signed_is_refused(self, signing, refused):
        person = Identity(
            subject="wile@acme.example.test", extensions={1: "https://accounts.example.test"}
        )

        code, message = refused(
            lambda claims: signing.bundle(claims, signer=CertificateSigner(identity=person))
        )

        assert code == "provenance-issuer"
        assert message.startswith("ISSUER: the issuer `https://accounts.example.test` is no CI")

    def test_one_whose_certificate_has_no_ids_is_refused(self, signing, refused):
        def bundle(claims):
            whole = identity_of(claims, Provider.GITHUB)
            old = replace(whole, extensions=legacy(whole.extensions))
            return signing.bundle(claims, signer=CertificateSigner(identity=old))

        assert refused(bundle)[0] == "provenance-legacy"

    @pytest.mark.case("L10")
    def test_one_with_another_predicate_is_refused(self, signing, refused):
        code, message = refused(
            lambda claims: signing.bundle(
                claims, predicate_type="https://in-toto.io/attestation/release/v0.1"
            )
        )

        assert code == "provenance-type"
        assert message.startswith("UNKNOWN_TYPE: ")

    @pytest.mark.case("L11")
    @pytest.mark.parametrize(
        "said", [{"sha512": "00" * 64}, {"package": "@acme/other"}, {"version": "1.0.1"}]
    )
    def test_one_about_something_else_is_refused(self, signing, refused, said):
        code, message = refused(lambda claims: signing.bundle(claims, **said))

        assert code == "provenance-subject"
        assert message.startswith("SUBJECT: about ")

    def test_one_about_two_subjects_is_refused(self, signing, refused):
        def bundle(claims):
            made = signing.bundle(claims)
            return _with_subjects(signing, claims, made, 2)

        assert refused(bundle)[0] == "provenance-subject"

    def test_one_whose_predicate_lies_is_refused(self, signing, refused):
        def lie(predicate):
            workflow = predicate["buildDefinition"]["externalParameters"]["workflow"]
            workflow["repository"] = f"{FORGE}/acme/innocent"

        code, message = refused(lambda claims: signing.bundle(claims, edit=lie))

        assert code == "provenance-predicate"
        assert message.startswith("PREDICATE_CERT_MISMATCH: ")

    def test_one_whose_predicate_cannot_be_compared_is_refused(self, signing, refused):
        def strange(predicate):
            predicate["buildDefinition"]["buildType"] = "https://example.test/made-by-hand"

        code, message = refused(lambda claims: signing.bundle(claims, edit=strange))

        assert code == "provenance-predicate"
        assert "`https://example.test/made-by-hand`" in message

    @pytest.mark.parametrize("repository", ["", "https://forge.example.test/acme/other", None])
    def test_one_of_a_repository_that_package_json_does_not_name_is_refused(
        self, signing, refused, repository
    ):
        data = signing.data(repository=repository)

        code, message = refused(lambda claims: signing.bundle(claims, data=data), data=data)

        assert code == "provenance-repository"
        assert message == (
            'Failed to validate repository information: package.json: "repository.url" is'
            f" `{repository or ''}`, expected to match `{REPOSITORY}` from provenance"
        )


def _with_subjects(signing, claims, bundle, count):
    """The same provenance about several subjects, signed anew."""
    stated = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    stated["subject"] *= count
    signer = CertificateSigner(identity=identity_of(claims, Provider.GITHUB))
    payload = json.dumps(stated).encode()
    return bundle_of(signing.authority, payload, signer, now=signing.world.clock())


@pytest.mark.case("L12")
@pytest.mark.parametrize(
    "written",
    [
        f"git+{REPOSITORY}.git",
        {"type": "git", "url": f"{REPOSITORY}.git", "directory": "packages/widget"},
        "git+ssh://git@forge.example.test/acme/rocket.git",
        "git@forge.example.test:acme/rocket.git",
        "https://FORGE.example.test/acme/rocket/",
        f"{REPOSITORY}#main",
    ],
)
def test_package_json_may_write_its_repository_as_npm_lets_it(world, signing, written):
    data = signing.data(repository=written)

    assert signing.published(data=data).status == 201


@pytest.mark.case("L12")
@pytest.mark.parametrize(
    "written",
    [
        f"{FORGE}/acme/rocket/../other",
        f"{FORGE}/acme/%2e%2e/other",
        f"{FORGE}\\acme\\rocket",
        f"{FORGE}/acme/rocket.git/more",
        f"{FORGE}/acme/ROCKET",
        "https://evil.example.test/acme/rocket",
        "https://forge.example.test.evil.example.test/acme/rocket",
        f"https://evil.example.test/?{REPOSITORY}",
        "javascript:https://forge.example.test/acme/rocket",
    ],
)
def test_a_repository_that_only_looks_alike_is_refused(world, signing, written):
    data = signing.data(repository=written)

    assert signing.published(data=data).code == "provenance-repository"


RENAMED = {
    "repository": "acme-inc/rocket2",
    "repository_owner": "acme-inc",
    "workflow_ref": "acme-inc/rocket2/.github/workflows/release.yml@refs/tags/v1.2.0",
    "job_workflow_ref": "acme-inc/rocket2/.github/workflows/release.yml@refs/tags/v1.2.0",
}


class TestRenamed:
    """The repository moved: same ids, another name."""

    def test_package_json_may_still_have_the_earlier_name(self, world, signing):
        answer = signing.published(signing.run(**RENAMED))

        assert answer.status == 201, answer.body

    def test_package_json_may_have_todays_name(self, world, signing):
        data = signing.data(repository=f"{FORGE}/acme-inc/rocket2")

        assert signing.published(signing.run(**RENAMED), data=data).status == 201

    @pytest.mark.stores
    def test_every_name_on_the_way_counts(self, world, signing):
        signing.published(signing.run(**RENAMED))
        again = {name: text.replace("rocket2", "rocket3") for name, text in RENAMED.items()}
        data = signing.data(version="1.0.1", repository=f"{FORGE}/acme-inc/rocket2")

        answer = signing.published(signing.run(**again), data=data, version="1.0.1")

        assert answer.status == 201, answer.body

    def test_a_name_that_it_never_had_is_refused(self, world, signing):
        data = signing.data(repository=f"{FORGE}/acme/rocket2")

        answer = signing.published(signing.run(**RENAMED), data=data)

        assert answer.code == "provenance-repository"


class TestPolicy:
    """What an administrator lets through."""

    @pytest.fixture
    def signing(self, world, widget):
        world.trust(runners=("hosted", "self-hosted"))
        return Signing(world)

    def test_a_self_hosted_runner_is_refused_in_npms_words(self, world, signing):
        answer = signing.published(signing.run(runner_environment="self-hosted"))

        assert answer.code == "provenance-runner"
        assert answer.json["message"].startswith(
            f'{BEGINNING}Unsupported GitHub Actions runner environment: "self-hosted"'
        )

    def test_a_self_hosted_runner_may_be_allowed(self, world, signing):
        signing.believe(self_hosted=True)

        assert signing.published(signing.run(runner_environment="self-hosted")).status == 201

    @pytest.mark.parametrize("visibility", ["private", "internal"])
    def test_a_private_source_may_have_provenance(self, world, signing, visibility):
        assert signing.published(signing.run(repository_visibility=visibility)).status == 201

    def test_a_private_source_may_be_refused_in_npms_words(self, world, signing):
        signing.believe(visibilities=frozenset({Visibility.PUBLIC}))

        answer = signing.published(signing.run(repository_visibility="private"))

        assert answer.code == "provenance-visibility"
        assert answer.json["message"].startswith(
            f'{BEGINNING}Unsupported GitHub Actions source repository visibility: "private"'
        )

    def test_without_a_trust_domain_nothing_is_taken(self, world, signing):
        signing.believe(domains=())

        answer = signing.published()

        assert (answer.status, answer.code) == (422, "provenance-undecided")

    def test_the_first_domain_that_verifies_it_is_named(self, world, signing):
        another = domain(stand_in("another"), name="another")
        signing.believe(domains=(another, domain(signing.authority, name="ours")))

        assert "its provenance is verified (ours)" in signing.published().notice


class TestByToken:
    """A token proves no run, so the provenance must speak for itself."""

    @pytest.fixture
    def signing(self, world, widget):
        return Signing(world)

    def test_provenance_of_any_run_is_taken_where_there_is_no_publisher(
        self, world, widget, signing
    ):
        answer = signing.publish(widget.token, signing.bundle(signing.run()))

        assert answer.status == 201, answer.body
        assert "its provenance is verified" in answer.notice

    def test_provenance_of_the_publishers_run_is_taken(self, world, widget, signing):
        world.trust()
        self._allow_tokens(world, widget)

        answer = signing.publish(widget.token, signing.bundle(signing.run()))

        assert answer.status == 201, answer.body

    @pytest.mark.case("L11")
    def test_provenance_of_another_repository_is_refused(self, world, widget, signing):
        world.trust()
        self._allow_tokens(world, widget)
        bundle = signing.bundle(signing.run(repository_id="902"))

        answer = signing.publish(widget.token, bundle)

        assert (answer.status, answer.code) == (422, "provenance-publisher")

    def test_a_rule_that_certificates_cannot_meet_refuses(self, world, widget, signing):
        world.trust(ref_protected=True)
        self._allow_tokens(world, widget)

        answer = signing.publish(widget.token, signing.bundle(signing.run()))

        assert answer.code == "provenance-publisher"

    def test_a_pending_publisher_of_somebody_else_demands_nothing(self, world, widget, signing):
        world.trust("@acme/new", by=world.person("somebody"), repository_id="666")
        bundle = signing.bundle(signing.run(), package="@acme/new")

        answer = signing.publish(widget.token, bundle, package="@acme/new")

        assert answer.status == 201, answer.body

    def _allow_tokens(self, world, person):
        answer = world.request(
            "POST",
            "/-/package/@acme%2fwidget/access",
            body={"publish_requires_tfa": True, "automation_token_overrides_tfa": True},
            token=person.token,
            npm_otp=world.otp(person),
        )
        assert answer.status == 200, answer.body


class TestStaged:
    """Verified when it is staged, recorded when it is approved."""

    @pytest.fixture
    def signing(self, world, widget):
        world.trust(permissions=("stage",))
        return Signing(world)

    def stage(self, signing, **changes):
        claims = signing.run()
        token = signing.world.credential(signing.world.sign(claims))
        return signing.publish(token, signing.bundle(claims, **changes), stages=True)

    def approve(self, world, widget, staged_id):
        path = f"/-/stage/{staged_id}/approve"
        return world.request("POST", path, token=widget.token, npm_otp=world.otp(widget))

    def test_it_is_refused_when_it_is_staged(self, signing):
        assert self.stage(signing, sha512="00" * 64).code == "provenance-subject"

    @pytest.mark.stores
    def test_it_is_told_before_the_approval_and_served_after_it(self, world, widget, signing):
        staged_id = self.stage(signing).json["stageId"]
        item = world.request("GET", f"/-/stage/{staged_id}", token=widget.token).json
        before = world.request("GET", PATH).status
        world.clock.pass_(86_400)

        approved = self.approve(world, widget, staged_id)

        assert (item["provenance"], before) == ("verified (private)", 404)
        assert approved.status == 201, approved.body
        assert len(world.request("GET", PATH).json["attestations"]) == 2

    def test_what_the_package_demands_since_is_demanded_of_it(self, world, widget, signing):
        claims = signing.run()
        staged = world.stage(world.credential(world.sign(claims)))
        _demand(world)

        answer = self.approve(world, widget, staged.json["stageId"])

        assert (answer.status, answer.code) == (422, "provenance-required")


def _demand(world):
    name = PackageName.parse("@acme/widget")
    set_package(world.registry, name, column="provenance_required", value=True, by="operator")


def test_a_package_may_demand_provenance(world, signing):
    _demand(world)

    without = world.put(world.credential())
    with_it = signing.published()

    assert (without.status, without.code) == (422, "provenance-required")
    assert with_it.status == 201


def test_the_same_publication_again_is_answered_as_before(world, signing):
    claims = signing.run()
    bundle = signing.bundle(claims)
    credential = world.credential(world.sign(claims))
    signing.publish(credential, bundle)

    assert signing.publish(credential, bundle).status == 200
    assert len(world.request("GET", PATH).json["attestations"]) == 2


def test_who_may_not_publish_is_told_that_first(world, signing):
    stranger = world.person("stranger")

    answer = world.put(stranger.token, data=signing.data(), attachments=attached("{}"))

    assert answer.code == "not-an-owner"
