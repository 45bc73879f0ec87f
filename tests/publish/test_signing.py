"""Provenance is signed at one's own instance, and verified before anybody gets it."""

from __future__ import annotations

import json
import time

import pytest

from imprint.attestations.domains import AllowedIssuer, Thresholds, TrustDomain
from imprint.attestations.reading.trusted_roots import read_trusted_root
from imprint.attestations.statement_rules import ExpectedSubject
from imprint.demo.issuer import StandInIssuer
from imprint.identity.workload import Provider
from imprint.publish.ambient import ambient_token
from imprint.publish.packed import read_packed
from imprint.publish.provenance import provenance_statement
from imprint.publish.signing import Signed, Signer, sign, signer_of
from imprint.refusals import Malformed, Refusal, Unavailable
from imprint.upstream.trust.documents import SigningAddresses
from imprint.upstream.trust.store import load_trust
from tests.authority import documents
from tests.authority.authority import Authority
from tests.support import ci
from tests.support.instances import running_authority
from tests.support.tarballs import tarball


@pytest.fixture(scope="module")
def issuer():
    with StandInIssuer() as running:
        yield running


@pytest.fixture(scope="module")
def face(issuer):
    with running_authority(issuer) as running:
        yield running


@pytest.fixture
def packed(tmp_path):
    path = tmp_path / "widget.tgz"
    path.write_bytes(tarball("@acme/widget", "1.0.0"))
    return read_packed(path)


@pytest.fixture
def signer(issuer, face):
    """The stand-in as a trust domain; what differs is said."""

    def make(*, authority=None, thresholds=None, **addresses):
        named = {"fulcio": face.address, "rekor": face.address, **addresses}
        root = documents.trusted_root(authority or face.authority)
        domain = TrustDomain(
            name="private",
            root=read_trusted_root(json.dumps(root).encode()),
            thresholds=thresholds or Thresholds(),
            issuers=(AllowedIssuer(url=issuer.github, provider=Provider.GITHUB),),
            digest="d0" * 32,
        )
        return Signer(domain=domain, addresses=SigningAddresses(**named), clock=time.time)

    return make


@pytest.fixture
def signed(issuer, signer, packed):
    """Sign as a job does; what differs is said."""

    def attempt(*, audience=None, claimed=(), **domain):
        chosen, job = signer(**domain), ci.github(issuer)
        token = ambient_token(job, audience=audience or chosen.audience)
        subject = ExpectedSubject(name=packed.name, version="1.0.0", sha512=packed.digests.sha512)
        statement = provenance_statement(packed, {**job, **dict(claimed)})
        return sign(statement, signer=chosen, id_token=token, subject=subject)

    return attempt


def test_a_run_signs_and_the_bundle_is_of_the_third_version(signed):
    found = signed()

    assert isinstance(found, Signed)
    bundle = json.loads(found.bundle)
    assert found.domain == "private"
    assert bundle["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert str(found.log_index) == bundle["verificationMaterial"]["tlogEntries"][0]["logIndex"]


def test_the_audience_is_the_instance_and_never_the_public_one(face, signer):
    host = face.address.removeprefix("http://")

    assert signer().audience == f"imprint-authority:{host}"


def test_an_id_token_for_the_registry_buys_no_certificate(signed):
    with pytest.raises(Unavailable) as raised:
        signed(audience=ci.AUDIENCE)

    assert raised.value.code == "sigstore-refused"


def test_what_an_instance_signs_that_is_not_believed_is_not_given_out(signed):
    found = signed(authority=Authority(seed="another"))

    assert isinstance(found, Refusal)
    assert found.code == "provenance-unverified"


def test_an_environment_that_lies_is_found_out_here(signed):
    found = signed(claimed={"GITHUB_SHA": "0" * 40}.items())

    assert isinstance(found, Refusal)
    assert "PREDICATE_CERT_MISMATCH" in found.message
    assert [mismatch.actual for mismatch in found.mismatches] == ["0" * 40]


def test_without_a_log_the_time_is_a_timestamp_authoritys(face, signed):
    found = signed(
        rekor=None,
        timestamp=f"{face.address}/api/v1/timestamp",
        thresholds=Thresholds(log_entries=0),
    )

    assert isinstance(found, Signed)
    assert found.log_index is None


@pytest.mark.parametrize("name", ["private", "github-internal"])
def test_a_domain_that_names_no_services_cannot_sign(tmp_path, name):
    with pytest.raises(Malformed) as raised:
        signer_of(load_trust(tmp_path), name, clock=time.time)

    assert raised.value.code == "no-signing-service"
