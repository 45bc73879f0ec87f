"""Per package: may a run's identity go to a public log, and must versions have provenance?"""

from __future__ import annotations

import pytest

VISIBILITY = "/-/package/@acme%2fwidget/visibility"
ACCESS = "/-/package/@acme%2fwidget/access"


@pytest.fixture
def set_access(world, widget):
    def send(body, *, with_code=True):
        headers = {"npm_otp": world.otp(widget)} if with_code else {}
        return world.request("POST", ACCESS, body=body, token=widget.token, **headers)

    return send


def test_no_identity_goes_to_a_public_log_by_itself(world, widget):
    answers = [
        world.request("GET", VISIBILITY, **headers)
        for headers in ({}, {"npm_command": "publish"}, {"npm_command": "stage"})
    ]

    assert [answer.json for answer in answers] == [{"public": False}] * 3


def test_an_owner_may_let_it_with_a_second_factor(world, set_access):
    refused = set_access({"provenance_public": True}, with_code=False)
    accepted = set_access({"provenance_public": True})

    assert (refused.status, refused.code) == (401, "second-factor-needed")
    assert accepted.json["provenance_public"] is True
    assert world.request("GET", VISIBILITY).json == {"public": True}
    assert world.events("access-changed")[-1]["after"] == {
        "access": "public",
        "token_rule": "default",
        "provenance_public": True,
    }


def test_a_restricted_package_stays_out_of_it(world, set_access):
    set_access({"provenance_public": True})

    set_access({"access": "restricted"}, with_code=False)

    assert world.request("GET", VISIBILITY).json == {"public": False}


def test_an_owner_may_demand_provenance_and_takes_it_back_with_a_second_factor(world, set_access):
    demanded = set_access({"provenance_required": True}, with_code=False)
    refused = set_access({"provenance_required": False}, with_code=False)
    accepted = set_access({"provenance_required": False})

    assert demanded.json["provenance_required"] is True
    assert refused.code == "second-factor-needed"
    assert accepted.json["provenance_required"] is False


def test_nobody_else_changes_it(world, widget):
    stranger = world.person("stranger")

    answer = world.request("POST", ACCESS, body={"provenance_public": True}, token=stranger.token)

    assert answer.code == "not-an-owner"
