import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.tables.clients import client_table, declared_range, installed_range
from imprint.workflows.tables.releases import OPEN, release_of


@pytest.mark.parametrize(
    ("text", "lowest", "highest"),
    [
        ("^9.1.0", (9, 1, 0), (9, OPEN, OPEN)),
        ("~9.1.4", (9, 1, 4), (9, 1, OPEN)),
        ("9.1.4", (9, 1, 4), (9, 1, 4)),
        (">=8", (8, 0, 0), None),
        ("<9", (0, 0, 0), (8, OPEN, OPEN)),
        ("^7.0.0 || ^9.0.0", (7, 0, 0), (9, OPEN, OPEN)),
        ("*", (0, 0, 0), None),
    ],
)
def test_a_declared_range_has_ends(text, lowest, highest):
    found = declared_range(text)

    assert (found.lowest, found.highest) == (lowest, highest)


@pytest.mark.parametrize("text", ["next", "workspace:*", "git+ssh://host/x", "catalog:"])
def test_what_is_no_range_has_none(text):
    assert declared_range(text) is None


def test_an_install_takes_the_newest_that_the_wish_admits():
    newest_11 = release_of(client_table().lines["npm"].newest["11"])

    assert installed_range("npm", "11").lowest == newest_11
    assert installed_range("npm", "^11.5.1").lowest == newest_11
    assert installed_range("npm", "11").highest == (11, OPEN, OPEN)


def test_latest_is_open_upwards():
    found = installed_range("npm", "latest")

    assert found.lowest == release_of(client_table().lines["npm"].latest)
    assert found.highest is None


def test_a_tag_is_not_known():
    assert installed_range("npm", "next-11").lowest is None


@given(st.text(max_size=40))
def test_no_text_makes_it_fail(text):
    found = declared_range(text)
    assert found is None or found.highest is None or found.lowest is not None
