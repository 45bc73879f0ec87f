"""`imprint audit` beside registries that tell less than all: each thing is said once."""

from __future__ import annotations

import json

import pytest

from tests.support.audited_project import BY_TOKEN, KEYS

CREDENTIALS = (
    "does not tell by which credential versions were published: whether a trusted publisher"
    " published is not known"
)
HIDDEN = (
    "claims attestations, and serves none: provenance is not known; `unknown.origin` in the policy"
    " says what that comes to"
)
KEYLESS = "no keys of the registry are known: signatures are not verified"
NAMES = tuple(f"package-{number}" for number in range(6))


def strip(project, *, dist=(), version=(), document=()):
    """Let the registry tell less of every package."""
    for name, found in project.upstream.packuments.items():
        for member in document:
            found.pop(member, None)
        for one in found["versions"].values():
            for member in version:
                one.pop(member, None)
            for member in dist:
                one["dist"].pop(member, None)
        project.serve(name)


@pytest.fixture
def many(project):
    """A project with six packages that are published as they should be."""
    for name in NAMES:
        project.publish(name)
        project.lock(name)
    return project


def test_a_mirror_that_strips_everything_is_told_in_one_line_for_each_thing(audit, many):
    strip(many, dist=("signatures", "attestations"), version=("_npmUser",), document=("time",))

    told = audit()

    url = many.upstream.url
    assert told.code == 3
    assert [note for note in told.json["notes"] if note.startswith(f"registry `{url}`")] == [
        f"registry `{url}` tells no times: ages, cooldown and history cannot be judged (6 packages)",
        f"registry `{url}` {CREDENTIALS} (6 packages)",
        f"registry `{url}` tells of no attestations: provenance is not known (6 packages)",
        f"registry `{url}` tells no signatures: signatures are not verified (6 packages)",
    ]
    assert not [one for one in told.json["packages"] if one["events"]]


def test_for_people_a_mirror_that_strips_is_no_flood(audit, many):
    strip(many, dist=("signatures", "attestations"), version=("_npmUser",), document=("time",))

    ran = audit.plain("--advisories", "off")

    assert ran.code == 3
    assert ran.out.count("tells no signatures") == 1
    assert len(ran.out.splitlines()) < 40


def test_a_mirror_that_claims_attestations_and_serves_none_is_told_once(audit, many):
    for name in NAMES:
        del many.upstream.answers[f"/-/npm/v1/attestations/{name}@1.0.0"]

    told = audit()

    assert told.code == 3
    assert told.json["notes"][1:] == [f"registry `{many.upstream.url}` {HIDDEN} (6 packages)"]
    assert {one["axes"]["origin"] for one in told.json["packages"]} == {"present-unverified"}
    # Who published is the registry's word, so nothing is against a package alone.
    assert {one["verdict"] for one in told.json["packages"]} == {"admitted"}
    assert not [one for one in told.json["packages"] if one["events"]]


@pytest.mark.parametrize(("weight", "code"), [("allow", 0), ("warn", 3), ("block", 3)])
def test_policy_says_what_claims_that_nobody_can_look_at_come_to(audit, many, weight, code):
    for name in NAMES:
        del many.upstream.answers[f"/-/npm/v1/attestations/{name}@1.0.0"]
    audit.policy = f"[unknown]\norigin = '{weight}'\n"

    told = audit()

    verdict = "undecided" if weight == "block" else "admitted"
    assert told.code == code
    assert {one["verdict"] for one in told.json["packages"]} == {verdict}


def test_a_mirror_that_claims_what_it_does_not_serve_and_names_no_publisher_decides_nothing(
    audit, many
):
    strip(many, version=("_npmUser",))
    for name in NAMES:
        del many.upstream.answers[f"/-/npm/v1/attestations/{name}@1.0.0"]

    told = audit()

    assert told.code == 3
    assert {one["verdict"] for one in told.json["packages"]} == {"undecided"}


def test_one_document_that_is_missing_among_others_is_no_mirror(audit, many):
    del many.upstream.answers["/-/npm/v1/attestations/package-0@1.0.0"]

    told = audit()

    assert told.code == 1
    assert "attestation-invalid" in told.codes("package-0")
    assert told.codes("package-1") == set()


def test_a_registry_without_keys_leaves_signatures_unknown(audit, many):
    del many.upstream.answers[KEYS]

    told = audit()

    assert told.code == 0
    assert {one["axes"]["signature"] for one in told.json["packages"]} == {"unknown"}
    assert told.json["notes"][1:] == [f"registry `{many.upstream.url}`: {KEYLESS} (6 packages)"]
    assert not [one for one in told.json["packages"] if one["events"] or one["warnings"]]


def test_keys_that_could_not_be_had_are_no_pass(audit, many):
    many.upstream.answers[KEYS] = (500, b"{}")

    told = audit()

    assert told.code == 3
    assert {one["verdict"] for one in told.json["packages"]} == {"admitted"}


def test_keys_that_policy_needs_not_may_fail(audit, many):
    many.upstream.answers[KEYS] = (500, b"{}")
    audit.policy = '[unknown]\nsignature = "allow"\n'

    told = audit()

    assert told.code == 0


def test_keys_that_are_given_are_enough(audit, many):
    keys = many.folder / "keys.json"
    status, body = many.upstream.answers.pop(KEYS)
    keys.write_bytes(body)

    told = audit("--keys", str(keys))

    assert (status, told.code) == (200, 0)
    assert {one["axes"]["signature"] for one in told.json["packages"]} == {"valid"}


def test_offline_after_a_run_says_the_same(audit, many):
    before = audit()
    many.upstream.asked.clear()

    told = audit("--offline")

    assert many.upstream.asked == []
    verdicts = [(one["name"], one["verdict"]) for one in told.json["packages"]]
    assert sorted(verdicts) == sorted(
        (one["name"], one["verdict"]) for one in before.json["packages"]
    )
    assert {one["axes"]["origin"] for one in told.json["packages"]} == {"verified+bound"}
    assert {one["axes"]["signature"] for one in told.json["packages"]} == {"valid"}


def test_offline_before_any_run_nothing_passes(audit, many):
    told = audit("--offline")

    assert many.upstream.asked == []
    assert (told.code, told.json["summary"]["checked"]) == (1, 0) or told.code == 3
    assert told.json["summary"]["admitted"] == 0


def test_packages_of_stdin_are_audited(audit, many):
    for number in range(1, 4):
        many.publish("package-0", f"1.{number}.0", days_ago=50 - number)
    many.by_token("package-0", "1.4.0", days_ago=1)
    lines = "package-0@1.4.0\n\npackage-1@1.0.0\n"

    told = audit("--stdin-packages", typed=lines)

    assert told.code == 1
    assert "auth-regressed" in told.codes("package-0")
    assert told.package("package-1")["verdict"] == "admitted"
    assert told.json["lockfile"] == "stdin"


def test_users_alone_are_no_proof_of_a_token(audit, many):
    strip(many, dist=("signatures", "attestations"))
    for name in NAMES:
        many.say(name, "1.0.0", _npmUser=BY_TOKEN)

    told = audit()

    assert {one["axes"]["auth"] for one in told.json["packages"]} == {"unknown"}


def test_a_scope_has_a_registry_of_its_own(audit, project, imprint):
    project.publish("@acme/widget")
    project.lock()
    project.write()
    (project.folder / ".npmrc").write_text(f"@acme:registry={project.upstream.url}\n")

    ran = imprint("audit", "--format", "json", "--advisories", "off")

    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["packages"][0]["registry"] == project.upstream.url
