"""Asking for a certificate by an ID token: whose token, for which audience, for whose key."""

import json
import time
from ssl import DER_cert_to_PEM_cert

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from imprint.demo.issuer import StandInIssuer
from imprint.demo.runs import CircleCIJob, GitHubRun, GitLabJob
from imprint.identity.workload import Provider
from imprint.refusals import Malformed, Unavailable
from imprint.tokens.registration import new_issuer
from imprint.upstream.fetch import Fetcher
from imprint.upstream.sigstore.certificates import ask_for_certificate, audience_of
from tests.authority.authority import Authority
from tests.authority.certificates import CertificateLog, issue
from tests.authority.identities import Identity
from tests.authority.keys import curve_key
from tests.authority.server import AuthorityServer
from tests.support.answering import answering

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def issuer():
    with StandInIssuer() as running:
        yield running


@pytest.fixture(scope="module")
def face(issuer):
    urls = {
        Provider.GITHUB: issuer.github,
        Provider.GITLAB: issuer.gitlab,
        Provider.CIRCLECI: issuer.circleci,
    }
    issuers = [
        new_issuer(name=provider.value, url=url, provider=provider)
        for provider, url in urls.items()
    ]
    with AuthorityServer(Authority(), issuers=issuers) as running:
        yield running


@pytest.fixture
def key():
    return ec.generate_private_key(ec.SECP256R1())


def github_token(issuer, *, audience):
    return issuer.sign(issuer.github, GitHubRun().claims(), audience=audience)


async def asked(url, token, key):
    async with Fetcher() as fetcher:
        return await ask_for_certificate(fetcher, url, token, key)


def extension(der, number):
    oid = x509.ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}")
    found = x509.load_der_x509_certificate(der).extensions.get_extension_for_oid(oid)
    return found.value.public_bytes()


async def test_a_run_of_github_gets_a_certificate_for_its_key(face, issuer, key):
    token = github_token(issuer, audience=audience_of(face.address))

    found = await asked(face.address, token, key)

    leaf = x509.load_der_x509_certificate(found.certificate)
    assert leaf.public_key() == key.public_key()
    assert extension(found.certificate, 8)[2:].decode() == issuer.github
    assert extension(found.certificate, 15)[2:] == b"901"
    assert extension(found.certificate, 5) == b"acme/widget"
    assert len(found.chain) == 2
    assert found.pem.startswith(b"-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize("kind", ["gitlab", "circleci"])
async def test_jobs_of_other_providers_get_one_too(kind, face, issuer, key):
    audience = audience_of(face.address)
    token = (
        issuer.gitlab_token(GitLabJob(), audience=audience)
        if kind == "gitlab"
        else issuer.circleci_token(CircleCIJob(), audience=audience)
    )

    found = await asked(face.address, token, key)

    assert extension(found.certificate, 8)[2:].decode() == getattr(issuer, kind)


@pytest.mark.parametrize("audience", ["npm:127.0.0.1", "imprint-authority:other.example.test"])
async def test_a_token_for_somebody_else_buys_no_certificate(audience, face, issuer, key):
    with pytest.raises(Unavailable) as caught:
        await asked(face.address, github_token(issuer, audience=audience), key)

    assert caught.value.code == "sigstore-refused"
    assert "token was issued for" in caught.value.message


async def test_a_token_of_an_issuer_that_nobody_registered_buys_none(face, issuer, key):
    claims = GitHubRun().claims()
    token = issuer.sign(f"{issuer.address}/other", claims, audience=audience_of(face.address))

    with pytest.raises(Unavailable) as caught:
        await asked(face.address, token, key)

    assert "no such issuer" in caught.value.message


async def test_a_certificate_for_another_key_is_malformed(face, issuer, key):
    authority = face.authority
    identity = Identity(subject="somebody@example.test", extensions={8: "x"})
    other = curve_key("other", "key").public_key()
    log = CertificateLog(curve_key("other", "log"))
    der = issue(authority.chain, log, other, identity, now=time.time())
    text = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()
    answer = {"signedCertificateEmbeddedSct": {"chain": {"certificates": [text]}}}

    with (
        answering(body=json.dumps(answer).encode()) as server,
        pytest.raises(Malformed) as caught,
    ):
        await asked(server.url, github_token(issuer, audience="x"), key)

    assert caught.value.code == "malformed-sigstore-answer"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x01"),
        (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07"),
        (bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d030177")),
        (bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d0277")),
    ],
    ids=["version 2", "no version", "an unknown curve", "an unknown kind of key"],
)
async def test_a_certificate_that_cannot_be_used_is_malformed(face, issuer, key, right, wrong):
    identity = Identity(subject="somebody@example.test", extensions={8: "x"})
    log = CertificateLog(curve_key("other", "log"))
    der = issue(face.authority.chain, log, key.public_key(), identity, now=time.time())
    text = DER_cert_to_PEM_cert(der.replace(right, wrong, 1))
    answer = {"signedCertificateEmbeddedSct": {"chain": {"certificates": [text]}}}

    with (
        answering(body=json.dumps(answer).encode()) as server,
        pytest.raises(Malformed) as caught,
    ):
        await asked(server.url, github_token(issuer, audience="x"), key)

    assert caught.value.code == "malformed-sigstore-answer"


@pytest.mark.parametrize(
    "answer",
    [
        "[]",
        "{}",
        '{"signedCertificateEmbeddedSct": {}}',
        '{"signedCertificateEmbeddedSct": {"chain": {"certificates": []}}}',
        '{"signedCertificateEmbeddedSct": {"chain": {"certificates": [1]}}}',
        '{"signedCertificateEmbeddedSct": {"chain": {"certificates": ["x"]}}}',
    ],
)
async def test_an_answer_without_certificates_is_malformed(answer, issuer, key):
    token = github_token(issuer, audience="x")

    with answering(body=answer.encode()) as server, pytest.raises(Malformed) as caught:
        await asked(server.url, token, key)

    assert caught.value.code == "malformed-sigstore-answer"


async def test_what_is_no_token_is_sent_to_nobody(face, key):
    before = len(face.asked)

    with pytest.raises(Malformed):
        await asked(face.address, "not-a-token", key)

    assert len(face.asked) == before


@pytest.mark.parametrize(
    ("url", "audience"),
    [
        ("https://fulcio.example.test", "imprint-authority:fulcio.example.test"),
        ("https://fulcio.example.test:443/", "imprint-authority:fulcio.example.test"),
        ("https://fulcio.example.test:8443/ca", "imprint-authority:fulcio.example.test:8443"),
        ("http://127.0.0.1:5555", "imprint-authority:127.0.0.1:5555"),
    ],
)
async def test_the_audience_is_the_authoritys_host(url, audience):
    assert audience_of(url) == audience


@pytest.mark.parametrize(
    "url",
    ["", "fulcio.example.test", "ftp://a.example.test", "https://u@a.example.test", "https://"],
)
async def test_an_address_that_is_none_has_no_audience(url):
    with pytest.raises(Malformed) as caught:
        audience_of(url)

    assert caught.value.code == "malformed-sigstore-url"
