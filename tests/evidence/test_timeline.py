"""A package's publications, newest first, and the facts that changed with each."""

import json
from typing import Any

import pytest

from imprint.evidence.recorded import read_timeline
from imprint.evidence.timeline import Change, build_timeline
from imprint.npm.published import read_packument
from imprint.refusals import Malformed
from tests.evidence.scenes import NAME, VERSION, Scene

TRUSTED = {"name": "GitHub Actions", "trustedPublisher": {"id": "github", "oidcConfigId": "oidc:1"}}


def packument(*versions):
    """A packument of versions, given as (version, changes of its manifest), an hour apart."""
    document: dict[str, Any] = {"name": NAME, "versions": {}, "time": {}}
    for hour, (version, changes) in enumerate(versions):
        manifest = {"name": NAME, "version": version, "dist": {}, "_npmUser": {"name": "wile"}}
        document["versions"][version] = manifest | changes
        document["time"][version] = f"2026-01-01T{hour:02}:00:00.000Z"
    return read_packument(json.dumps(document).encode(), name=NAME)


def attested(**dist):
    return {"dist": {"attestations": {"provenance": {"predicateType": "p"}}, **dist}}


def recorded(version="1.0.0", **changes):
    """What an imprint registry recorded of one version."""
    row = {
        "version": version,
        "published": "2026-01-01T00:00:00.000Z",
        "credential": "trusted-publisher",
        "publisher": "github acme/widget release.yml",
        "workload": {
            "provider": "github",
            "issuer": "https://ci.example.test",
            "repository": "acme/widget",
            "repository_id": "901",
            "ref": "refs/tags/v1.0.0",
            "environment": None,
            "caller_workflow_ref": "acme/widget/.github/workflows/release.yml@refs/tags/v1.0.0",
        },
        **changes,
    }
    return read_timeline(json.dumps({"publications": [row]}).encode())


def timeline(found, *, rows=None, verdicts=None, limit=10):
    return build_timeline(found, recorded=rows or {}, verdicts=verdicts or {}, limit=limit)


def test_the_newest_comes_first_and_no_more_than_asked_for():
    found = packument(("1.0.0", {}), ("2.0.0", {}), ("1.0.1", {}))

    assert [entry.version for entry in timeline(found)] == ["1.0.1", "2.0.0", "1.0.0"]
    assert [entry.version for entry in timeline(found, limit=1)] == ["1.0.1"]


def test_what_changed_is_told_also_for_the_last_that_is_shown():
    found = packument(("1.0.0", {"_npmUser": TRUSTED}), ("1.0.1", {}))

    (entry,) = timeline(found, limit=1)

    assert entry.changes == (
        Change(fact="credential", before="trusted-publisher", after="token"),
        Change(fact="user", before="GitHub Actions", after="wile"),
    )


def test_a_first_publication_changed_nothing():
    assert timeline(packument(("1.0.0", {})))[0].changes == ()


def test_what_a_packument_claims_is_only_claimed():
    found = packument(("1.0.0", attested(signatures=[{"keyid": "k", "sig": "s"}])))

    (entry,) = timeline(found)

    assert (entry.provenance, entry.signature) == ("claimed", "claimed")
    assert (entry.repository, entry.identity_source) == (None, None)


def test_provenance_and_signatures_that_come_and_go_are_changes():
    found = packument(
        ("1.0.0", {}), ("1.0.1", attested(signatures=[{"keyid": "k", "sig": "s"}])), ("1.0.2", {})
    )

    last, middle, _ = timeline(found)

    assert middle.changes == (
        Change(fact="provenance", before="none", after="claimed"),
        Change(fact="signature", before="none", after="claimed"),
    )
    assert [change.after for change in last.changes] == ["none", "none"]


def test_unknown_is_compared_with_nothing():
    found = packument(("1.0.0", {"_npmUser": None}), ("1.0.1", {}), ("1.0.2", {"_npmUser": "odd"}))

    assert [entry.changes for entry in timeline(found)] == [(), (), ()]
    assert timeline(found)[0].credential is None


def test_an_imprint_registry_says_more_than_the_packument():
    (entry,) = timeline(packument(("1.0.0", {})), rows=recorded())

    assert (entry.credential, entry.user) == ("trusted-publisher", None)
    assert entry.publisher == "github acme/widget release.yml"
    assert (entry.repository, entry.repository_id) == ("acme/widget", "901")
    assert (entry.workflow, entry.ref) == (".github/workflows/release.yml", "refs/tags/v1.0.0")
    assert entry.identity_source == "registry"


def test_a_version_that_was_unpublished_is_still_told():
    rows = recorded(
        "0.9.0",
        published="2025-12-31T00:00:00.000Z",
        unpublished="2026-02-01T00:00:00.000Z",
    )

    entries = timeline(packument(("1.0.0", {})), rows=rows)

    assert [(entry.version, entry.unpublished) for entry in entries] == [
        ("1.0.0", False),
        ("0.9.0", True),
    ]
    assert "provenance" not in {change.fact for change in entries[0].changes}


def test_what_was_verified_goes_before_what_is_said():
    scene = Scene().publish()
    found = packument((VERSION, attested(signatures=[{"keyid": "k", "sig": "s"}])))

    (entry,) = timeline(found, rows=recorded(), verdicts={VERSION: scene.judged()})

    assert (entry.provenance, entry.signature) == ("verified", "verified")
    assert (entry.repository, entry.identity_source) == ("acme/rocket", "certificate")


def test_a_version_that_is_not_valid_says_why():
    scene = Scene().publish()
    verdict = scene.judged(dist={"signatures": []})

    (entry,) = timeline(packument((VERSION, attested())), verdicts={VERSION: verdict})

    assert (entry.signature, entry.code) == ("rejected", "MISSING_SIGNATURE")


def test_a_workload_of_a_later_version_is_unknown():
    rows = recorded(workload={"provider": "new", "issuer": "x"})

    assert timeline(packument(("1.0.0", {})), rows=rows)[0].repository is None


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b'{"publications": [{}]}', b"\xff", b'{"publications": 1}']
)
def test_an_answer_that_is_no_timeline_is_malformed(raw):
    with pytest.raises(Malformed) as caught:
        read_timeline(raw)

    assert caught.value.code == "foreign-answer"
