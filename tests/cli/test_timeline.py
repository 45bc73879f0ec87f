"""`imprint timeline`, of any registry and of imprint's own."""

from __future__ import annotations

import json

import pytest

from tests.cli.served import issuer, maintainer, name, running, signed_in
from tests.support.packuments import TOKEN, TRUSTED, packument
from tests.support.upstream_registry import upstream_registry

__all__ = ["issuer", "maintainer", "name", "running", "signed_in"]


NAME = "@acme/widget"


@pytest.fixture
def upstream():
    with upstream_registry() as found:
        found.publish(NAME, "1.0.0")
        found.now += 60
        found.publish(NAME, "1.1.0", attested=False)
        yield found


def test_publications_are_told_with_what_changed(imprint, upstream):
    ran = imprint("timeline", NAME, "--registry", upstream.url)

    lines = ran.out.splitlines()
    assert ran.code == 0
    assert lines[0].endswith(
        "  1.1.0  L1: by token of wile; provenance none, registry signature claimed"
    )
    assert lines[1] == "  provenance: claimed -> none"
    assert lines[2].endswith(
        "  1.0.0  L4: by token of wile; provenance claimed, registry signature claimed"
    )


def test_json_has_every_fact(imprint, upstream):
    ran = imprint("timeline", NAME, "--registry", upstream.url, "--limit", "1", "--format", "json")

    assert ran.json["summary"] == {"publications": 1, "changed": 1}
    (publication,) = ran.json["publications"]
    assert (publication["version"], publication["user"]) == ("1.1.0", "wile")
    assert publication["changes"] == [{"fact": "provenance", "before": "claimed", "after": "none"}]


def test_a_publication_that_is_not_as_before_has_its_events(imprint, upstream):
    versions = [(f"1.{n}.0", 60 - n * 10, TRUSTED, True) for n in range(4)]
    upstream.put(NAME.replace("/", "%2f"), packument(*versions, ("1.4.0", 2, TOKEN, False)))

    words = ("timeline", NAME, "--registry", upstream.url)
    told, ran = imprint(*words), imprint(*words, "--format", "json")

    newest, before, *_ = ran.json["publications"]
    events = {one["id"]: one for one in newest["events"]}
    assert (newest["grade"], before["grade"]) == ("L1", "L5")
    assert newest["grade_verified"] is False
    assert events["auth-regressed"]["severity"] == "error"
    assert "origin-dropped" in events
    assert "  error: " in told.out
    assert "(auth-regressed)" in told.out


def test_the_newest_are_verified_where_it_is_asked_for(imprint, upstream):
    words = ("timeline", NAME, "--registry", upstream.url, "--verify", "1", "--format", "json")

    ran = imprint(*words)

    newest, older = ran.json["publications"]
    assert ran.code == 0
    assert (newest["signature"], older["signature"]) == ("verified", "claimed")
    assert (newest["grade_verified"], older["grade_verified"]) == (True, False)
    assert not [path for path in upstream.paths() if path.endswith(".tgz")]


def test_a_version_whose_signer_nobody_knows_is_a_finding(imprint, upstream):
    # No domain of trust knows the stand-in's authority here.
    ran = imprint("timeline", NAME, "--registry", upstream.url, "--verify", "2", "-q")

    assert ran.code == 1
    assert "provenance rejected" in ran.out


def test_a_package_that_is_not_there_is_told_in_one_line(imprint, upstream):
    ran = imprint("timeline", "@acme/none", "--registry", upstream.url, "-q")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: the registry has no package `@acme/none`")


@pytest.mark.parametrize("raw", [b"{}", b"[", b"\xff"])
def test_a_registry_that_takes_our_route_for_something_else_is_another_registry(
    imprint, upstream, raw
):
    upstream.answers["/-/imprint/v1/packages/@acme%2fwidget/timeline?limit=21"] = (200, raw)

    assert imprint("timeline", NAME, "--registry", upstream.url).code == 0


def test_an_imprint_registry_says_by_whose_run(signed_in, running, maintainer, name):
    running.seed(name, by=maintainer)

    ran = signed_in("timeline", name, "--format", "json")

    (publication,) = json.loads(ran.out)["publications"]
    assert publication["credential"] == "token"
    assert publication["user"] == maintainer.name
