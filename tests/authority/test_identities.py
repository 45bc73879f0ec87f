"""What the stand-in writes into a certificate is what the product reads from the token itself."""

import pytest
from cryptography import x509
from msgspec.structs import asdict

from imprint.attestations.certificates import load_certificate, read_certificate
from imprint.attestations.domains import AllowedIssuer
from imprint.attestations.proof import Level
from imprint.attestations.workloads import read_identity
from imprint.identity.claims import read_claims
from imprint.identity.workload import UNKNOWN, Provider
from tests.authority.authority import Authority
from tests.authority.certificates import issue
from tests.authority.identities import identity_of
from tests.authority.keys import curve_key
from tests.support.claims import NOW, circleci_claims, generic_claims, github_claims, gitlab_claims

CLAIMS = {
    Provider.GITHUB: github_claims(),
    Provider.GITLAB: gitlab_claims(),
    Provider.CIRCLECI: circleci_claims(),
}


def certified(claims, provider):
    authority = Authority()
    identity = identity_of(claims, provider)
    key = curve_key("test", "key").public_key()
    der = issue(authority.chain, authority.certificate_log, key, identity, now=NOW)
    allowed = AllowedIssuer(url=str(claims["iss"]), provider=provider)
    return read_identity(read_certificate(load_certificate(der)), (allowed,))


@pytest.mark.parametrize("provider", CLAIMS)
def test_a_certificate_names_the_run_that_the_token_names(provider):
    claims = CLAIMS[provider]

    signed = certified(claims, provider)

    told = read_claims(claims, issuer_url=str(claims["iss"]), provider=provider).workload
    known = {name: value for name, value in asdict(signed.workload).items() if value is not UNKNOWN}
    assert signed.level is Level.FULL
    assert known == {name: getattr(told, name) for name in known}


def test_a_gitlab_at_a_path_names_its_projects_without_it():
    path = "gitlab.example.test/git"
    claims = gitlab_claims(
        iss=f"https://{path}",
        ci_config_ref_uri=f"{path}/acme/tools/rocket//.gitlab-ci.yml@refs/tags/v1.2.0",
    )

    signed = certified(claims, Provider.GITLAB)

    assert signed.workload.repository == "acme/tools/rocket"
    assert signed.workload.owner == "acme/tools"
    assert signed.workload.caller_workflow_ref == claims["ci_config_ref_uri"]


@pytest.mark.parametrize("provider", CLAIMS)
def test_a_run_without_an_environment_has_none_in_its_certificate(provider):
    claims = {name: value for name, value in CLAIMS[provider].items() if name != "environment"}

    assert 23 not in identity_of(claims, provider).extensions


def test_a_person_is_named_by_mail():
    claims = generic_claims(email="wile@acme.example.test")

    identity = identity_of(claims, Provider.GENERIC)

    authority = Authority()
    key = curve_key("test", "key").public_key()
    der = issue(authority.chain, None, key, identity, now=NOW)
    extensions = x509.load_der_x509_certificate(der).extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == ["wile@acme.example.test"]
