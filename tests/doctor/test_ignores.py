"""Comments that ignore findings."""

from datetime import date

import pytest

from imprint.doctor.ignores import comments_of, faults_of, sort_out
from tests.doctor.findings import RELEASE, finding

TODAY = date(2026, 11, 22)


def left(text, *findings):
    texts = {RELEASE: text}
    comments = comments_of(texts, today=TODAY)
    return sort_out(findings, comments, texts), list(faults_of(comments))


def test_a_comment_on_the_line_ignores_with_its_reason():
    text = "a\nb\nc  # imprint: ignore[cache-in-publish] nothing else writes it until=2027-01-31\n"

    (stay, (ignored,)), faults = left(text, finding(line=3))

    assert stay == ()
    assert (ignored.reason, ignored.until) == ("nothing else writes it", date(2027, 1, 31))
    assert faults == []


def test_a_comment_right_above_counts_with_comments_between():
    text = "# imprint: ignore[cache-in-publish] reason\n# more\nc\n"

    (stay, _), _ = left(text, finding(line=3))

    assert stay == ()


@pytest.mark.parametrize(
    "text",
    [
        "# imprint: ignore[cache-in-publish] reason\nkey:\nc\n",
        "# imprint: ignore[another-check] reason\n\nc\n",
        "a\nb\nc\n# imprint: ignore[cache-in-publish] reason\n",
    ],
)
def test_a_comment_elsewhere_or_for_another_check_ignores_nothing(text):
    one = finding(line=3)

    (stay, ignored), _ = left(text, one)

    assert (stay, ignored) == ((one,), ())


@pytest.mark.parametrize(
    ("comment", "fault"),
    [
        (
            "ignore[cache-in-publish]",
            "ignore comment has no reason: it counts for nothing without one",
        ),
        (
            "ignore[cache-in-publish] until=2027-01-31",
            "ignore comment has no reason: it counts for nothing without one",
        ),
        (
            "ignore[cache-in-publish] x until=soon",
            "ignore comment's date is `soon`, expected `until=2027-01-31`",
        ),
        (
            "ignore[cache-in-publish] x until=2026-11-21",
            "ignore comment ran out on 2026-11-21: its findings are back",
        ),
    ],
)
def test_a_comment_without_reason_or_beyond_its_date_counts_for_nothing(comment, fault):
    one = finding(line=1)

    (stay, _), faults = left(f"a  # imprint: {comment}\n", one)

    assert stay == (one,)
    assert faults == [f"{RELEASE}:1: {fault}"]


def test_one_comment_may_name_several_checks():
    text = "a  # imprint: ignore[one, two] reason\n"

    (stay, ignored), _ = left(text, finding("one", line=1), finding("two", line=1))

    assert (stay, len(ignored)) == ((), 2)
