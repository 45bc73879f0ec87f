"""Every code, event and mail has its page, no page is about nothing, and statuses name codes."""

import re

import pytest

from imprint.attestations.codes import Code
from imprint.explanations.pages import id_of, ids, page
from imprint.registry import statuses
from tests.docs.codes import found

HEADINGS = ["Why", "What to do", "Where"]
LONGEST_LINES = 26
# Attestation codes are in capitals, and their pages' files are not.
TITLES = {id_of(code): code.value for code in Code}
OPEN_ENDED = (
    # What another registry answered without a code of its own.
    "publish/registry_client.py: f'status-{answer.status}'",
)


def test_every_code_in_the_source_can_be_followed_to_its_text():
    assert found().lost == ()
    assert found().open_ended == OPEN_ENDED


def test_every_code_event_and_mail_has_a_page():
    assert sorted(found().ids - set(ids())) == []


@pytest.mark.parametrize("code", Code)
def test_an_attestation_code_is_explained_as_it_is_spelled(code):
    assert (page(code) or "").startswith(f"# {code}\n")


def test_no_page_is_about_something_that_is_never_said():
    assert sorted(set(ids()) - found().ids) == []


@pytest.mark.parametrize("name", ids())
def test_a_page_says_what_why_what_to_do_and_where(name):
    text = page(name) or ""
    lines = text.splitlines()

    assert lines[0] == f"# {TITLES.get(name, name)}"
    assert [line[3:] for line in lines if line.startswith("## ")] == HEADINGS
    assert all(part.strip() for part in re.split(r"^#.*$", text, flags=re.MULTILINE)[1:])
    assert len(lines) <= LONGEST_LINES
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("name", ids())
def test_a_page_names_the_status_that_is_sent(name):
    stated = {int(text) for text in re.findall(r"HTTP (\d{3})", page(name) or "")}

    assert stated <= found().statuses(name)


@pytest.mark.parametrize("name", ids())
def test_a_page_says_whether_it_is_about_an_event_or_a_mail(name):
    where = (page(name) or "").partition("## Where")[2]

    assert ("imprint admin events" in where) is (name in found().events)
    assert ("imprint admin outbox" in where) is (name in found().mails)


def test_a_status_is_given_only_to_codes_that_exist():
    assert sorted(statuses._STATUS.keys() - found().codes) == []


def test_no_decision_is_sent_as_a_failure_of_the_server():
    codes = found().refusals.keys() - {"internal-error"}

    assert [code for code in sorted(codes) if status_of_refusal(code) >= 500] == []


def status_of_refusal(code):
    return statuses.status_of(code, malformed=False)
