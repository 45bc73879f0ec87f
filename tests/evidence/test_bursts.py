"""Bursts among the histories that were read: by scope, by owner, by user."""

import json

import pytest

from imprint.evidence.bursts import bursts_among
from imprint.history.projection import PackumentHistory, encode, project

DAY = "2026-05-11T19:0{}:00.000Z"
"""Minutes of one hour."""


def history(name, *, repository=None, user=None, trusted=False, minutes=(0, 5)):
    versions = {}
    for number, _ in enumerate(minutes):
        version = f"1.0.{number}"
        npm_user = {"name": user} if user else None
        if npm_user and trusted:
            npm_user["trustedPublisher"] = {"id": "github", "oidcConfigId": "x"}
        versions[version] = {
            "name": name,
            "version": version,
            "dist": {},
            **({"repository": repository} if repository else {}),
            **({"_npmUser": npm_user} if npm_user else {}),
        }
    times = {f"1.0.{number}": DAY.format(minute) for number, minute in enumerate(minutes)}
    document = {"name": name, "dist-tags": {}, "versions": versions, "time": times}
    return PackumentHistory(encode(project(json.dumps(document).encode(), name=name)))


@pytest.mark.parametrize(
    "make",
    [
        lambda n: history(f"@acme/p{n}"),
        lambda n: history(f"p{n}", repository="https://github.com/acme/mono"),
        lambda n: history(f"p{n}", user="wile"),
    ],
    ids=["scope", "owner", "user"],
)
def test_siblings_have_a_publisher_in_common(make):
    found = bursts_among([make(n) for n in range(6)], since=0.0)

    assert len(found) == 12
    assert {len(siblings) for siblings in found.values()} == {5}


@pytest.mark.parametrize(
    "make",
    [
        lambda n: history(f"p{n}"),
        lambda n: history(f"p{n}", user="GitHub Actions", trusted=True),
        lambda n: history(f"@acme/p{n}", minutes=(n,)),
    ],
    ids=["nobody's", "everybody's", "once each"],
)
def test_what_is_no_burst_is_none(make):
    assert bursts_among([make(n) for n in range(6)], since=0.0) == {}


def test_what_is_old_is_left_out():
    assert bursts_among([history(f"@acme/p{n}") for n in range(6)], since=2e9) == {}
