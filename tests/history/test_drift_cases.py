"""Golden cases of drift: each folder is a history, a candidate, and what is to be told of it."""

import pytest

from tests.support.drift_cases import expected, names, outcome


@pytest.mark.parametrize("name", names())
def test_a_history_is_told_as_its_case_says(name):
    assert outcome(name) == expected(name)


@pytest.mark.parametrize(
    "name",
    ["axios-1.14.1", "axios-0.30.4", "prettier-10.1.6", "prettier-10.1.7", "tanstack-1.121.2"],
)
def test_an_attack_is_stopped_without_waiting_for_it_to_grow_old(name):
    told = expected(name).splitlines()

    assert [line for line in told if line.startswith("error") and "too-young" not in line] != []


@pytest.mark.parametrize(
    "name",
    [
        "semver-5.7.2",
        "semver-6.3.1",
        "semver-6.3.1-today",
        "undici-types-6.21.0",
        "vite-6.4.1",
        "chokidar-4.0.3",
        "tailwind-merge-2.6.1",
        "axios-0.30.3",
    ],
)
def test_a_backport_is_no_error(name):
    assert "error" not in expected(name)
