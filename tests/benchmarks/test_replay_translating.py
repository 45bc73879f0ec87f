"""The translator says what a record says, and neither more nor what was an attack."""

import hashlib
import json
import tarfile

import msgspec
import pytest

from benchmarks.replaying.records import ARCHIVE, Facts
from benchmarks.replaying.translating import translate
from imprint.history.candidates import Found
from tests.support.histories import benign, event, facts, raw_record

T_TO_N = event()
SAME_LINE_NONE = event(version="0.9.2", prior_version="0.9.1", prior_trust_same_line="N")


def only(*events, **more):
    """The one replay of a history with nothing open."""
    (replayed,) = translate(facts(*events, **more))
    (replay,) = replayed.replays
    return replay


def versions(replay):
    """Every version of its packument, the oldest first, with the fields that stand for trust."""
    document = json.loads(replay.packument)
    return {
        version: "".join(
            (
                "t" if "trustedPublisher" in manifest.get("_npmUser", {}) else "",
                "s" if "approver" in manifest.get("_npmUser", {}) else "",
                "p" if "attestations" in manifest["dist"] else "",
            )
        )
        for version, manifest in document["versions"].items()
    }


def test_a_level_of_the_line_is_held_by_its_last_two_releases():
    assert versions(only(T_TO_N)) == {"1.3.0": "tp", "1.4.0": "tp", "1.4.1": ""}


def test_a_level_that_no_named_line_had_was_held_by_a_newer_one():
    assert versions(only(SAME_LINE_NONE)) == {
        "0.9.0": "",
        "1.0.1": "tp",
        "0.9.1": "",
        "1.0.2": "tp",
        "0.9.2": "",
    }


def test_a_line_that_another_event_names_is_not_made_up():
    (_, older) = translate(facts(T_TO_N, SAME_LINE_NONE))

    assert list(versions(older.replays[0])) == [
        "0.9.0",
        "1.3.0",
        "0.9.1",
        "1.4.0",
        "1.4.1",
        "0.9.2",
    ]


@pytest.mark.parametrize(
    ("code", "fields"), [("N", ""), ("P", "p"), ("t", "t"), ("T", "tp"), ("A", "")]
)
def test_each_code_has_its_fields(code, fields):
    assert versions(only(event(trust=code)))["1.4.1"] == fields


def test_nobody_is_named_where_a_record_names_nobody():
    replay = only(event(prior_trust_same_line="N", prior_trust_any="N"))

    assert b"_npmUser" not in replay.packument
    assert not replay.carries.users


def test_a_user_who_changed_has_another_name():
    replay = only(
        event(prior_trust_same_line="N", prior_trust_any="N"),
        identity={"publisher_user_changed": True},
    )

    users = [one["_npmUser"]["name"] for one in json.loads(replay.packument)["versions"].values()]
    assert users == ["somebody", "somebody", "somebody-else"]
    assert replay.carries.users


def test_of_an_era_without_evidence_the_registry_tells_none():
    old = event(trust="A", prior_trust_same_line="A", prior_trust_any="A")
    carries = only(old, era="pre-provenance").carries

    assert not carries.attestations
    assert not carries.trusted_publishers


def test_an_unknown_level_is_replayed_at_every_level_it_may_have_had():
    unknown = event(prior_trust_same_line="U", prior_trust_any="P")
    (replayed,) = translate(facts(unknown))

    assert [versions(one)["1.4.0"] for one in replayed.replays] == ["", "p", "t"]


def test_no_level_is_from_before_npm_had_it():
    unknown = event(prior_trust_same_line="U", prior_trust_any="U")
    (replayed,) = translate(facts(unknown, date="2024-12"))

    assert {versions(one)["1.4.0"] for one in replayed.replays} == {"", "p"}


def test_whether_a_script_was_there_before_is_open_and_is_inferred():
    attack = facts(payload_exec="install_script")

    (recorded,), (inferred,) = translate(attack), translate(attack, inferring=True)

    assert [one.packument.count(b"postinstall") for one in recorded.replays] == [3, 1]
    assert [one.packument.count(b"postinstall") for one in inferred.replays] == [1]


def test_an_identity_that_is_stated_stands_for_a_certificate():
    replay = only(
        event(trust="T"), identity={"ref_changed": True, "ref": "refs/heads/snapshot-<random>"}
    )

    assert {version: one.ref for version, one in replay.identities.items()} == {
        "1.3.0": "refs/heads/main",
        "1.4.0": "refs/heads/main",
        "1.4.1": "refs/heads/snapshot-random",
    }


def test_a_renamed_repository_keeps_its_ids():
    replay = only(event(trust="T"), identity={"change": "repo_rename"})

    before, after = replay.identities["1.4.0"], replay.identities["1.4.1"]
    assert before.repository != after.repository
    assert before.repository_id == after.repository_id


def test_a_dependency_that_is_new_is_as_old_as_it_is_said_to_be():
    stated = "tiny-helper, published 22 min before"
    (replayed,) = translate(facts(identity={"new_dependency": stated}))

    for replay in replayed.replays:
        document = json.loads(replay.neighbours["tiny-helper"])
        assert document["time"]["1.0.1"] == "2026-03-31T11:38:00.000Z"


def test_a_new_dependency_that_has_an_event_of_its_own_is_judged_by_itself():
    bait = event(package="tiny-helper", version="0.1.1", prior_version=None)
    stated = {"new_dependency": "tiny-helper (new package, other owner)"}
    _, own = translate(facts(event(), bait, identity=stated))

    assert all(list(versions(one)) == ["0.1.1"] for one in own.replays)
    assert not any(one.neighbours for one in own.replays)


@pytest.mark.parametrize(
    ("more", "tag"),
    [
        ({}, Found.UNKNOWN),
        ({"tag_found": True}, Found.YES),
        ({"tag_found": False}, Found.NO),
        ({"identity": {"no_matching_git_tag": True}}, Found.NO),
    ],
)
def test_a_tag_is_as_the_record_has_it(more, tag):
    assert only(T_TO_N, **more).tag is tag


def test_words_stand_for_the_next_version_of_the_line():
    replay = only(event(package="@acme/*", prior_version="prior", version="after rename"))

    assert replay.name == "unnamed"
    assert list(versions(replay)) == ["1.0.0", "1.0.1", "1.0.2"]


def test_a_nightly_is_a_prerelease():
    nightly = event(
        prior_version="nightly", version="stable", prior_trust_same_line="N", prior_trust_any="P"
    )

    assert versions(only(nightly)) == {
        "1.1.0-nightly.8": "p",
        "1.1.0-nightly.9": "p",
        "1.0.2": "",
    }


def test_an_attack_and_a_benign_history_of_the_same_facts_are_the_same():
    attack = raw_record(payload_exec="")
    other = benign()

    assert _told(attack) == _told(other)


def _told(raw):
    return [
        [_words(one) for one in event.replays]
        for inferring in (False, True)
        for event in translate(msgspec.convert(raw, Facts), inferring=inferring)
    ]


def _words(replay):
    """Return a replay without what no record sets, so that a new field of a type is no change."""
    told = msgspec.to_builtins(replay, builtin_types=(bytes,))
    told["identities"] = {
        version: {key: value for key, value in identity.items() if value is not None}
        for version, identity in told["identities"].items()
    }
    return json.dumps(told, default=bytes.decode, sort_keys=True)


VERDICTS = (
    "id",
    "kind",
    "title",
    "category",
    "attack_vector",
    "publish_channel",
    "trust_before",
    "trust_malicious",
    "exposure",
    "remedy",
    "controls",
    "none_would_help",
    "doctor_rules",
    "workflow_refs",
    "tp_in_place_before",
    "confidence",
    "sources",
    "notes",
)


def test_nothing_that_is_a_verdict_is_looked_at():
    for raw in _archive():
        blank = {key: value for key, value in raw.items() if key not in VERDICTS}
        blank["packages"] = [
            {key: value for key, value in one.items() if key != "malicious"}
            for one in raw.get("packages", [])
        ]

        assert _told(blank) == _told(raw), raw["id"]


def test_the_translation_of_the_archive_is_frozen():
    """A change here changes what every figure of the replay means: mend the engine instead."""
    digest = hashlib.sha256()
    for raw in _archive():
        digest.update(json.dumps(_told(raw)).encode())

    assert digest.hexdigest() == FROZEN


FROZEN = "88d172e31221ba6bbbd40e78bd95f06619c12dbe8a23dd1f40985c7dd4814b49"


def _archive():
    if not ARCHIVE.is_file():
        pytest.skip("the data archive is not there")
    with tarfile.open(ARCHIVE) as archive:
        stream = archive.extractfile("incidents/incidents.json")
        assert stream is not None
        return json.load(stream)["records"]
