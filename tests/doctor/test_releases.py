"""How the last version was really published."""

import json

import pytest

from imprint.doctor.releases import last_release
from imprint.npm.published import read_packument

OIDC = {"_npmUser": {"name": "ci", "trustedPublisher": {"id": "github", "oidcConfigId": "x"}}}
TOKEN = {"_npmUser": {"name": "wile"}}
PROVEN = {
    **TOKEN,
    "dist": {
        "attestations": {
            "url": "https://registry.example.test/a",
            "provenance": {"predicateType": "x"},
        }
    },
}


def release(*versions):
    """The last release of a package whose versions came in this order."""
    names = [f"1.0.{number}" for number in range(len(versions))]
    document = {
        "name": "widget",
        "dist-tags": {"latest": names[0]} if names else {},
        "versions": {
            one: {"name": "widget", "version": one, **extra}
            for one, extra in zip(names, versions, strict=True)
        },
        "time": {one: f"2026-11-{10 + number}T00:00:00.000Z" for number, one in enumerate(names)},
    }
    return last_release(read_packument(json.dumps(document).encode(), name="widget"))


@pytest.mark.parametrize(
    ("versions", "by", "fell_back"),
    [
        ([OIDC], "oidc", False),
        ([TOKEN, OIDC], "oidc", False),
        ([TOKEN], "token", False),
        ([OIDC, TOKEN], "token", True),
        ([TOKEN, PROVEN], "token", True),
        ([OIDC, {}], "unknown", None),
    ],
)
def test_the_record_tells_a_token_from_an_exchange(versions, by, fell_back):
    found = release(*versions)

    assert (found.version, found.by, found.fell_back) == (f"1.0.{len(versions) - 1}", by, fell_back)


def test_a_silent_fall_back_is_said_with_the_version_before():
    assert release(OIDC, TOKEN).sentence == (
        "1.0.1 came by a long-lived token, though 1.0.0 had come by OIDC: the exchange failed without a word"
    )


def test_a_package_without_versions_has_no_last_release():
    assert release() is None
