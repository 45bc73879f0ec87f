"""Licences: what the lists say of an expression, over its tree."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.policy.licenses import (
    MAX_EXPRESSION_CHARACTERS,
    LicenseAllowed,
    LicenseDenied,
    LicenseUnknown,
    judge_license,
)

ALLOW = ("MIT", "Apache-2.0", "ISC", "BSD-*", "LicenseRef-acme")


def judged(expression, *, allow=(), deny=()):
    return type(judge_license(expression, allow=allow, deny=deny))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", LicenseAllowed),
        ("mit", LicenseAllowed),
        ("BSD-3-Clause", LicenseAllowed),
        ("GPL-3.0-only", LicenseDenied),
        ("(MIT OR GPL-3.0-only)", LicenseAllowed),
        ("MIT OR Whatever-1.0", LicenseAllowed),
        ("GPL-3.0-only OR Whatever-1.0", LicenseUnknown),
        ("GPL-2.0-only OR AGPL-3.0-only", LicenseDenied),
        ("MIT AND Apache-2.0", LicenseAllowed),
        ("MIT AND GPL-3.0-only", LicenseDenied),
        ("MIT AND Whatever-1.0", LicenseUnknown),
        ("GPL-3.0-only AND Whatever-1.0", LicenseDenied),
        ("MIT AND (GPL-3.0-only OR ISC)", LicenseAllowed),
        ("MIT OR GPL-3.0-only AND AGPL-3.0-only", LicenseAllowed),
        ("Apache-2.0 WITH LLVM-exception", LicenseAllowed),
        ("Apache-2.0 WITH Nobody-exception", LicenseUnknown),
        ("Apache-2.0+", LicenseAllowed),
        ("LicenseRef-acme", LicenseAllowed),
        ("LicenseRef-other", LicenseUnknown),
        ("LLVM-exception", LicenseUnknown),
        ("UNLICENSED", LicenseDenied),
        ("SEE LICENSE IN LICENSE.md", LicenseUnknown),
        ("MIT/X11", LicenseUnknown),
        ("BSD", LicenseUnknown),
        ("", LicenseUnknown),
        (None, LicenseUnknown),
    ],
)
def test_only_what_is_listed_is_allowed(expression, expected):
    assert judged(expression, allow=ALLOW) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", LicenseAllowed),
        ("GPL-2.0", LicenseDenied),
        ("GPL-2.0+", LicenseDenied),
        ("GPL-3.0-or-later", LicenseDenied),
        ("MIT OR GPL-2.0-only", LicenseAllowed),
        ("MIT AND GPL-2.0-only", LicenseDenied),
        ("GPL-2.0-only WITH Classpath-exception-2.0", LicenseDenied),
        ("LGPL-3.0-only", LicenseAllowed),
        ("Whatever-1.0", LicenseUnknown),
        ("LicenseRef-other", LicenseUnknown),
        ("UNLICENSED", LicenseUnknown),
    ],
)
def test_everything_but_what_is_denied_is_allowed(expression, expected):
    assert judged(expression, deny=("GPL-*",)) is expected


def test_an_exception_can_be_allowed_for_a_licence_that_is_not():
    expression = "GPL-2.0-only WITH Classpath-exception-2.0"

    assert judged(expression, allow=(expression,), deny=("GPL-2.0-only",)) is LicenseAllowed


def test_what_both_lists_have_is_denied():
    assert judged("MIT", allow=("MIT",), deny=("MIT",)) is LicenseDenied


@pytest.mark.parametrize("entry", ["GPL-2.0", "gpl-2.0-only", " GPL-2.0-only "])
def test_an_entry_may_be_written_as_people_do(entry):
    assert judged("GPL-2.0-only", deny=(entry,)) is LicenseDenied


@pytest.mark.parametrize("text", ["BSD", "MIT/X11", "UNLICENSED", "SEE LICENSE IN EULA.txt"])
def test_what_is_no_expression_can_be_listed_to_the_letter(text):
    assert judged(text, allow=(text,)) is LicenseAllowed
    assert judged(text, deny=(text,)) is LicenseDenied


def test_a_denial_names_what_stands_in_the_way():
    found = judge_license("GPL-2.0 OR AGPL-3.0", allow=("MIT",), deny=())

    assert found == LicenseDenied(
        because=("GPL-2.0-only", "AGPL-3.0-only"),
        message="neither `GPL-2.0-only` nor `AGPL-3.0-only` is allowed",
    )


def test_a_very_long_expression_is_not_read():
    text = " OR ".join(["MIT"] * MAX_EXPRESSION_CHARACTERS)

    assert judged(text, allow=ALLOW) is LicenseUnknown


def test_deep_brackets_do_no_harm():
    assert judged("(" * 490 + "MIT" + ")" * 490, allow=ALLOW) in (LicenseAllowed, LicenseUnknown)


WORDS = ["MIT", "GPL-3.0-only", "Whatever-1.0", "AND", "OR", "WITH", "(", ")", "+", "/", "\0", "é"]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=60))
def test_any_text_is_judged_and_shown_as_one_line(text):
    found = judge_license(text, allow=("MIT",), deny=("GPL-3.0-only",))

    message = "" if isinstance(found, LicenseAllowed) else found.message
    assert isinstance(found, LicenseAllowed | LicenseDenied | LicenseUnknown)
    assert message.isprintable()
    assert message.isascii()


IDS = st.sampled_from(["MIT", "ISC", "GPL-3.0-only", "Whatever-1.0"])
RANK = {LicenseDenied: 0, LicenseUnknown: 1, LicenseAllowed: 2}


@given(IDS, IDS)
def test_or_takes_the_better_and_and_the_worse_branch(left, right):
    ranks = [RANK[judged(one, allow=("MIT", "ISC"))] for one in (left, right)]

    assert RANK[judged(f"{left} OR {right}", allow=("MIT", "ISC"))] == max(ranks)
    assert RANK[judged(f"{left} AND {right}", allow=("MIT", "ISC"))] == min(ranks)


def test_the_library_is_only_loaded_for_a_judgement():
    script = "import sys, imprint.policy.licenses; print('license_expression' in sys.modules)"

    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )

    assert ran.stdout == "False\n"
