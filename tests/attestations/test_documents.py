"""A whole document: each rule refuses what it is there for, and names it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.codes import Code
from imprint.attestations.documents import verify_document
from imprint.attestations.findings import Severity
from imprint.attestations.proof import CertificateProof, KeyProof, Level
from imprint.attestations.reading.documents import Document, parse_document
from imprint.attestations.single import verify_single
from imprint.attestations.statement_rules import ExpectedSubject
from imprint.attestations.verdicts import State
from imprint.npm.names import PackageName
from imprint.refusals import Malformed
from tests.authority.bundles import CertificateSigner, KeySigner
from tests.authority.identities import identity_of
from tests.authority.keys import curve_key
from tests.authority.statements import (
    PROVENANCE,
    PROVENANCE_V0_2,
    PUBLISH,
    github_predicate,
    publish_predicate,
    statement,
)
from tests.support.attested import (
    IDENTITY,
    PROVENANCE_STATEMENT,
    PUBLISH_STATEMENT,
    REGISTRY,
    RUN,
    SHA512,
    domain,
    read,
    registry_keys,
    stand_in,
    whole,
)
from tests.support.claims import NOW, github_claims

AUTHORITY = stand_in()
DOMAIN = domain(AUTHORITY)
UNKNOWN_TYPE = "https://predicates.example.test/reviewed/v1"
PREDICATE = github_predicate(IDENTITY.extensions)
PUBLISHED = publish_predicate("@acme/rocket", "1.2.0")


def said(predicate_type=PROVENANCE, predicate=PREDICATE, *, sha512=SHA512, version="1.2.0", **more):
    payload = json.loads(
        statement(
            "@acme/rocket",
            version,
            sha512=sha512,
            predicate_type=predicate_type,
            predicate=predicate,
        )
    )
    return json.dumps(payload | more).encode()


def entry(payload=PROVENANCE_STATEMENT, signer=RUN, *, listed=None, **edits):
    bundle = whole(AUTHORITY, payload=payload, signer=signer) | edits
    predicate_type = json.loads(payload)["predicateType"] if listed is None else listed
    return {"predicateType": predicate_type, "bundle": bundle}


PROVENANCE_ENTRY = entry()
PUBLISH_ENTRY = entry(PUBLISH_STATEMENT, REGISTRY)


def judge(*entries, **overrides):
    document = parse_document(json.dumps({"attestations": entries}).encode())
    return judge_document(document, **overrides)


def judge_document(document, *, sha512=SHA512, **overrides):
    return verify_document(
        document,
        **{
            "subject": ExpectedSubject(
                name=PackageName(scope="acme", name="rocket"), version="1.2.0", sha512=sha512
            ),
            "domains": (DOMAIN,),
            "keys": registry_keys(),
            "registry": "registry.example.test",
            "now": NOW + 60,
            "provenance_expected": True,
            "publish_expected": True,
            **overrides,
        },
    )


def test_a_whole_document_is_verified_and_says_who_published():
    verdict = judge(PUBLISH_ENTRY, PROVENANCE_ENTRY)

    assert (verdict.state, verdict.code) == (State.VERIFIED, None)
    assert isinstance(verdict.provenance, CertificateProof)
    assert verdict.provenance.level is Level.FULL
    assert verdict.provenance.workload is not None
    assert verdict.provenance.workload.repository == "acme/rocket"
    assert isinstance(verdict.publish, KeyProof)
    assert verdict.sha512 == SHA512
    assert verdict.not_checked == ()
    assert [entry.domain for entry in verdict.attestations] == ["private", "private"]


def test_the_order_of_a_document_means_nothing():
    assert judge(PROVENANCE_ENTRY, PUBLISH_ENTRY).state is State.VERIFIED


def test_an_empty_document_is_refused_even_where_nothing_is_expected():
    verdict = judge(provenance_expected=False, publish_expected=False)

    assert (verdict.state, verdict.code) == (State.REJECTED, Code.EMPTY)


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([PUBLISH_ENTRY], Code.MISSING_PROVENANCE),
        ([PROVENANCE_ENTRY], Code.MISSING_PUBLISH),
    ],
)
def test_what_is_expected_must_be_there(entries, code):
    verdict = judge(*entries)

    assert (verdict.state, verdict.code) == (State.REJECTED, code)


@pytest.mark.parametrize("one", [PUBLISH_ENTRY, PROVENANCE_ENTRY])
def test_what_is_not_expected_may_be_missing(one):
    verdict = judge(one, provenance_expected=False, publish_expected=False)

    assert verdict.state is State.VERIFIED


def test_a_document_that_lacks_its_publish_attestation_still_says_who_signed():
    verdict = judge(PROVENANCE_ENTRY)

    assert verdict.state is State.REJECTED
    assert verdict.provenance is not None


@pytest.mark.parametrize(
    "entries",
    [
        [PUBLISH_ENTRY, PROVENANCE_ENTRY, PROVENANCE_ENTRY],
        [PUBLISH_ENTRY, PUBLISH_ENTRY, PROVENANCE_ENTRY],
        [PUBLISH_ENTRY, PROVENANCE_ENTRY, entry(said(PROVENANCE_V0_2, {}))],
    ],
)
def test_two_of_a_kind_are_refused(entries):
    verdict = judge(*entries)

    assert (verdict.state, verdict.code) == (State.REJECTED, Code.DUPLICATE)
    assert verdict.provenance is None or verdict.publish is None


def test_the_listed_type_must_be_the_signed_one():
    verdict = judge(PUBLISH_ENTRY, entry(listed=PROVENANCE_V0_2))

    assert (verdict.state, verdict.code) == (State.REJECTED, Code.OUTER_TYPE)


def test_a_known_type_cannot_hide_behind_an_unknown_one():
    hidden = entry(said(sha512="00" * 64), listed=UNKNOWN_TYPE)

    assert judge(PUBLISH_ENTRY, PROVENANCE_ENTRY, hidden).code == Code.OUTER_TYPE


def test_an_unknown_type_is_reported_and_not_counted():
    verdict = judge(PUBLISH_ENTRY, PROVENANCE_ENTRY, entry(said(UNKNOWN_TYPE, {})))

    assert verdict.state is State.VERIFIED
    assert [found.code for found in verdict.attestations] == [None, None, Code.UNKNOWN_TYPE]
    assert verdict.not_checked == (f"what `{UNKNOWN_TYPE}` says: the type is not understood here",)


def test_unknown_types_alone_decide_nothing():
    verdict = judge(
        entry(said(UNKNOWN_TYPE, {})), provenance_expected=False, publish_expected=False
    )

    assert verdict.state is State.UNDECIDED


def test_an_unknown_type_in_a_form_nobody_knows_does_not_spoil_the_document():
    foreign = entry(said(UNKNOWN_TYPE, {}), mediaType="application/vnd.example.bundle.v9+json")

    verdict = judge(PUBLISH_ENTRY, PROVENANCE_ENTRY, foreign)

    assert verdict.state is State.VERIFIED
    assert verdict.attestations[2].code == Code.FORMAT


def test_provenance_in_a_form_nobody_knows_is_refused():
    foreign = entry(mediaType="application/vnd.example.bundle.v9+json")

    assert judge(PUBLISH_ENTRY, foreign).code == Code.FORMAT


def test_a_publish_attestation_by_a_certificate_is_refused():
    verdict = judge(entry(PUBLISH_STATEMENT, RUN), PROVENANCE_ENTRY)

    assert (verdict.state, verdict.code) == (State.REJECTED, Code.PUBLISH_KEY)
    assert verdict.publish is None


def test_a_publish_attestation_by_another_registrys_key_is_refused():
    other = KeySigner(key=curve_key("another registry", "attestations"))

    assert judge(entry(PUBLISH_STATEMENT, other), PROVENANCE_ENTRY).code == Code.KEY


def test_provenance_by_the_registrys_key_is_refused():
    verdict = judge(PUBLISH_ENTRY, entry(signer=REGISTRY))

    assert (verdict.state, verdict.code) == (State.REJECTED, Code.ISSUER)


def test_provenance_by_an_issuer_that_is_not_allowed_is_refused():
    claims = github_claims(iss="https://login.example.test")
    stranger = CertificateSigner(identity=identity_of(claims, DOMAIN.issuers[0].provider))

    verdict = judge(PUBLISH_ENTRY, entry(signer=stranger))

    assert (verdict.state, verdict.code) == (State.REJECTED, Code.ISSUER)
    assert verdict.provenance is None


@pytest.mark.parametrize(
    "payload",
    [
        said(version="1.2.1"),
        said(sha512="00" * 64),
        said(subject=[]),
        said(subject=[{"name": "pkg:npm/%40acme/rocket@1.2.0", "digest": {"sha1": "00"}}]),
        said(subject=json.loads(PROVENANCE_STATEMENT)["subject"] * 2),
        said(subject=[{"name": "pkg:npm/@acme/rocket@1.2.0", "digest": {"sha512": SHA512}}]),
        said(
            subject=[{"name": "pkg:npm/%40acme/rocket@1.2.0", "digest": {"sha512": SHA512.upper()}}]
        ),
    ],
)
def test_it_is_about_this_version_and_nothing_else(payload):
    verdict = judge(PUBLISH_ENTRY, entry(payload))

    assert (verdict.state, verdict.code) == (State.REJECTED, Code.SUBJECT)


def test_without_the_tarballs_digest_all_are_about_one_tarball():
    other = entry(said(sha512="00" * 64))

    verdict = judge(PUBLISH_ENTRY, other, sha512=None)

    assert (verdict.state, verdict.code) == (State.REJECTED, Code.SUBJECT)
    assert verdict.sha512 is None


def test_without_the_tarballs_digest_that_is_said():
    verdict = judge(PUBLISH_ENTRY, PROVENANCE_ENTRY, sha512=None)

    assert verdict.state is State.VERIFIED
    assert verdict.not_checked == (
        "the tarball: its digest was not given, so it may be another one",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "@acme/racket"},
        {"version": "1.2.1"},
        {"registry": "https://other.example.test"},
        {"registry": "http://registry.example.test"},
        {"registry": "https://registry.example.test.evil.example.test"},
        {"registry": None},
        {"name": 1},
    ],
)
def test_the_registry_attests_this_version_and_itself(changes):
    lie = entry(said(PUBLISH, PUBLISHED | changes), REGISTRY)

    assert judge(lie, PROVENANCE_ENTRY).code == Code.PUBLISH_PREDICATE


@pytest.mark.parametrize("registry", ["registry.example.test", "https://REGISTRY.example.test/"])
def test_a_registry_is_its_host_however_it_is_written(registry):
    assert judge(PUBLISH_ENTRY, PROVENANCE_ENTRY, registry=registry).state is State.VERIFIED


def test_without_the_registrys_name_that_is_said():
    verdict = judge(PUBLISH_ENTRY, PROVENANCE_ENTRY, registry=None)

    assert verdict.not_checked == ("whose publish attestation it is: the registry was not named",)


def test_a_predicate_that_contradicts_the_certificate_is_refused():
    lie = json.loads(json.dumps(PREDICATE))
    lie["buildDefinition"]["internalParameters"]["github"]["repository_id"] = "902"

    verdict = judge(PUBLISH_ENTRY, entry(said(predicate=lie)))

    assert (verdict.state, verdict.code) == (State.REJECTED, Code.PREDICATE_CERT_MISMATCH)
    assert [finding.severity for finding in verdict.findings] == [Severity.CRITICAL]
    assert verdict.provenance is None


def test_a_predicate_of_an_unknown_build_type_is_named_as_not_compared():
    verdict = judge(PUBLISH_ENTRY, entry(said(predicate={})))

    assert verdict.state is State.VERIFIED
    assert verdict.not_checked == ("the provenance's predicate: its build type is not known here",)


def test_without_the_registrys_keys_nothing_is_decided():
    verdict = judge(PUBLISH_ENTRY, PROVENANCE_ENTRY, keys=None)

    assert (verdict.state, verdict.code) == (State.UNDECIDED, Code.KEY)
    assert verdict.provenance is not None
    assert verdict.not_checked == ("publish attestations: no keys of the registry are known",)


def test_without_a_trust_domain_nothing_is_decided():
    verdict = judge(PUBLISH_ENTRY, PROVENANCE_ENTRY, domains=())

    assert (verdict.state, verdict.code) == (State.UNDECIDED, Code.LOG)


def test_a_rejection_goes_before_what_is_undecided():
    verdict = judge(PUBLISH_ENTRY, entry(said(sha512="00" * 64)), keys=None)

    assert (verdict.state, verdict.code) == (State.REJECTED, Code.SUBJECT)


def test_another_domains_authority_is_not_believed():
    stranger = domain(stand_in("another"), name="other")

    assert judge(PUBLISH_ENTRY, PROVENANCE_ENTRY, domains=(stranger,)).state is State.REJECTED
    both = judge(PUBLISH_ENTRY, PROVENANCE_ENTRY, domains=(stranger, DOMAIN))
    assert [found.domain for found in both.attestations] == ["private", "private"]


def test_a_statement_that_is_none_is_refused():
    payload = said(_type="https://in-toto.io/Statement/v9")

    assert judge(PUBLISH_ENTRY, entry(payload)).code == Code.FORMAT


def test_a_single_bundle_is_judged_without_the_rules_of_documents():
    bundle = read(whole(AUTHORITY, payload=said(UNKNOWN_TYPE, {}, version="9.9.9")))

    verdict = verify_single(bundle, domains=(DOMAIN,), keys=None, now=NOW + 60)

    assert (verdict.state, verdict.predicate_type) == (State.VERIFIED, UNKNOWN_TYPE)


def test_a_single_bundle_is_judged_by_its_artifact_where_that_is_given():
    bundle = read(whole(AUTHORITY))

    def judged(digest):
        return verify_single(
            bundle, domains=(DOMAIN,), keys=None, now=NOW + 60, artifact={"sha512": digest}
        )

    assert judged(bytes.fromhex(SHA512)).state is State.VERIFIED
    assert judged(bytes(64)).code == Code.ARTIFACT


def test_a_single_bundle_with_a_lying_predicate_is_refused():
    lie = json.loads(json.dumps(PREDICATE))
    lie["buildDefinition"]["internalParameters"]["github"]["event_name"] = "release"
    bundle = read(whole(AUTHORITY, payload=said(predicate=lie)))

    verdict = verify_single(bundle, domains=(DOMAIN,), keys=None, now=NOW + 60)

    assert verdict.code == Code.PREDICATE_CERT_MISMATCH


def test_a_single_bundle_by_a_key_needs_keys():
    bundle = read(whole(AUTHORITY, signer=REGISTRY))

    def judged(**given):
        return verify_single(
            bundle, **{"domains": (DOMAIN,), "keys": None, "now": NOW + 60, **given}
        )

    assert judged().code == Code.KEY
    assert judged().state is State.UNDECIDED
    assert judged(keys=registry_keys()).state is State.VERIFIED
    assert judged(domains=()).state is State.UNDECIDED


@given(
    entries=st.lists(
        st.sampled_from([PUBLISH_ENTRY, PROVENANCE_ENTRY])
        | st.dictionaries(st.sampled_from(["predicateType", "bundle"]), st.text(max_size=5)),
        max_size=4,
    ),
    expected=st.tuples(st.booleans(), st.booleans()),
)
def test_only_what_has_every_expected_attestation_once_is_verified(entries, expected):
    try:
        document = parse_document(json.dumps({"attestations": entries}).encode())
    except Malformed:
        document = Document(attestations=())

    verdict = judge_document(
        document, provenance_expected=expected[0], publish_expected=expected[1]
    )

    counts = [entries.count(PROVENANCE_ENTRY), entries.count(PUBLISH_ENTRY)]
    enough = all(count == 1 or not wanted for count, wanted in zip(counts, expected, strict=True))
    if verdict.state is State.VERIFIED:
        assert enough
        assert max(counts) == 1
    elif enough and max(counts) == 1 and sum(counts) == len(entries):
        pytest.fail(f"{verdict.code} refuses a document that has all that it should")
