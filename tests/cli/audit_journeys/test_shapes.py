"""What incidents and harmless releases looked like, from a lockfile to a verdict, by the default.

Facts: consumers §8.1 (attacks are stopped before a tarball is downloaded) and §8.2 (releases of old
lines are no errors). Not here: each sign by itself (tests/history/cases), the archive's own records
(benchmarks/replay.py).
"""

from __future__ import annotations

import pytest

from tests.support.incident_shapes import names, set_up, shape, told

ATTACKS = [
    "attack-axios-0.30.4",
    "attack-axios-1.14.1",
    "attack-eslint-config-prettier-10.1.6",
    "attack-eslint-config-prettier-10.1.7",
    "attack-eslint-config-prettier-8.10.1",
    "attack-keyv",
    "attack-new-name",
    "attack-tanstack",
]


@pytest.mark.parametrize("name", names())
def test_an_audit_says_of_a_shape_what_its_folder_shows(audit, project, name):
    one = shape(name)
    set_up(project, one)

    ran = audit()

    assert told(ran.code, ran.package(*one.package)) == one.expected
    assert not [path for path in project.upstream.paths() if path.endswith(".tgz")]


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_stopped_while_it_is_young(name):
    assert shape(name).expected.startswith("exit 1, refused")


@pytest.mark.parametrize("name", [name for name in names() if name.startswith("benign-")])
def test_a_harmless_release_is_no_error_when_its_day_is_over(name):
    expected = shape(name).expected

    assert expected.startswith("exit 0, admitted")
    assert "block" not in expected
