"""The pure decisions on provenance: total, exact, and in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from imprint.attestations.statement_rules import ExpectedSubject
from imprint.identity.claims import read_claims
from imprint.identity.extensions import read_extensions
from imprint.identity.workload import ABSENT, UNKNOWN, Provider, Workload
from imprint.npm.names import PackageName
from imprint.refusals import Refusal
from imprint.registry.attesting.provenance import Offered, verify_provenance
from imprint.registry.attesting.runs import judge_run
from imprint.registry.attesting.sources import judge_repository
from imprint.registry.policies import AttestationPolicy
from tests.authority.identities import FORGE, identity_of
from tests.support.attested import domain, stand_in, whole
from tests.support.claims import (
    CIRCLECI_ISSUER,
    GENERIC_ISSUER,
    GITHUB_ISSUER,
    GITLAB_ISSUER,
    NOW,
    circleci_claims,
    generic_claims,
    github_claims,
    gitlab_claims,
)

CLAIMS = {
    Provider.GITHUB: (GITHUB_ISSUER, github_claims()),
    Provider.GITLAB: (GITLAB_ISSUER, gitlab_claims()),
    Provider.CIRCLECI: (CIRCLECI_ISSUER, circleci_claims()),
    Provider.GENERIC: (GENERIC_ISSUER, generic_claims()),
}
COMPARED = (
    *("repository_id", "owner_id", "run_id", "run_attempt", "commit", "ref"),
    *("caller_workflow_ref", "called_workflow_ref", "environment"),
)
POLICY = AttestationPolicy(domains=(domain(),))
SUBJECT = ExpectedSubject(name=PackageName.parse("@acme/rocket"), version="1.2.0", sha512="5a" * 64)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def publisher(provider: Provider) -> Workload:
    """The run as its ID token has it."""
    issuer, claims = CLAIMS[provider]
    return read_claims(claims, issuer_url=issuer, provider=provider).workload


def signer(provider: Provider) -> Workload:
    """The same run as its certificate has it."""
    issuer, claims = CLAIMS[provider]
    extensions = identity_of(claims, provider).extensions
    return read_extensions(extensions, issuer_url=issuer, provider=provider)


def changed(workload: Workload, **fields: Any) -> Workload:
    """The same run, but for these fields."""
    return replace(workload, **fields)


def offered(bundle: object) -> Offered:
    raw = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
    return Offered(raw=raw, subject=SUBJECT)


@pytest.mark.parametrize("provider", [Provider.GITHUB, Provider.GITLAB, Provider.CIRCLECI])
def test_a_run_is_itself_by_its_token_and_by_its_certificate(provider):
    assert judge_run(signer(provider), publisher(provider)) is None


def test_a_generic_issuers_run_cannot_be_told_from_another():
    refusal = judge_run(signer(Provider.GENERIC), publisher(Provider.GENERIC))

    assert refusal is not None
    assert "cannot be told" in refusal.message


@pytest.mark.parametrize("field", COMPARED)
@pytest.mark.parametrize("value", ["other", UNKNOWN, ABSENT])
def test_what_is_compared_is_compared_to_the_letter_and_in_both_directions(field, value):
    one, other = signer(Provider.GITHUB), publisher(Provider.GITHUB)
    altered = changed(one, **{field: value}), changed(other, **{field: value})

    refusals = [judge_run(altered[0], other), judge_run(one, altered[1])]

    # Not knowing a commit, ref or environment is no difference; whose run it is must be known.
    may_be_unknown = value is UNKNOWN and field in ("commit", "ref", "environment")
    assert [refusal is None for refusal in refusals] == [may_be_unknown] * 2


@pytest.mark.parametrize("field", ["issuer", "provider"])
def test_another_issuers_run_is_another(field):
    other = {"issuer": f"{GITHUB_ISSUER}/", "provider": Provider.GITLAB}[field]

    refusal = judge_run(
        changed(signer(Provider.GITHUB), **{field: other}), publisher(Provider.GITHUB)
    )

    assert refusal is not None
    assert refusal.mismatches[0].claim == "iss"


def test_what_is_not_compared_makes_no_difference():
    free = {*Workload.__struct_fields__} - {*COMPARED, "issuer", "provider"}
    nothing = dict.fromkeys(free, UNKNOWN)

    assert (
        judge_run(changed(signer(Provider.GITHUB), **nothing), publisher(Provider.GITHUB)) is None
    )


@given(raw=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_is_attached_is_refused_in_one_line(raw):
    verdict = verify_provenance(offered(raw), policy=POLICY, now=NOW)

    assert isinstance(verdict, Refusal)
    assert verdict.code == "provenance-malformed"
    assert verdict.message.isprintable()


@given(data=st.data())
def test_a_bundle_with_anything_else_in_one_place_is_refused_or_is_the_same(data):
    bundle = whole(stand_in())
    place = data.draw(st.sampled_from(["mediaType", "verificationMaterial", "dsseEnvelope"]))
    bundle[place] = data.draw(JSON)

    verdict = verify_provenance(offered(bundle), policy=POLICY, now=NOW)

    assert isinstance(verdict, Refusal)
    assert verdict.message.isprintable()


def test_the_bundle_itself_is_taken():
    verdict = verify_provenance(offered(whole(stand_in())), policy=POLICY, now=NOW)

    assert not isinstance(verdict, Refusal)
    assert (verdict.record.domain, verdict.record.level) == ("private", "full")
    assert verdict.repository_address == f"{FORGE}/acme/rocket"


@given(value=JSON)
def test_no_repository_but_the_right_one_is_taken(value):
    refusal = judge_repository(
        value, address=f"{FORGE}/acme/rocket", name="acme/rocket", labels=("acme/old",)
    )

    assert refusal is not None
    assert refusal.message.isprintable()


@pytest.mark.parametrize("label", ["", "/", "../evil", "acme/rocket"])
def test_an_odd_label_opens_nothing(label):
    refusal = judge_repository(
        f"{FORGE}/evil/rocket", address=f"{FORGE}/acme/rocket", name="acme/rocket", labels=(label,)
    )

    assert refusal is not None
