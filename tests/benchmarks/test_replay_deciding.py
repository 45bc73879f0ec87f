"""What a record does not say decides no verdict unseen: it is named, and counted apart."""

import json

import pytest

from benchmarks import replay as command
from benchmarks.replaying.completions import Basis
from benchmarks.replaying.deciding import hangs_on, said_of
from benchmarks.replaying.engine import ENGINES
from benchmarks.replaying.floors import floors_of
from benchmarks.replaying.records import ARCHIVE, read_records
from benchmarks.replaying.results import replay
from benchmarks.replaying.scoring import Verdict, score
from benchmarks.replaying.translating import translate
from tests.support.histories import benign, event, facts, raw_record, record

IMPATIENT, _, PATIENT, _ = ENGINES
AS_EVER = event(prior_trust_same_line="N", prior_trust_any="N")


def scored(*events, rules=IMPATIENT, **more):
    """What an attack comes to, as recorded."""
    raw = raw_record(*events, **more)
    return score(record(raw), translate(facts(*events, **more)), rules)


def test_a_script_of_which_nobody_knows_whether_it_is_new_decides_nothing():
    found = scored(AS_EVER, payload_exec="install_script")

    assert (found.verdict, found.is_decided) == (Verdict.UNKNOWN, False)
    assert hangs_on(found) == ("an install script before",)
    assert found.may_be_stopped


def test_what_is_said_in_any_case_is_told_beside_it():
    stranger = {"publisher_user_changed": True}
    found = scored(AS_EVER, payload_exec="install_script", identity=stranger)

    assert said_of(found) == "hangs on an install script before; in any case: publisher-user-new"


def test_a_step_down_with_a_script_is_decided_whether_or_not_the_script_is_new():
    found = scored(event(), payload_exec="install_script")

    assert found.is_decided
    assert said_of(found) == "stopped by origin-dropped"


def test_a_miss_is_told_from_a_record_that_has_nothing():
    stranger = scored(AS_EVER, identity={"publisher_user_changed": True})
    nothing = scored(AS_EVER)

    assert (stranger.verdict, nothing.verdict) == (Verdict.MISSED, Verdict.MISSED)
    assert said_of(stranger) == "only warned: publisher-user-new"
    assert said_of(nothing) == "nothing is recorded against it but its age"


def test_a_level_that_is_open_is_named():
    found = scored(
        event(prior_trust_same_line="U", prior_trust_any="U"), payload_exec="install_script"
    )

    assert hangs_on(found) == ("an install script before", "evidence of the line before")


def test_an_exposure_that_is_open_is_named_where_only_waiting_stops_it():
    unknown = {"class": "unknown", "minutes": None}

    found = scored(AS_EVER, rules=PATIENT, exposure=unknown)

    assert hangs_on(found) == ("how long it was out",)


def test_versions_that_differ_are_no_open_question():
    found = scored(event(), AS_EVER | {"package": "gadget"}, payload_exec="git_dep_prepare")

    assert hangs_on(found) == ()


@pytest.fixture
def records(tmp_path):
    """A file with an attack that its record decides, one that it does not, and a benign history."""
    path = tmp_path / "records.json"
    decided = raw_record(payload_exec="install_script")
    undecided = raw_record(AS_EVER, id="gadget-2026", payload_exec="install_script")
    path.write_text(json.dumps({"records": [decided, undecided, benign(AS_EVER)]}))
    return path


def test_what_no_record_tells_of_is_absent_by_that_basis_alone(records):
    pairs = read_records(records)
    runs = {basis: replay(pairs, [IMPATIENT, PATIENT], basis=basis) for basis in Basis}

    stopped = {basis: run.column(IMPATIENT.name).stopped() for basis, run in runs.items()}
    assert stopped == {Basis.RECORDED: 1, Basis.ABSENT: 2, Basis.INFERRED: 2}


def test_a_floor_is_told_over_the_attacks_that_are_decided(records):
    found = replay(read_records(records), [IMPATIENT, PATIENT], basis=Basis.RECORDED)

    _, no_waiting, alarms = floors_of(found)
    assert no_waiting.decided is not None
    assert (no_waiting.decided.attacks, no_waiting.decided.figure) == (1, 1)
    assert (no_waiting.decided.needed, no_waiting.decided.can_be_held) == (3, False)
    assert no_waiting.decided.at_best == 2
    assert alarms.decided is None


def test_each_attack_has_a_line_that_says_what_it_hangs_on(records, capsys):
    command.main(["--records", str(records)])

    lines = capsys.readouterr().out.splitlines()
    assert [" ".join(line.split()) for line in lines if "-2026 " in line] == [
        "widget-2026 stopped stopped stopped by origin-dropped",
        "gadget-2026 unknown stopped hangs on an install script before",
    ]


@pytest.mark.skipif(not ARCHIVE.is_file(), reason="the data archive is not there")
def test_the_archive_leaves_open_what_packuments_would_have():
    """What is printed of the archive: a floor is missed as recorded for scripts alone."""
    attacks = tuple(
        (facts_, record_) for facts_, record_ in read_records(ARCHIVE) if record_.is_of_subset
    )
    recorded, absent = (
        replay(attacks, [IMPATIENT, PATIENT], basis=basis)
        for basis in (Basis.RECORDED, Basis.ABSENT)
    )

    hanging = [hangs_on(one) for one in recorded.column(IMPATIENT.name).of_subset()]
    assert sum("an install script before" in one for one in hanging) == 13
    assert (recorded.column(IMPATIENT.name).stopped(), recorded.column(PATIENT.name).stopped()) == (
        6,
        25,
    )
    assert (absent.column(IMPATIENT.name).stopped(), absent.column(PATIENT.name).stopped()) == (
        17,
        27,
    )
