"""Untrusted values in messages: they end up in a header line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.refusals import QUOTED_CHARACTERS, quoted


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", "``"),
        ("acme/widget ~ ^_a", "`acme/widget ~ ^_a`"),
        ("a`b", "`a\\u{60}b`"),
        ("a\r\nb\x7f", "`a\\u{d}\\u{a}b\\u{7f}`"),
        ("é\U0001f600", "`\\u{e9}\\u{1f600}`"),
        ("x" * 200, f"`{'x' * 200}`"),
        ("x" * 201, f"`{'x' * 197}...`"),
    ],
)
def test_a_value_is_shown_as_one_line_of_printable_ascii(value, shown):
    assert quoted(value) == shown


@given(st.text())
def test_whatever_the_value_it_cannot_end_its_quotation(value):
    shown = quoted(value)

    assert shown.isascii()
    assert shown.isprintable()
    assert shown.count("`") == 2
    assert len(shown) <= QUOTED_CHARACTERS + 2
