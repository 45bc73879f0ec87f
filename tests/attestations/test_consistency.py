"""Predicates, packuments and package.json against the certificate."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.bundles import Envelope
from imprint.attestations.certified import certified_claims
from imprint.attestations.codes import Code
from imprint.attestations.consistency import (
    predicate_finding,
    publication_findings,
    repository_finding,
)
from imprint.attestations.findings import Severity
from imprint.attestations.predicates import (
    ACTION_BUILD_TYPE,
    SLSA_V02,
    SLSA_V1,
    read_claims,
)
from imprint.attestations.reading.statements import Statement
from imprint.attestations.single import verify_single
from imprint.attestations.workloads import read_identity
from imprint.npm.integrity import Digests
from imprint.npm.published import ClaimedAttestations, PublishedVersion
from imprint.refusals import Mismatch
from tests.authority.statements import github_predicate, gitlab_predicate
from tests.support.attested import RUN, domain, read, registry_keys, stand_in, whole
from tests.support.certificates import (
    ISSUERS,
    certificate,
    github_extensions,
    gitlab_extensions,
    legacy,
)
from tests.support.claims import COMMIT, NOW, github_claims, gitlab_claims

GITHUB = github_extensions(github_claims())
GITLAB = gitlab_extensions(gitlab_claims(ref="v1.2.0", ref_type="tag"))
FORGE = "https://forge.example.test"
LEGACY_REPOSITORY = "https://github.com/acme/rocket"
"""Certificates of names alone are all of one forge."""
DIGESTS = Digests.of(b"tarball")


def statement(predicate, predicate_type=SLSA_V1):
    return Statement(
        type="https://in-toto.io/Statement/v1",
        predicate_type=predicate_type,
        subjects=(),
        predicate=predicate,
    )


def github_v02(extensions=None, entry_point=".github/workflows/release.yml", **environment):
    said = GITHUB | (extensions or {})
    repository = said[12]
    material = {"uri": f"git+{repository}@{said[14]}", "digest": {"sha1": said[13]}}
    run, _, attempt = said[21].partition("/runs/")[2].partition("/attempts/")
    return statement(
        {
            "buildType": "https://github.com/npm/cli/gha/v2",
            "builder": {"id": "https://github.com/actions/runner"},
            "invocation": {
                "configSource": {**material, "entryPoint": entry_point},
                "environment": {
                    "GITHUB_EVENT_NAME": said[20],
                    "GITHUB_REF": said[14],
                    "GITHUB_REPOSITORY": "acme/rocket",
                    "GITHUB_REPOSITORY_ID": said[15],
                    "GITHUB_REPOSITORY_OWNER_ID": said[17],
                    **environment,
                },
            },
            "metadata": {"buildInvocationId": f"{run}-{attempt}"},
            "materials": [material],
        },
        SLSA_V02,
    )


def finding_of(said, extensions=None):
    signed = certificate(GITHUB if extensions is None else extensions)
    workload = read_identity(signed, ISSUERS).workload
    assert workload is not None
    return predicate_finding(said, certificate=signed, workload=workload)


def claims_of(finding):
    return {mismatch.claim for mismatch in finding.mismatches}


def changed(predicate, *path, to):
    """The same predicate with one member changed."""
    copy = json.loads(json.dumps(predicate))
    place = copy
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = to
    return copy


def test_a_predicate_of_the_same_run_agrees():
    assert finding_of(statement(github_predicate(GITHUB))) is None


def test_a_gitlab_predicate_of_the_same_run_agrees():
    assert finding_of(statement(gitlab_predicate(GITLAB), SLSA_V02), GITLAB) is None


@pytest.mark.parametrize(
    "entry_point",
    [
        ".github/workflows/release.yml",
        "acme/rocket/.github/workflows/release.yml@refs/tags/v1.2.0",
        "release",
    ],
)
def test_an_early_predicate_agrees_in_every_form_of_its_entry_point(entry_point):
    early = github_v02({12: LEGACY_REPOSITORY}, entry_point=entry_point)

    assert finding_of(github_v02(entry_point=entry_point)) is None
    assert finding_of(early, legacy(GITHUB)) is None


def test_a_tag_of_a_scoped_package_is_one_ref():
    tag = "refs/tags/@acme/rocket@1.2.0"
    claims = github_claims(
        ref=tag,
        workflow_ref=f"acme/rocket/.github/workflows/release.yml@{tag}",
        job_workflow_ref=f"acme/rocket/.github/workflows/release.yml@{tag}",
    )
    extensions = github_extensions(claims)
    entry_point = f"acme/rocket/.github/workflows/release.yml@{tag}"

    assert finding_of(github_v02(extensions), extensions) is None
    assert finding_of(github_v02(extensions, entry_point=entry_point), extensions) is None


@pytest.mark.parametrize(
    ("entry_point", "claim"),
    [
        (".github/workflows/other.yml", "workflow_path"),
        ("acme/other/.github/workflows/release.yml@refs/tags/v1.2.0", "repository_name"),
        ("acme/rocket/.github/workflows/release.yml@refs/tags/v9", "ref"),
    ],
)
def test_a_lie_in_an_entry_point_is_found(entry_point, claim):
    finding = finding_of(github_v02(entry_point=entry_point))

    assert finding is not None
    assert claim in claims_of(finding)


def test_names_alone_are_enough_to_find_a_lie_in_an_early_predicate():
    finding = finding_of(
        github_v02(
            {12: LEGACY_REPOSITORY},
            entry_point="acme/other/.github/workflows/release.yml@refs/tags/v1.2.0",
        ),
        legacy(GITHUB),
    )

    assert finding is not None
    assert claims_of(finding) == {"repository_name"}


@pytest.mark.parametrize(
    ("path", "value", "claim"),
    [
        (("externalParameters", "workflow", "repository"), f"{FORGE}/acme/other", "repository"),
        (("externalParameters", "workflow", "path"), ".github/workflows/x.yml", "workflow_path"),
        (("externalParameters", "workflow", "ref"), "refs/heads/main", "workflow_ref"),
        (("internalParameters", "github", "event_name"), "release", "event"),
        (("internalParameters", "github", "repository_id"), "902", "repository_id"),
        (("internalParameters", "github", "repository_id"), 902, "repository_id"),
        (("internalParameters", "github", "repository_owner_id"), "43", "owner_id"),
        (("internalParameters", "github", "repository_owner_id"), ["42"], "owner_id"),
        (("resolvedDependencies", 0, "digest", "gitCommit"), "0" * 40, "commit"),
    ],
)
def test_each_lie_in_a_build_definition_is_found(path, value, claim):
    said = changed(github_predicate(GITHUB), "buildDefinition", *path, to=value)

    finding = finding_of(statement(said))

    assert finding is not None
    assert claims_of(finding) == {claim}


@pytest.mark.parametrize(
    ("path", "value", "claim"),
    [
        (("builder", "id"), "https://github.com/actions/runner/self-hosted", "builder"),
        (("metadata", "invocationId"), f"{FORGE}/acme/rocket/actions/runs/1/attempts/1", "run"),
    ],
)
def test_each_lie_in_the_details_of_a_run_is_found(path, value, claim):
    finding = finding_of(
        statement(changed(github_predicate(GITHUB), "runDetails", *path, to=value))
    )

    assert finding is not None
    assert claims_of(finding) == {claim}


@pytest.mark.parametrize(
    ("name", "value", "claim"),
    [
        ("GITHUB_REF", "refs/heads/main", "ref"),
        ("GITHUB_EVENT_NAME", "release", "event"),
        ("GITHUB_REPOSITORY", "acme/other", "repository_name"),
        ("GITHUB_REPOSITORY_ID", "902", "repository_id"),
        ("GITHUB_REPOSITORY_OWNER_ID", "43", "owner_id"),
        ("GITHUB_SHA", "0" * 40, "commit"),
        ("GITHUB_RUN_ID", "1", "run_id"),
        ("GITHUB_RUN_ATTEMPT", "2", "run_attempt"),
        ("GITHUB_WORKFLOW_REF", "acme/rocket/.github/workflows/x.yml@refs/tags/v1", "workflow"),
        ("GITHUB_WORKFLOW_SHA", "0" * 40, "workflow_sha"),
    ],
)
def test_each_lie_in_an_early_environment_is_found(name, value, claim):
    finding = finding_of(github_v02(**{name: value}))

    assert finding is not None
    assert claims_of(finding) == {claim}


@pytest.mark.parametrize(
    ("name", "value", "claim"),
    [
        ("CI_COMMIT_REF_NAME", "main", "ref_name"),
        ("CI_PIPELINE_SOURCE", "web", "event"),
        ("CI_PROJECT_ID", "1", "repository_id"),
        ("CI_PROJECT_NAMESPACE_ID", "1", "owner_id"),
        ("CI_PROJECT_PATH", "acme/other", "repository_name"),
    ],
)
def test_each_lie_in_a_gitlab_predicate_is_found(name, value, claim):
    said = changed(gitlab_predicate(GITLAB), "invocation", "parameters", name, to=value)

    finding = finding_of(statement(said, SLSA_V02), GITLAB)

    assert finding is not None
    assert claims_of(finding) == {claim}


def test_what_gitlab_says_of_protection_is_never_compared():
    said = changed(
        gitlab_predicate(GITLAB), "invocation", "parameters", "CI_COMMIT_REF_PROTECTED", to="maybe"
    )

    assert finding_of(statement(said, SLSA_V02), GITLAB) is None


def test_an_actions_predicate_names_the_signing_workflow_as_its_builder():
    said = changed(github_predicate(GITHUB), "buildDefinition", "buildType", to=ACTION_BUILD_TYPE)
    right = changed(said, "runDetails", "builder", "id", to=GITHUB[9])
    wrong = changed(said, "runDetails", "builder", "id", to=f"{FORGE}/acme/other/.github/x.yml@v1")

    assert finding_of(statement(right)) is None
    finding = finding_of(statement(wrong))
    assert finding is not None
    assert claims_of(finding) == {"signer"}


@pytest.mark.parametrize(
    "uri",
    [
        "git+https://forge.example.test/acme/rocket.git@refs/tags/v1.2.0",
        "git+ssh://forge.example.test/acme/rocket",
        "git+ssh://git@forge.example.test/acme/rocket@refs/tags/@acme/rocket@1.2.0",
        "https://FORGE.example.test/acme/rocket/",
    ],
)
def test_another_spelling_of_the_repository_hides_no_commit(uri):
    other = {"uri": uri, "digest": {"gitCommit": "0" * 40}}

    finding = finding_of(
        statement(
            changed(github_predicate(GITHUB), "buildDefinition", "resolvedDependencies", to=[other])
        )
    )

    assert finding is not None
    assert claims_of(finding) == {"commit"}


def test_other_dependencies_are_free():
    other = {"uri": "git+https://forge.example.test/acme/lib@v1", "digest": {"gitCommit": "1" * 40}}
    predicate = github_predicate(GITHUB)
    predicate["buildDefinition"]["resolvedDependencies"].append(other)

    assert finding_of(statement(predicate)) is None


def test_a_mismatch_is_critical_and_names_both_sides():
    said = changed(
        github_predicate(GITHUB),
        "buildDefinition",
        "internalParameters",
        "github",
        "repository_id",
        to="902",
    )

    finding = finding_of(statement(said))

    assert finding is not None
    assert finding.code == Code.PREDICATE_CERT_MISMATCH
    assert finding.severity is Severity.CRITICAL
    assert finding.message == (
        "the predicate's repository id is `902`, expected `901` as in the certificate"
    )
    assert finding.mismatches == (Mismatch(claim="repository_id", expected="901", actual="902"),)


def test_an_unknown_build_type_claims_nothing_that_is_known_here():
    assert read_claims(statement({"buildDefinition": {"buildType": "https://x.test"}})) is None
    assert read_claims(statement({"buildType": "https://x.test"}, SLSA_V02)) is None
    assert read_claims(statement({}, "https://x.test/predicate")) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(path=st.sampled_from(["externalParameters", "internalParameters"]), value=json_values)
def test_reading_a_predicate_is_total(path, value):
    said = changed(github_predicate(GITHUB), "buildDefinition", path, to=value)

    assert read_claims(statement(said)) is not None
    finding_of(statement(said))


@given(name=st.sampled_from(["invocation", "materials", "metadata"]), value=json_values)
def test_reading_an_early_predicate_is_total(name, value):
    said = statement(github_v02().predicate | {name: value}, SLSA_V02)

    assert read_claims(said) is not None
    finding_of(said)


def test_certified_facts_have_only_what_the_certificate_says():
    signed = certificate(legacy(GITHUB))
    workload = read_identity(signed, ISSUERS).workload
    assert workload is not None

    assert certified_claims(signed, workload) == {
        "repository": "https://github.com/acme/rocket",
        "repository_name": "acme/rocket",
        "ref": "refs/tags/v1.2.0",
        "ref_name": "v1.2.0",
        "event": "push",
        "commit": COMMIT,
    }


@pytest.fixture(scope="module")
def proof():
    authority = stand_in()
    verdict = verify_single(
        read(whole(authority, signer=RUN)),
        domains=(domain(authority),),
        keys=registry_keys(),
        now=NOW + 60,
    )
    assert isinstance(verdict.proof.content, Envelope)
    return verdict.proof


def published(**overrides):
    return PublishedVersion(
        **{
            "name": "@acme/rocket",
            "version": "1.2.0",
            "integrity": DIGESTS.integrity,
            "tarball": None,
            "signatures": (),
            "attestations": ClaimedAttestations(url=None, provenance_type=SLSA_V1),
            "publisher": None,
            "repository": None,
            "commit": COMMIT,
            "published_at": NOW + 30,
            **overrides,
        }
    )


def findings(proof, *, labels=(), **overrides):
    found = publication_findings(
        published(**overrides),
        proof=proof,
        provenance_type=SLSA_V1,
        sha512=DIGESTS.sha512,
        labels=labels,
    )
    return [(finding.code, finding.severity) for finding in found]


def test_a_publication_that_says_what_was_signed_has_no_findings(proof):
    assert findings(proof, repository=proof.certificate.extensions[12] + ".git") == []


def test_fields_that_are_not_there_are_not_compared(proof):
    nothing = {
        "integrity": None,
        "attestations": None,
        "repository": None,
        "commit": None,
        "published_at": None,
    }

    assert findings(proof, **nothing) == []


@pytest.mark.parametrize(
    ("field", "value", "code", "severity"),
    [
        ("repository", "github:evil/fork", "repository-differs", Severity.CRITICAL),
        ("repository", "nonsense", "repository-differs", Severity.CRITICAL),
        ("commit", "0" * 40, "commit-differs", Severity.MEDIUM),
        (
            "attestations",
            ClaimedAttestations(url=None, provenance_type=SLSA_V02),
            "provenance-type-differs",
            Severity.HIGH,
        ),
        ("integrity", Digests.of(b"x").integrity, "integrity-differs", Severity.CRITICAL),
        ("integrity", "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "integrity-differs", Severity.CRITICAL),
        ("integrity", "?", "integrity-differs", Severity.CRITICAL),
        ("published_at", NOW + 90_000, "published-long-after-signing", Severity.MEDIUM),
        ("published_at", NOW - 90_000, "published-long-after-signing", Severity.MEDIUM),
    ],
)
def test_each_disagreement_of_a_publication_is_a_finding(proof, field, value, code, severity):
    assert findings(proof, **{field: value}) == [(code, severity)]


def test_an_earlier_name_of_the_same_repository_is_right(proof):
    labels = ("https://forge.example.test/old/name",)

    claimed = "git+https://forge.example.test/old/name.git"

    assert findings(proof, repository=claimed, labels=labels) == []
    assert findings(proof, repository=claimed) != []


def test_a_certificate_without_a_repository_compares_nothing():
    assert repository_finding("acme/rocket", None) is None
