"""Every acceptance case has a test or a reason, and the page says which."""

from tests.acceptance.cases import PAGE, cases, covered, page


def test_every_case_has_a_test_or_a_reason():
    files = covered()

    assert [c.id for c in cases() if c.id not in files and c.not_yet is None] == []


def test_no_case_with_a_test_is_said_to_have_none():
    files = covered()

    assert [c.id for c in cases() if c.id in files and c.not_yet is not None] == []


def test_no_test_names_a_case_that_there_is_not():
    assert set(covered()) <= {case.id for case in cases()}


def test_there_are_all_cases_each_once():
    ids = [case.id for case in cases()]

    assert (len(ids), len(set(ids))) == (198, 198)


def test_the_page_says_what_the_markers_say():
    assert PAGE.read_text(encoding="utf-8") == page()
