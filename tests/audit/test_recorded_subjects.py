"""What runs of the audit judged, kept and read again."""

from imprint.audit.recorded_subjects import MOST_RUNS, append, folder_of, read
from imprint.history.axes import Auth, Origin
from imprint.policy.subjects import Lacking
from imprint.reachability.exposure import Exposure
from tests.support.policies import DAY, NOW, advisory, axes, event, subject


def full():
    return subject(
        events=(event(),),
        advisories=(advisory(),),
        lacking=(Lacking(axis="auth", why="stripped", is_of_registry=True),),
        exposure=Exposure.BUILD,
        axes=axes(auth=Auth.UNKNOWN, origin=Origin.ABSENT),
        is_dev=True,
        configuration_id="abc",
    )


def test_a_run_is_read_as_it_was_kept(tmp_path):
    subjects = (subject(), full())

    append(tmp_path / "runs", subjects, lockfile="package-lock.json", now=NOW)

    (run,) = read(tmp_path / "runs", NOW)
    assert run.subjects == subjects
    assert (run.at, run.lockfile) == (NOW, "package-lock.json")


def test_runs_come_the_oldest_first_and_only_since_a_moment(tmp_path):
    for number in range(3):
        one = subject(version=f"1.0.{number}")
        append(tmp_path, (one,), lockfile="l", now=NOW + number * DAY)

    found = [run.subjects[0].version for run in read(tmp_path, NOW + DAY)]

    assert found == ["1.0.1", "1.0.2"]


def test_the_very_same_again_is_kept_once(tmp_path):
    append(tmp_path, (subject(),), lockfile="l", now=NOW)
    append(tmp_path, (subject(),), lockfile="l", now=NOW + DAY)

    assert [run.at for run in read(tmp_path, 0)] == [NOW]


def test_the_oldest_run_goes_when_there_are_too_many(tmp_path):
    for number in range(MOST_RUNS + 2):
        append(tmp_path, (subject(version=f"1.0.{number}"),), lockfile="l", now=NOW + number)

    found = list(read(tmp_path, 0))

    assert len(found) == MOST_RUNS
    assert found[0].at == NOW + 2


def test_a_damaged_run_is_left_out(tmp_path):
    append(tmp_path, (subject(),), lockfile="l", now=NOW)
    append(tmp_path, (full(),), lockfile="l", now=NOW + 1)
    first = min(tmp_path.iterdir())
    first.write_bytes(first.read_bytes()[:-20])

    assert [run.at for run in read(tmp_path, 0)] == [NOW + 1]


def test_a_project_has_a_folder_of_its_own(tmp_path):
    assert folder_of(tmp_path, tmp_path / "a") != folder_of(tmp_path, tmp_path / "b")
    assert list(read(folder_of(tmp_path, tmp_path / "a"), 0)) == []
