"""`imprint audit` of what is broken, odd or slow: one bad package never hides the others."""

from __future__ import annotations

import subprocess

import pytest

NAMES = tuple(f"package-{number}" for number in range(5))
BAD = "package-2"


@pytest.fixture
def many(project):
    """A project with five packages that are published as they should be."""
    for name in NAMES:
        project.publish(name)
        project.lock(name)
    return project


def others_are_judged(told):
    """Assert that every other package has its whole evidence."""
    others = [one for one in told.json["packages"] if one["name"] != BAD]
    assert len(others) == len(NAMES) - 1
    assert {one["verdict"] for one in others} == {"admitted"}
    assert {one["axes"]["origin"] for one in others} == {"verified+bound"}
    assert told.json["summary"]["checked"] == len(NAMES) - 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(404, b'{"error":"not_found"}', id="404"),
        pytest.param(403, b"{}", id="403"),
        pytest.param(500, b"{}", id="500"),
        pytest.param(200, b"<html>down for maintenance</html>", id="html"),
        pytest.param(200, b'{"name":"package-2","versions":', id="half a document"),
        pytest.param(200, b"[1, 2, 3]", id="a list"),
        pytest.param(200, b'{"name":"package-9","versions":{}}', id="of another package"),
        pytest.param(200, b"\xff\xfe", id="no text"),
        pytest.param(200, b"", id="nothing"),
        pytest.param(200, b"[" * 100_000, id="too deep"),
    ],
)
def test_one_packument_that_is_not_to_be_had_is_its_own_doubt(audit, many, status, body):
    many.upstream.answers["/" + BAD] = (status, body)

    told = audit()

    assert told.code == 3
    assert told.package(BAD)["verdict"] == "undecided"
    assert told.codes(BAD) == {"unknown-evidence"}
    others_are_judged(told)
    ran = audit.plain("--advisories", "off")
    assert "checked 4 of 5 packages" in ran.out


@pytest.mark.parametrize(
    "members",
    [
        {"dist": 7},
        {"dist": {"integrity": ["sha512-AA=="], "tarball": 3, "signatures": "none"}},
        {"dist": {"signatures": [1, None, {"keyid": 2}], "attestations": "yes"}},
        {"_npmUser": ["wile"]},
        {"_npmUser": {"name": 1, "trustedPublisher": 5}},
        {"repository": {"url": {"url": 1}}},
        {"scripts": 1, "dependencies": [1], "license": {"type": 4}},
    ],
    ids=",".join,
)
def test_members_of_wrong_types_fail_nobody_else(audit, many, members):
    many.say(BAD, "1.0.0", **members)

    told = audit()

    assert told.code in {0, 1, 3}
    assert told.package(BAD)["axes"]["origin"] != "verified+bound" or "dist" not in members
    others = [one for one in told.json["packages"] if one["name"] != BAD]
    assert {one["axes"]["origin"] for one in others} == {"verified+bound"}


@pytest.mark.parametrize("times", [5, ["x"], {"1.0.0": 7}, {"1.0.0": "yesterday"}])
def test_times_that_are_none_are_no_times(audit, many, times):
    many.upstream.packuments[BAD]["time"] = times
    many.serve(BAD)

    told = audit()

    # Provenance may be signed long before: it is no time of a release.
    assert told.package(BAD)["published"] is None
    assert [one["code"] for one in told.package(BAD)["warnings"]] == ["unknown-evidence"]
    assert told.code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "malformed-lockfile"),
        ('{"lockfileVersion": 9, "packages": {}}', "unknown-lockfile-version"),
        ("[]", "malformed-lockfile"),
        ('{"lockfileVersion": 3, "packages": {"node_modules/a": 5}}', "malformed-lockfile"),
        ("\x00", "malformed-lockfile"),
        ("[" * 100_000, "malformed-lockfile"),
    ],
)
def test_a_lockfile_that_cannot_be_read_is_refused(audit, many, text, words):
    many.write()
    (many.folder / "package-lock.json").write_text(text)

    ran = audit.exchange("audit", "--registry", many.upstream.url, "--format", "json")

    assert (ran.code, ran.json["error"]["code"]) == (2, words)
    assert many.upstream.asked == []


def test_a_version_whose_entry_cannot_be_read_is_told_as_that_and_counts_as_unchecked(audit, many):
    document = many.upstream.packuments[BAD]
    document["versions"]["1.0.0"] = 7
    many.serve(BAD)

    told = audit()

    assert told.code == 3
    others_are_judged(told)
    assert "this very version cannot be read" in told.package(BAD)["reasons"][0]["message"]


def test_a_lockfile_of_the_base_that_cannot_be_read_is_told_as_the_bases(audit, many):
    many.write()
    lockfile = many.folder / "package-lock.json"
    whole = lockfile.read_bytes()
    lockfile.write_text("{")
    person = ("-c", "user.name=a", "-c", "user.email=a@example.test")
    for words in (["init", "-q"], ["add", "-A"], [*person, "commit", "-qm", "a"]):
        subprocess.run(["git", *words], cwd=many.folder, check=True, timeout=60)
    lockfile.write_bytes(whole)

    ran = audit.plain("--base", "HEAD", command="diff")

    assert ran.code == 2
    assert "`package-lock.json` at revision `HEAD`: the lockfile is not JSON" in ran.err


def test_lockfiles_of_two_managers_are_told_by_name(audit, many):
    many.write()
    (many.folder / "yarn.lock").write_text("# yarn lockfile v1\n")

    ran = audit.exchange("audit", "--registry", many.upstream.url)

    assert ran.code == 2
    assert "package-lock.json" in ran.err
    assert "yarn.lock" in ran.err


def test_a_folder_without_a_lockfile_is_told(audit, many):
    ran = audit.exchange("audit", "--registry", many.upstream.url)

    assert ran.code == 2
    assert ran.err.startswith("error: ")


def test_a_registry_that_is_down_leaves_everything_undecided(audit, many):
    for path in list(many.upstream.answers):
        many.upstream.answers[path] = (503, b"{}")

    told = audit()

    assert told.code == 3
    assert told.json["summary"]["checked"] == 0
    assert {one["verdict"] for one in told.json["packages"]} == {"undecided"}


def test_a_run_that_failed_is_taken_up_again(audit, many):
    whole = many.upstream.answers["/" + BAD]
    many.upstream.answers["/" + BAD] = (503, b"{}")
    assert audit().code == 3
    many.upstream.answers["/" + BAD] = whole
    many.upstream.asked.clear()

    told = audit()

    asked = [path for path in many.upstream.paths() if not path.startswith("/-/")]
    assert (told.code, asked) == (0, ["/" + BAD])


def test_what_was_published_a_moment_ago_is_asked_for_though_the_rest_is_fresh(audit, many):
    assert audit().code == 0
    many.publish(BAD, "1.1.0", days_ago=40)
    many.lock(BAD, "1.1.0")
    many.upstream.asked.clear()

    told = audit()

    asked = [path for path in many.upstream.paths() if not path.startswith("/-/")]
    assert (told.code, told.codes(BAD), asked) == (0, set(), ["/" + BAD])


def test_a_packument_of_20_mb_is_one_of_many(audit, many):
    document = many.upstream.packuments[BAD]
    document["readme"] = "all work and no play " * 1_000_000
    many.serve(BAD)

    told = audit()

    assert told.code == 0
    assert told.package(BAD)["axes"]["origin"] == "verified+bound"


def test_attestations_that_are_no_document_are_this_packages_own(audit, many):
    many.upstream.answers[f"/-/npm/v1/attestations/{BAD}@1.0.0"] = (200, b"{")

    told = audit()

    assert told.package(BAD)["identity"] is None
    assert told.code in {1, 3}
    others = [one for one in told.json["packages"] if one["name"] != BAD]
    assert {one["verdict"] for one in others} == {"admitted"}


def test_hostile_names_and_texts_reach_no_terminal_as_they_are(audit, many):
    many.say(
        BAD, "1.0.0", _npmUser={"name": "\x1b[2J\x1b]0;owned\x07::error::x"}, license="\x1b[1m"
    )
    many.upstream.change(BAD, "1.0.0", attestations=None)

    for format_ in ("plain", "markdown", "github", "gitlab", "junit", "html", "sarif"):
        ran = audit.plain("--advisories", "off", "--format", format_, "--all")
        assert "\x1b" not in ran.out
        assert "\n::error::x" not in ran.out
