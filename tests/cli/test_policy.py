"""`imprint policy`: from nothing to a policy, and living with it."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import tomllib

import pytest

from imprint.policy.pins import read_pins
from tests.support.audited_project import moment
from tests.support.upstream_registry import upstream_registry

DAY = 86_400.0
FINDING = "widget:origin-dropped"


@pytest.fixture
def upstream():
    """A registry on which widget came with provenance until its last release, five days ago.

    An install runs a script of it: with that a release that proves less is more than a warning.
    """
    with upstream_registry() as running:
        today = float(int(time.time()))
        for version, days, attested in (
            ("1.0.0", 60, True),
            ("1.0.1", 50, True),
            ("1.0.2", 40, True),
            ("1.0.3", 5, False),
        ):
            running.now = today - days * DAY
            scripts = {"install": "node build.js"}
            running.publish("widget", version, attested=attested, scripts=scripts)
        yield running


@pytest.fixture
def project(imprint, upstream):
    """A project that locks the release of which nothing is proven."""
    folder = imprint.folder / "work"
    data = upstream.answers["/widget/-/1.0.3.tgz"][1]
    sha512 = base64.b64encode(hashlib.sha512(data).digest()).decode()
    widget = {
        "version": "1.0.3",
        "resolved": f"{upstream.url}widget/-/1.0.3.tgz",
        "integrity": f"sha512-{sha512}",
    }
    packages = {"": {"dependencies": {"widget": "^1.0.0"}}, "node_modules/widget": widget}
    lock = {"name": "app", "lockfileVersion": 3, "packages": packages}
    (folder / "package-lock.json").write_text(json.dumps(lock, indent=2))
    (folder / "package.json").write_text('{"name": "app", "dependencies": {"widget": "^1.0.0"}}')
    (folder / ".npmrc").write_text(
        f"registry={upstream.url}\n@acme:registry=https://r.example.test\n"
    )
    return folder


def audit(imprint):
    ran = imprint("audit", "--advisories", "off", "--format", "json")
    (package,) = ran.json["packages"]
    return ran.code, package


def test_init_writes_policy_pins_and_what_is_known_and_then_nothing_fails(imprint, project):
    assert audit(imprint)[0] == 1

    ran = imprint("policy", "init")

    assert ran.code == 0, ran.err
    text = (project / "imprint.toml").read_text()
    assert len(text.splitlines()) <= 12
    assert tomllib.loads(text)["preset"] == "no-downgrade"
    assert list(read_pins((project / "imprint.lock").read_text())) == ["widget"]
    assert "origin-dropped" in (project / "imprint-baseline.json").read_text()
    assert "wrote imprint-baseline.json: 1 finding known now" in ran.out
    assert audit(imprint)[0] == 0


def test_init_writes_over_nothing_but_by_force(imprint, project):
    (project / "imprint.toml").write_text("mode = 'observe'\n")

    refused = imprint("policy", "init")

    assert (refused.code, "there is a policy already" in refused.err) == (2, True)
    assert (project / "imprint.toml").read_text() == "mode = 'observe'\n"
    assert imprint("policy", "init", "--force", "--preset", "strict").code == 0
    assert "strict" in (project / "imprint.toml").read_text()


def test_init_by_force_keeps_what_was_accepted(imprint, project):
    (project / "imprint.toml").write_text("mode = 'enforce'\n")
    audit(imprint)
    imprint("policy", "accept", FINDING, "--reason", "by hand", "--by", "al")
    before = tomllib.loads((project / "imprint.toml").read_text())["accept"]

    ran = imprint("policy", "init", "--force")

    assert ran.code == 0, ran.err
    assert "kept 1 acceptance of the policy before it" in ran.out
    assert tomllib.loads((project / "imprint.toml").read_text())["accept"] == before
    assert not (project / "imprint-baseline.json").exists()
    assert audit(imprint)[0] == 0


@pytest.mark.parametrize("content", [b"accept = 7\n", b"\xff", b"mode = \n"])
def test_init_by_force_writes_over_nothing_that_cannot_be_read(imprint, project, content):
    (project / "imprint.toml").write_bytes(content)

    ran = imprint("policy", "init", "--force")

    assert (ran.code, ran.err.startswith("error: imprint.toml")) == (2, True), ran.err
    assert (project / "imprint.toml").read_bytes() == content


def test_init_writes_nothing_where_nothing_could_be_checked(imprint, project):
    ran = imprint("policy", "init", "--offline")

    assert ran.code == 3
    assert "nothing is written" in ran.err
    assert not (project / "imprint.toml").exists()


def test_without_findings_there_is_no_baseline(imprint, project, upstream):
    upstream.packuments["widget"]["versions"].pop("1.0.2")
    for version in ("1.0.0", "1.0.1"):
        upstream.change("widget", version, attestations=None)

    assert imprint("policy", "init").code == 0
    assert not (project / "imprint-baseline.json").exists()


def test_a_finding_is_accepted_by_its_digits_or_by_package_and_rule(imprint, project):
    (project / "imprint.toml").write_text("# ours\nmode = 'enforce'  # always\n")
    assert audit(imprint)[0] == 1

    ran = imprint("policy", "accept", FINDING, "--reason", "by hand", "--for", "60d", "--by", "al")

    assert ran.code == 0, ran.err
    text = (project / "imprint.toml").read_text()
    assert text.startswith("# ours\nmode = 'enforce'  # always\n\n[[accept]]\n")
    (entry,) = tomllib.loads(text)["accept"]
    assert (entry["rule"], entry["packages"], entry["by"]) == (
        "origin-dropped",
        ["widget@1.0.3"],
        "al",
    )
    code, package = audit(imprint)
    assert (code, package["verdict"]) == (0, "admitted")


def test_digits_name_the_same_finding(imprint, project):
    (project / "imprint.toml").write_text("")
    audit(imprint)
    named = imprint("policy", "accept", "nope:nope", "--reason", "x")
    digits = named.err.partition("origin-dropped (")[2][:12]

    ran = imprint(
        "policy", "accept", digits, "--reason", "x", "--versions", "1.x", "--format", "json"
    )

    assert (named.code, ran.code) == (2, 0)
    assert ran.json["packages"] == ["widget@1.x"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nope:origin-dropped"], 2, "there is no finding `nope:origin-dropped`"),
        ([FINDING, "--for", "91d"], 2, "90 are the most"),
        ([FINDING, "--for", "500d"], 2, "365 days are the most"),
        ([FINDING, "--versions", "!"], 2, "range `!` is none"),
    ],
)
def test_what_cannot_be_accepted_changes_nothing(imprint, project, words, code, message):
    (project / "imprint.toml").write_text("# ours\n")
    audit(imprint)

    ran = imprint("policy", "accept", *words, "--reason", "x")

    assert (ran.code, message in ran.err) == (code, True), ran.err
    assert (project / "imprint.toml").read_text() == "# ours\n"


def test_what_the_organization_keeps_to_itself_is_not_accepted(imprint, project):
    above = "cooldown = '48h'\n"
    (project / "org.toml").write_text(above)
    text = f"extends = 'org.toml#sha256:{hashlib.sha256(above.encode()).hexdigest()}'\n"
    (project / "imprint.toml").write_text(text)
    audit(imprint)

    ran = imprint("policy", "accept", FINDING, "--reason", "x")

    assert (ran.code, "org.toml does not allow" in ran.err) == (2, True), ran.err
    assert (project / "imprint.toml").read_text() == text


def test_nothing_is_accepted_without_an_audit(imprint, project):
    ran = imprint("policy", "accept", FINDING, "--reason", "x")

    assert (ran.code, "run `imprint audit` first" in ran.err) == (3, True)
    assert not (project / "imprint.toml").exists()


def test_the_first_acceptance_writes_a_policy_that_says_what_was_built_in(imprint, project):
    audit(imprint)

    ran = imprint("policy", "accept", FINDING, "--reason", "by hand")

    assert (ran.code, "written, as a first policy, to" in ran.out) == (0, True), ran.err
    written = tomllib.loads((project / "imprint.toml").read_text())
    assert (written["preset"], len(written["accept"])) == ("no-downgrade", 1)
    assert audit(imprint)[0] == 0


def test_a_package_names_all_that_refuses_it(imprint, project, upstream):
    upstream.packuments["widget"]["time"]["1.0.3"] = moment(time.time() - 3 * 3600)
    upstream.put("widget", upstream.packuments["widget"])
    code, package = audit(imprint)

    ran = imprint("policy", "accept", "widget@1.0.3", "--reason", "by hand", "--format", "json")

    refused = [reason["code"] for reason in package["reasons"]]
    assert (code, len(refused)) == (1, 2)
    assert (ran.json["rules"], ran.json["summary"]["accepted"]) == (refused, 1)
    assert audit(imprint)[0] == 0


def test_what_is_meant_and_not_found_is_told_with_what_there_is_of_the_package(imprint, project):
    audit(imprint)

    wrong_rule = imprint("policy", "accept", "widget:auth-regressed", "--reason", "x")
    elsewhere = imprint("policy", "accept", "gadget", "--reason", "x")

    assert "the last audit found widget:origin-dropped (" in wrong_rule.err
    assert "nothing is found against `gadget`" in elsewhere.err


def test_a_policy_is_tried_on_what_was_judged(imprint, project):
    nothing = imprint("policy", "test")
    audit(imprint)
    (project / "proposal.toml").write_text("preset = 'observe'\n[rules]\norigin-dropped = 'off'\n")

    same = imprint("policy", "test")
    other = imprint("policy", "test", "--policy", "proposal.toml", "--format", "json")

    assert nothing.code == 3
    assert (same.code, "nothing would be otherwise" in same.out) == (0, True), same.out
    (row,) = other.json["otherwise"]
    assert (row["name"], row["was"], row["would_be"]) == ("widget", "refused", "admitted")
    assert row["because"] == ["origin-dropped"]


def test_versions_that_turn_alike_are_one_row_unless_all_are_asked_for(imprint, project, upstream):
    lock = json.loads((project / "package-lock.json").read_text())
    for name in ("a", "b", "c", "d"):
        data = upstream.publish(name, "1.0.0", attested=False)
        sha512 = base64.b64encode(hashlib.sha512(data).digest()).decode()
        entry = {"version": "1.0.0", "integrity": f"sha512-{sha512}"}
        lock["packages"][f"node_modules/{name}"] = entry
    (project / "package-lock.json").write_text(json.dumps(lock))
    (project / "imprint.toml").write_text("mode = 'observe'\ncooldown = '0h'\n")
    imprint("audit", "--advisories", "off")
    (project / "proposal.toml").write_text("preset = 'strict'\n")

    folded = imprint("policy", "test", "--policy", "proposal.toml")
    whole = imprint("policy", "test", "--policy", "proposal.toml", "--all")

    assert "a@1.0.0, b@1.0.0, c@1.0.0 and 1 more" in folded.out
    assert [name for name in ("a", "b", "c", "d") if f"  {name}@1.0.0  " in whole.out] == [
        "a",
        "b",
        "c",
        "d",
    ]


def test_show_tells_where_each_value_is_from(imprint, project):
    (project / "imprint.toml").write_text("version = 1\ncooldown = '48h'\n")

    ran = imprint("policy", "show", "--format", "json")

    values = {one["key"]: (one["value"], one["from"]) for one in ran.json["values"]}
    assert values["cooldown"] == ("2d", "imprint.toml:2")
    assert values["fresh"] == ("30d", "preset no-downgrade")


def test_a_fault_in_a_policy_is_told_with_its_line(imprint, project):
    (project / "imprint.toml").write_text("version = 1\ncoldown = '48h'\n")

    ran = imprint("policy", "show")

    assert ran.code == 2
    assert "imprint.toml:2: there is no key `coldown`: the nearest is `cooldown`" in ran.err
