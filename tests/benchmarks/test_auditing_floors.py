"""An audit's benchmark: what is measured of a process, changed in a lockfile, and promised."""

from __future__ import annotations

import json
import os
import sys

import pytest

from benchmarks.measuring.audited_imprint import changed
from benchmarks.measuring.audited_process import Took, timed
from benchmarks.measuring.auditing_floors import as_json, as_table, floors, medians

COUNTS = {"names": 1611}
MACHINE = {"machine": "one"}


def took(seconds, *, peak=100.0, said="checked 20 of 20 packages\n"):
    return Took(seconds=seconds, cpu_seconds=seconds / 2, peak_mib=peak, said=said)


def runs(**changes):
    """Runs by which every floor is just held."""
    held = {
        "npm cold": 50.0,
        "npm warm": 30.0,
        "imprint cold": 10.0,
        "imprint warm": 1.2,
        "imprint hit": 0.2,
        "imprint difference": 1.0,
    }
    return {what: [took(seconds)] for what, seconds in {**held, **changes}.items()}


def missed(found):
    return [floor.what for floor in floors(medians(found)) if not floor.is_held]


def test_every_floor_is_held_at_its_bound():
    assert missed(runs()) == []


@pytest.mark.parametrize(
    ("side", "seconds"),
    [
        ("imprint cold", 10.1),
        ("imprint warm", 1.21),
        ("imprint hit", 0.21),
        ("imprint difference", 1.01),
    ],
)
def test_one_that_is_missed_is_named(side, seconds):
    (what,) = missed(runs(**{side: seconds}))

    assert what.startswith(side.removeprefix("imprint "))


def test_the_most_memory_of_any_run_counts():
    found = runs()
    found["imprint cold"].append(took(10.0, peak=251.0))

    assert missed(found) == ["most memory"]


def test_without_npm_only_what_is_absolute_is_promised():
    found = {what: some for what, some in runs().items() if not what.startswith("npm")}

    told = [floor.what for floor in floors(medians(found))]
    assert told == ["most memory", "difference of 20 changes, cold"]


def test_a_table_and_an_object_say_the_same():
    found = medians(runs(**{"imprint cold": 11.0}))
    held = floors(found)

    table = as_table(MACHINE, COUNTS, found, held)
    told = json.loads(as_json(MACHINE, COUNTS, found, held))

    assert table.count("missed") == [floor["held"] for floor in told["floors"]].count(False) == 1
    assert "checked 20 of 20 packages" in table
    assert told["took"]["imprint cold"]["seconds"] == 11.0


def test_a_process_is_measured_by_itself(tmp_path):
    ballast = bytearray(200_000_000)
    words = (sys.executable, "-c", "print('said')")

    run = timed(words, folder=tmp_path, variables={"PATH": os.defpath}, files=tmp_path)

    assert (run.said, len(ballast)) == ("said\n", 200_000_000)
    assert run.cpu_seconds > 0
    assert run.peak_mib < 100


HOLDING = "import time; held = bytearray(100_000_000); time.sleep(0.5)"


def test_what_its_own_processes_hold_is_added(tmp_path):
    code = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLDING!r}], check=True)"
    )
    words = (sys.executable, "-c", code)

    run = timed(words, folder=tmp_path, variables={"PATH": os.defpath}, files=tmp_path)

    assert 100 < run.peak_mib < 200


def test_a_process_that_fails_says_why(tmp_path):
    words = (sys.executable, "-c", "raise SystemExit('no such thing')")

    with pytest.raises(RuntimeError, match="ended with `1`: no such thing"):
        timed(words, folder=tmp_path, variables={"PATH": os.defpath}, files=tmp_path)


def test_a_lockfile_of_before_differs_in_as_many_packages():
    packages = {
        f"node_modules/p{number}": {"version": "1.0.0", "integrity": "sha512-AA=="}
        for number in range(50)
    }
    twice = {"node_modules/p1/node_modules/p0": packages["node_modules/p0"]}
    lock = {"packages": {"": {"name": "app"}, **packages, **twice}}

    before = changed(lock, 20)

    other = [path for path, entry in before["packages"].items() if entry != lock["packages"][path]]
    assert len(other) == 20
    assert lock["packages"]["node_modules/p1"]["version"] == "1.0.0"
