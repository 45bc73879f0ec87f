"""A token that stands in a file is found, and never repeated."""

from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.checks.running import find_all
from tests.workflows.checks.scenes import VALUES, scene_of

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def found_in(text, path=".npmrc"):
    return find_all(scene_of({path: text}), only={"literal-token"})


def test_the_token_is_in_no_message():
    token = VALUES["npm token"]

    (found,) = found_in(f"//registry.example.test/:_authToken={token}\n")

    assert token[4:] not in repr(found.report)


@given(st.lists(st.sampled_from(LETTERS), min_size=36, max_size=36, unique=True).map("".join))
def test_every_token_of_npms_form_is_found(letters):
    assert len(found_in(f"x=npm_{letters}\n")) == 1


@given(st.text(max_size=200))
def test_any_text_can_be_looked_through(text):
    found_in(f"_auth={text}\nnpm_{text}")
