"""`imprint audit` end to end: what each kind of publication comes to."""

from __future__ import annotations

import base64

from tests.authority.keys import text64
from tests.support.audited_project import BY_TOKEN, run_of
from tests.support.upstream_registry import decoded

NAME = "@acme/widget"
ATTESTATIONS = "/-/npm/v1/attestations/@acme%2fwidget@"


def trusted_history(project, count=3):
    """Let a trusted publisher publish some versions, the last two months ago."""
    for number in range(count):
        project.publish(NAME, f"1.{number}.0", days_ago=60.0 + 10 * (count - number))


def test_a_trusted_publication_is_admitted(audit, project):
    project.publish()
    project.lock()

    told = audit()

    package = told.package()
    assert told.code == 0
    assert (package["verdict"], package["grade"], package["reasons"]) == ("admitted", "L5", [])
    assert package["axes"]["origin"] == "verified+bound"
    assert package["publisher"] == "acme/rocket release.yml @ an environment"


def test_a_token_after_a_trusted_publisher_is_refused(audit, project):
    trusted_history(project)
    project.by_token(NAME, "1.3.0", days_ago=2)
    project.lock(NAME, "1.3.0")

    told = audit()

    assert told.code == 1
    assert told.package()["verdict"] == "refused"
    assert "auth-regressed" in told.codes()
    assert told.package()["hold_at"] == "1.2.0"


def test_a_release_that_loses_its_provenance_is_told(audit, project):
    trusted_history(project)
    project.publish(NAME, "1.3.0", attested=False, days_ago=2)
    project.lock(NAME, "1.3.0")

    told = audit()

    assert [event["id"] for event in told.package()["events"]] == ["origin-dropped"]
    assert told.package()["events"][0]["since"] == "1.2.0"


def test_another_repository_in_the_certificate_is_another_publisher(audit, project):
    trusted_history(project)
    run = run_of("mallory/rocket", repository_id="666", repository_owner_id="13")
    project.publish(NAME, "1.3.0", days_ago=2, run=run)
    project.lock(NAME, "1.3.0")

    told = audit()

    assert told.code == 1
    assert "publisher-repo-changed" in told.codes()
    assert told.package()["identity"]["repository"] == "mallory/rocket"


def test_a_signature_over_something_else_is_invalid(audit, project):
    project.publish(NAME, "1.0.0")
    project.publish(NAME, "1.1.0")
    other = project.upstream.packuments[NAME]["versions"]["1.1.0"]["dist"]["signatures"]
    project.upstream.change(NAME, "1.0.0", signatures=other)
    project.lock()

    told = audit()

    assert told.code == 1
    assert told.package()["axes"]["signature"] == "invalid"
    assert "signature-invalid" in told.codes()


def test_an_attestation_that_was_changed_is_invalid(audit, project):
    project.publish()
    document = decoded(project.upstream.answers[ATTESTATIONS + "1.0.0"])
    for one in document["attestations"]:
        envelope = one["bundle"]["dsseEnvelope"]
        payload = base64.b64decode(envelope["payload"])
        envelope["payload"] = text64(payload.replace(b"rocket", b"pocket"))
    project.upstream.put(ATTESTATIONS[1:] + "1.0.0", document)
    project.lock()

    told = audit()

    assert told.code == 1
    assert "attestation-invalid" in told.codes()
    assert told.package()["identity"] is None


def test_attestations_of_another_version_are_about_another_subject(audit, project):
    project.publish(NAME, "1.0.0")
    project.publish(NAME, "1.1.0")
    answers = project.upstream.answers
    answers[ATTESTATIONS + "1.0.0"] = answers[ATTESTATIONS + "1.1.0"]
    project.lock()

    told = audit()

    assert told.code == 1
    assert "attestation-subject-mismatch" in told.codes()


def test_other_bytes_than_the_registry_has_are_refused(audit, project):
    project.publish()
    project.lock(integrity="sha512-" + "A" * 86 + "==")

    told = audit()

    assert told.code == 1
    assert "integrity-mismatch" in told.codes()
    assert told.package()["axes"]["origin"] != "verified+bound"


def test_a_tarball_from_another_host_is_refused(audit, project):
    project.publish()
    project.lock(resolved="https://mirror.example.test/@acme/widget/-/widget-1.0.0.tgz")

    told = audit()

    assert told.code == 1
    assert told.codes() == {"lock-foreign-host"}


def test_a_version_that_was_unpublished_is_told(audit, project):
    project.publish(NAME, "1.0.0")
    project.publish(NAME, "1.1.0")
    project.lock(NAME, "1.1.0")
    project.unpublish(NAME, "1.1.0")

    told = audit()

    assert told.code == 1
    assert "release-unpublished" in told.codes()


def test_what_is_bundled_proves_what_its_carrier_proves(audit, project):
    project.publish(bundleDependencies=["inner"], dependencies={"inner": "2.0.0"})
    project.lock(bundleDependencies=["inner"], dependencies={"inner": "2.0.0"})
    inner = {"version": "2.0.0", "inBundle": True}
    project.packages["node_modules/@acme/widget/node_modules/inner"] = inner

    told = audit()

    package = told.package("inner")
    assert told.code == 0
    assert (package["source"], package["bundled_in"]) == ("bundled", "@acme/widget@1.0.0")
    assert (package["grade"], package["integrity"]) == ("L5", None)
    assert "/inner" not in " ".join(project.upstream.paths())


def test_an_alias_is_looked_up_by_its_true_name(audit, project):
    project.publish()
    project.lock(at="gadget")

    told = audit()

    assert (told.code, told.package()["aliases"]) == (0, ["gadget"])
    assert told.package()["manifest_line"] is not None
    assert not [path for path in project.upstream.paths() if "gadget" in path]


def test_a_git_dependency_is_told_and_nobody_is_asked(audit, project):
    project.publish()
    project.lock()
    at = "git+ssh://git@forge.example.test/acme/tool.git#" + "c0ffee00" * 5
    project.packages["node_modules/tool"] = {"version": "1.0.0", "resolved": at}

    told = audit()

    assert told.package("tool")["source"] == "git"
    assert told.package("tool")["grade"] == "?"
    assert told.json["summary"]["checked"] == 1
    assert not [path for path in project.upstream.paths() if "tool" in path]
    assert "1 from no registry, nothing tells who made them: tool" in told.json["notes"]


def test_workspaces_are_not_asked_for(audit, project):
    project.publish()
    project.lock()
    project.workspaces = ["packages/*"]
    project.packages["packages/own"] = {"name": "own", "version": "1.0.0"}
    project.packages["node_modules/own"] = {"resolved": "packages/own", "link": True}

    told = audit()

    assert [one["name"] for one in told.json["packages"]] == [NAME]
    assert not [path for path in project.upstream.paths() if "own" in path]


def test_a_token_that_published_all_along_is_as_usual(audit, project):
    project.publish("other")
    for number in range(3):
        project.by_token(NAME, f"1.{number}.0", days_ago=90 - 10 * number)
    project.lock(NAME, "1.2.0")
    project.lock("other")

    told = audit()

    assert (told.code, told.codes()) == (0, set())
    assert told.package()["publisher"] == f"a token ({BY_TOKEN['name']})"


def test_an_unsigned_version_among_signed_ones_is_told(audit, project):
    project.publish(NAME, "1.0.0")
    project.publish(NAME, "1.1.0", signed=False)
    project.lock(NAME, "1.1.0")

    told = audit()

    assert told.package()["axes"]["signature"] == "absent"
    assert "signature-missing" in {event["id"] for event in told.package()["events"]}
