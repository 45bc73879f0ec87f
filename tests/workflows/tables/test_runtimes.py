import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.tables.releases import OPEN, range_of
from imprint.workflows.tables.runtimes import node_releases, node_table, npm_of


def npm(wanted):
    found = npm_of(node_releases(wanted))
    return found.lowest, found.highest


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ("24.0.0", (11, 3, 0)),
        ("24.2.0", (11, 3, 0)),
        ("24.4.1", (11, 4, 2)),
        ("24.5.0", (11, 5, 1)),
        ("24.8.0", (11, 6, 0)),
        ("22.14.0", (10, 9, 2)),
        ("22.21.0", (10, 9, 4)),
        ("20.17.0", (10, 8, 2)),
        ("18.20.5", (10, 8, 2)),
        ("v25.0.0", (11, 6, 2)),
        ("26.7.0", (11, 19, 0)),
    ],
)
def test_a_release_of_node_brings_one_npm(node, expected):
    # facts/workflows.md §2.3
    assert npm(node) == (expected, expected)


@pytest.mark.parametrize("wanted", ["24", "24.x", "v24", "lts/*", "lts/krypton", ">=20", "^24.1"])
def test_what_becomes_a_runners_newest_24_can_exchange(wanted):
    lowest, highest = npm(wanted)

    assert lowest == (11, 5, 1)
    assert highest == (11, OPEN, OPEN)


@pytest.mark.parametrize("wanted", ["22", "lts/jod", "lts/-1", "20", "^22.1.0", "22.x"])
def test_what_becomes_a_22_or_20_stays_below_npm_11(wanted):
    assert npm(wanted)[1] == (10, OPEN, OPEN)


def test_a_minor_of_24_is_what_it_was():
    assert npm("24.4")[1] == (11, 4, 2)


def test_a_line_that_runners_dropped_is_at_its_last_release():
    assert node_releases("18").lowest == node_releases("18").highest == (18, 20, 8)


def test_the_newest_of_all_is_no_lts():
    assert node_releases("latest").surely_from((26, 7, 0))
    assert node_releases("node") == node_releases("current") == node_releases("latest")


@pytest.mark.parametrize("wanted", ["", "nonsense", "lts/unheard-of", "lts/-9", "${{ x }}"])
def test_what_is_no_version_is_not_known(wanted):
    assert node_releases(wanted) is None


def test_a_node_of_the_future_has_an_npm_that_is_not_known():
    assert npm("27.1.0") == (None, None)


def test_a_patch_newer_than_the_table_has_at_least_the_npm_before_it():
    lowest, highest = npm("24.99.0")

    assert lowest == range_of(node_table().npm["24.19.0"]).lowest
    assert highest == (11, OPEN, OPEN)


@given(st.text(max_size=30))
def test_no_text_makes_it_fail(text):
    found = node_releases(text)
    assert found is None or npm_of(found) is not None
