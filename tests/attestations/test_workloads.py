"""Who a certificate names, and how much it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.domains import AllowedIssuer
from imprint.attestations.proof import Level
from imprint.attestations.workloads import provider_of, read_identity
from imprint.identity.workload import Provider
from tests.support.certificates import ISSUERS, certificate, github_extensions, legacy
from tests.support.claims import GITHUB_ISSUER, github_claims

EXTENSIONS = github_extensions(github_claims())


def test_a_certificate_with_ids_is_full():
    identity = read_identity(certificate(), ISSUERS)

    assert identity.level is Level.FULL
    assert identity.workload is not None
    assert identity.workload.repository_id == "901"


def test_a_certificate_of_names_alone_is_legacy():
    identity = read_identity(certificate(legacy(EXTENSIONS)), ISSUERS)

    assert identity.level is Level.LEGACY
    assert identity.workload is not None
    assert identity.workload.repository == "acme/rocket"


@pytest.mark.parametrize("number", [15, 17])
def test_a_certificate_that_lacks_one_id_is_legacy(number):
    extensions = {key: text for key, text in EXTENSIONS.items() if key != number}

    assert read_identity(certificate(extensions), ISSUERS).level is Level.LEGACY


def test_a_person_is_no_run():
    person = certificate({1: "https://login.example.test", 8: "https://login.example.test"})

    identity = read_identity(person, ISSUERS)

    assert (identity.level, identity.workload) == (Level.NOT_CI, None)


def test_a_ci_issuers_certificate_without_a_repository_is_no_runs():
    assert read_identity(certificate({8: GITHUB_ISSUER}), ISSUERS).level is Level.NOT_CI


def test_a_subject_that_looks_like_a_workflow_makes_nobody_a_run():
    disguised = certificate(
        {8: "https://login.example.test"},
        subject="https://forge.example.test/acme/rocket/.github/workflows/release.yml@refs/heads/main",
    )

    assert read_identity(disguised, ISSUERS).level is Level.NOT_CI


def test_no_issuer_is_allowed_where_none_is_listed():
    assert read_identity(certificate(), ()).level is Level.NOT_CI


@pytest.mark.parametrize(
    "issuer", [GITHUB_ISSUER, f"{GITHUB_ISSUER}/acme-inc", f"{GITHUB_ISSUER}/a.b~c_d"]
)
def test_an_issuer_and_its_organizations_are_allowed(issuer):
    assert provider_of(issuer, ISSUERS) is Provider.GITHUB


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        f"{GITHUB_ISSUER}/",
        f"{GITHUB_ISSUER}//",
        f"{GITHUB_ISSUER}/..",
        f"{GITHUB_ISSUER}/.",
        f"{GITHUB_ISSUER}/a/b",
        f"{GITHUB_ISSUER}/a?b",
        f"{GITHUB_ISSUER}/a#b",
        f"{GITHUB_ISSUER}/a%2fb",
        f"{GITHUB_ISSUER}/a\n",
        f"{GITHUB_ISSUER}.evil.example.test",
        f"{GITHUB_ISSUER}@evil.example.test",
        GITHUB_ISSUER.upper(),
        GITHUB_ISSUER.replace("https", "http"),
    ],
)
def test_an_issuer_is_compared_to_the_letter(issuer):
    assert provider_of(issuer, ISSUERS) is None


def test_what_stands_below_an_issuer_without_organizations_is_another_issuer():
    issuers = (AllowedIssuer(url="https://gitlab.example.test", provider=Provider.GITLAB),)

    assert provider_of("https://gitlab.example.test/acme", issuers) is None


def test_an_issuer_of_its_own_goes_before_the_organizations_of_another():
    below = AllowedIssuer(url=f"{GITHUB_ISSUER}/acme", provider=Provider.GENERIC)

    assert provider_of(f"{GITHUB_ISSUER}/acme", (*ISSUERS, below)) is Provider.GENERIC


@given(
    issuer=st.text(max_size=30) | st.sampled_from([allowed.url for allowed in ISSUERS]),
    extensions=st.dictionaries(st.integers(min_value=0, max_value=30), st.text(max_size=40)),
)
def test_reading_an_identity_is_total(issuer, extensions):
    identity = read_identity(certificate(extensions, issuer=issuer), ISSUERS)

    assert (identity.workload is None) == (identity.level is Level.NOT_CI)
