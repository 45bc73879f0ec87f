"""The replay shows histories to the engine that an audit has, and says what it came to."""

import json

import pytest

from benchmarks import replay as command
from benchmarks.replaying.answers import Alarm
from benchmarks.replaying.engine import ENGINES
from benchmarks.replaying.peers import PEERS
from benchmarks.replaying.scoring import SOON
from benchmarks.replaying.translating import translate
from tests.support.histories import benign, event, facts, raw_record

HOUR = 3600.0
IMPATIENT, IMPATIENT_WITH_TAGS, PATIENT, PATIENT_WITH_TAGS = ENGINES
NOTHING_BEFORE = event(prior_trust_same_line="N", prior_trust_any="N")


def answer(rules, *events, after=SOON, **more):
    """What the engine says of the last event of a history, by its last completion."""
    replay = translate(facts(*events, **more), inferring=True)[-1].replays[-1]
    return rules(replay, replay.published + after)


def test_a_regression_that_brings_an_install_script_is_stopped_without_waiting():
    found = answer(IMPATIENT, event(), payload_exec="install_script")

    assert found.alarm is Alarm.ERROR
    assert "release-install-script-added (block)" in found.why


def test_a_release_as_usual_passes_and_with_a_cooldown_waits():
    assert not answer(IMPATIENT, NOTHING_BEFORE).stops
    waiting = answer(PATIENT, NOTHING_BEFORE)

    assert waiting.waits
    assert waiting.alarm is Alarm.NONE
    assert not answer(PATIENT, NOTHING_BEFORE, after=24 * HOUR).stops


def test_tags_are_looked_for_only_where_asked():
    stated = {"publisher_user_changed": True, "no_matching_git_tag": True}

    without = answer(PATIENT, NOTHING_BEFORE, identity=stated, after=25 * HOUR)
    with_tags = answer(PATIENT_WITH_TAGS, NOTHING_BEFORE, identity=stated, after=25 * HOUR)

    assert without.alarm is Alarm.WARN
    assert with_tags.alarm is Alarm.ERROR


def test_a_stated_identity_is_judged_as_a_verified_one():
    moved = answer(IMPATIENT, event(trust="T"), identity={"change": "workflow_rename"})

    assert moved.why == ("publisher-workflow-changed (warn)",)


def test_of_an_era_without_evidence_it_cannot_tell():
    old = event(trust="A", prior_trust_same_line="A", prior_trust_any="A")

    assert answer(IMPATIENT, old, era="pre-provenance").cannot_tell


@pytest.mark.parametrize("after", [SOON, 7 * 24 * HOUR])
def test_a_name_that_never_was_before_is_stopped_for_the_script_that_it_begins_with(after):
    new = event(prior_version=None, prior_trust_same_line="N", prior_trust_any="N")

    found = answer(IMPATIENT, new, scope="new-name", payload_exec="install_script", after=after)

    assert found.why == ("release-install-script-added (block)",)
    assert not answer(IMPATIENT, new, scope="new-name", after=after).stops


@pytest.fixture
def records(tmp_path):
    """A file with an attack and a benign history."""
    path = tmp_path / "records.json"
    attack = raw_record(payload_exec="install_script")
    path.write_text(json.dumps({"records": [attack, benign(NOTHING_BEFORE)]}))
    return path


def test_json_has_every_rule_set_every_record_and_the_floors(records, capsys):
    code = command.main(["--records", str(records), "--format", "json"])

    answer = json.loads(capsys.readouterr().out)
    recorded, absent, inferred = answer["runs"]
    names = [one["name"] for one in inferred["rule_sets"]]
    assert code == 1
    assert names == [one.name for one in (*ENGINES, *PEERS)]
    assert [one["basis"] for one in answer["runs"]] == ["recorded", "absent", "inferred"]
    assert recorded["rule_sets"][1]["hangs_on"] == absent["rule_sets"][1]["hangs_on"] == {}
    assert inferred["rule_sets"][0]["records"] == {"widget-2026": "stopped", "b-widget": "none"}
    assert [floor["figure"] for floor in inferred["floors"]] == [1, 1, 0]


def test_an_explanation_says_what_each_said_of_a_record(records, capsys):
    command.main(["--records", str(records), "--explain", "widget-2026"])

    lines = capsys.readouterr().out.splitlines()
    at = lines.index("pnpm 12 defaults: stopped")
    assert lines[0] == "== widget-2026 (malicious, as recorded): widget by a stolen token"
    assert lines[at + 1 : at + 3] == [
        "    widget 1.4.1, soon: stopped: too young, install script does not run",
        "    widget 1.4.1, after a day: stopped: install script does not run",
    ]


def test_an_unknown_record_is_refused(records, capsys):
    with pytest.raises(SystemExit):
        command.main(["--records", str(records), "--explain", "gadget"])

    assert "there is no record `gadget`" in capsys.readouterr().err
