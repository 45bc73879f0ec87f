"""Times as commands show them."""

import pytest

from imprint.cli.times import day, moment


def test_they_are_in_utc():
    assert (day(1_769_860_800.0), moment(1_769_860_800.0)) == (
        "2026-01-31",
        "2026-01-31 12:00:00Z",
    )


@pytest.mark.parametrize("at", [253_402_387_199.999, 1e300, -1e300, float("inf"), float("nan")])
def test_what_no_calendar_has_is_never(at):
    assert (day(at), moment(at)) == ("never", "never")


@pytest.mark.parametrize("at", [-62_135_596_800.0, 253_402_300_799.0])
def test_the_first_and_the_last_moment_are_written(at):
    assert moment(at).endswith("Z")
