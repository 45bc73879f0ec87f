"""Which issuer a token names: exactly a registered one, or none."""

import pytest

from imprint.identity.workload import Provider
from imprint.refusals import Refusal
from imprint.tokens.issuers import Issuer
from imprint.tokens.selection import issuer_label, select_issuer

PUBLIC = Issuer(name="public", url="https://ci.example.test", provider=Provider.GITHUB)
ENTERPRISE = Issuer(name="acme", url="https://ci.example.test/acme", provider=Provider.GITHUB)
ISSUERS = (PUBLIC, ENTERPRISE)


@pytest.mark.case("B04")
def test_a_registered_issuer_is_found_by_its_exact_url():
    assert select_issuer("https://ci.example.test", ISSUERS) is PUBLIC
    assert select_issuer("https://ci.example.test/acme", ISSUERS) is ENTERPRISE


@pytest.mark.case("B03", "B04", "B05", "B07")
@pytest.mark.parametrize(
    "lookalike",
    [
        "https://ci.example.test/",
        "https://ci.example.test//acme",
        "https://ci.example.test/acme/",
        "https://ci.example.test/acme/x",
        "https://ci.example.test/other",
        "https://ci.example.test?acme",
        "https://ci.example.test#acme",
        "https://ci.example.test/../acme",
        "https://ci.example.test/Acme",
        "https://CI.example.test",
        "https://ci.example.test:443",
        "https://ci.example.test.evil.test",
        "https://evil.test/ci.example.test",
        "https://ci.example.test@evil.test",
        "http://ci.example.test",
        "ci.example.test",
        "",
        " https://ci.example.test",
    ],
)
def test_a_lookalike_is_another_issuer(lookalike):
    refusal = select_issuer(lookalike, ISSUERS)

    assert isinstance(refusal, Refusal)
    assert refusal.code == "unsupported-issuer"
    assert refusal.message == f"unsupported issuer `{lookalike}`"


@pytest.mark.case("B07")
def test_metrics_know_registered_issuers_by_name_and_all_others_as_one():
    assert issuer_label("https://ci.example.test/acme", ISSUERS) == "acme"
    assert issuer_label("https://evil.test/1", ISSUERS) == "other"
    assert issuer_label("https://evil.test/2", ISSUERS) == "other"
