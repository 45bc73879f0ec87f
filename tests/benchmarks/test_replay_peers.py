"""Peers do what their sources say, and on the archive what it says that they would have done."""

import pytest

from benchmarks.replaying.answers import Alarm
from benchmarks.replaying.peers import NO_DOWNGRADE, NPM, PNPM, SAME_MAJOR, age_gate
from benchmarks.replaying.records import ARCHIVE, read_records
from benchmarks.replaying.scoring import SOON, Verdict, score
from benchmarks.replaying.translating import translate
from tests.support.histories import event, facts

HOUR = 3600.0


def alarm(rules, *events, at=-1):
    """How loud a peer is on the last event of a history."""
    replay = translate(facts(*events))[at].replays[0]
    return rules(replay, replay.published + SOON).alarm


def answer(rules, *, after=SOON, **more):
    """What a peer says of a history with nothing open, so long after it was published."""
    replay = translate(facts(**more))[0].replays[0]
    return rules(replay, replay.published + after)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("T", "N", Alarm.ERROR),
        ("T", "P", Alarm.ERROR),
        ("P", "N", Alarm.ERROR),
        # Without provenance, a trusted publisher counts for nothing.
        ("T", "t", Alarm.ERROR),
        ("t", "N", Alarm.NONE),
        ("P", "T", Alarm.NONE),
        ("T", "S", Alarm.NONE),
        ("N", "N", Alarm.NONE),
    ],
)
def test_no_downgrade_ranks_staged_trusted_publisher_provenance_nothing(before, after, expected):
    one = event(prior_trust_same_line=before, prior_trust_any=before, trust=after)

    assert alarm(NO_DOWNGRADE, one) is expected


def test_no_downgrade_compares_over_lines_and_the_other_within_a_major():
    backport = event(version="1.4.1", prior_version="1.4.0", prior_trust_same_line="N")

    assert alarm(NO_DOWNGRADE, backport) is Alarm.ERROR
    assert alarm(SAME_MAJOR, backport) is Alarm.NONE


def test_no_downgrade_passes_prereleases_over():
    stable = event(
        prior_version="nightly", version="stable", prior_trust_same_line="N", prior_trust_any="P"
    )

    assert alarm(NO_DOWNGRADE, stable) is Alarm.NONE


def test_a_gate_opens_when_the_version_is_old_enough():
    gate = age_gate(24)

    assert answer(gate, after=24 * HOUR - 1).waits
    assert not answer(gate, after=24 * HOUR).stops


@pytest.mark.parametrize("payload", ["install_script", "new_dep_install_script", "implicit_gyp"])
def test_what_an_install_would_run_does_not_run(payload):
    assert answer(NPM, payload_exec=payload).disarms
    assert answer(PNPM, payload_exec=payload, after=48 * HOUR).disarms


def test_git_dependencies_are_not_installed():
    assert answer(NPM, payload_exec="git_dep_prepare").disarms


def test_what_runs_when_it_is_imported_runs():
    assert not answer(NPM, payload_exec="runtime").stops


@pytest.fixture(scope="module")
def histories():
    """Every record of the archive with its translation."""
    if not ARCHIVE.is_file():
        pytest.skip("the data archive is not there")
    return [(record, translate(facts)) for facts, record in read_records(ARCHIVE)]


WORDS = {
    Verdict.STOPPED: "block",
    Verdict.PARTLY: "partial",
    Verdict.MISSED: "no",
    Verdict.UNKNOWN: "unknown",
}


def differences(histories, rules, control):
    """The records of which the archive says otherwise: what we have, and what it has."""
    found = {}
    for record, events in histories:
        said = record.controls.get(control)
        scored = score(record, events, rules)
        if scored.verdict is not None:
            ours = WORDS[scored.verdict]
        else:
            is_loud, may_be = scored.is_loud(Alarm.ERROR), scored.may_be_loud(Alarm.ERROR)
            ours = "block" if is_loud else "unknown" if may_be else "no"
        if said is not None and ours != said.verdict:
            found[record.id] = f"{ours}, not {said.verdict}"
    return found


def test_no_downgrade_does_what_the_archive_says(histories):
    assert differences(histories, NO_DOWNGRADE, "no_downgrade_any") == {
        # Judged there, not computed: that the attestation was missing is only probable.
        "sap-capjs-2026": "block, not flag",
        # Of packages that its events do not name.
        "phantom-gyp-2026": "no, not partial",
        # The level of one of its two events is not recorded.
        "7nohe-2026": "unknown, not no",
        # pnpm passes prereleases over since 10.24.
        "b-azure-devops-mcp": "no, not block",
    }


def test_a_rule_within_lines_does_what_the_archive_says(histories):
    assert differences(histories, SAME_MAJOR, "no_downgrade_line") == {
        "sap-capjs-2026": "block, not flag",
        "7nohe-2026": "unknown, not no",
        # The second of its versions begins a line.
        "b-webext-core-1.1.5": "block, not partial",
    }


@pytest.mark.parametrize(
    ("hours", "control"), [(24, "min_age_24h"), (48, "min_age_48h"), (168, "min_age_7d")]
)
def test_age_gates_do_what_the_archive_says(histories, hours, control):
    attacks = [(record, events) for record, events in histories if record.is_attack]

    assert differences(attacks, age_gate(hours), control) == {}


def test_npm_stops_what_an_install_would_run(histories):
    attacks = [(record, events) for record, events in histories if record.is_attack]

    assert differences(attacks, NPM, "install_script_gate") == {
        # Some of its packages, and it is not said which.
        "sandworm-2026": "unknown, not partial"
    }
