"""Others' texts in Markdown, read back as CommonMark reads them."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imprint.cli.render.markup import LONGEST, code_of, text_of

TEXTS = st.text(alphabet=st.sampled_from("`\\|*_[]()<>~#!$&@:/.a1 \n\u202e-"), max_size=40)
SPECIAL = re.compile(r"[`*_\[\]|<>~#!$&]")


def taken_apart(text):
    """Return what stands outside of code, without escaped signs, and the code spans.

    Code begins with a run of backticks and ends with the next run as long (CommonMark §6.1).
    """
    outside, codes, at = "", [], 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            outside, at = outside + "\0", at + 2
        elif text[at] == "`":
            run = "`" * (len(text[at:]) - len(text[at:].lstrip("`")))
            closing = re.compile(rf"(?<!`){run}(?!`)").search(text, at + len(run))
            assert closing, f"unclosed in {text!r}"
            codes.append(text[at + len(run) : closing.start()])
            at = closing.end()
        else:
            outside += text[at]
            at += 1
    return outside, codes


@given(TEXTS)
@example("a `b` `c")
@example("``")
@example("x`@y`z")
@example("`a``@b`")
def test_nothing_outside_of_code_is_markup(text):
    outside, _ = taken_apart(text_of(text))

    assert SPECIAL.search(outside) is None
    assert re.search(r"@\w|://|www\.", outside) is None


@given(TEXTS)
def test_code_is_one_span_and_ends_no_cell(text):
    outside, codes = taken_apart(code_of(text))

    assert outside == ""
    assert len(codes) == 1
    assert "|" not in codes[0]


@given(TEXTS)
def test_both_are_one_line(text):
    assert len(text_of(text).splitlines()) <= 1
    assert len(code_of(text).splitlines()) == 1


def test_our_own_words_stay_as_they_are():
    told = "published by a token; the last 6 releases came from `acme/widget release.yml`"

    assert text_of(told) == told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("by @alice", "by `@alice`"),
        ("see https://a.example", "see `https://a.example`"),
        ("fixes #12", "fixes `#12`"),
        ("2 * 3", "2 \\* 3"),
        ("no-downgrade @ 3f2a", "no-downgrade @ 3f2a"),
    ],
)
def test_what_platforms_make_links_of_becomes_code(text, expected):
    assert text_of(text) == expected


def test_a_long_text_is_cut():
    assert len(text_of("x" * 9999)) == LONGEST
