"""Who is weaker than whom: an order on people, and on sets of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.paths.lattice import (
    ANON,
    ENV_REVIEWER,
    INTERACTION,
    PRIOR,
    REVIEWED,
    TAG_CREATOR,
    WRITER,
    is_outsider,
    is_weaker_or_equal,
    joined,
    spelled,
    weakest,
    who,
)
from imprint.workflows.paths.model import Principal, Rank

SUPPLY = Principal(rank=Rank.SUPPLY, of="npm")
PRINCIPALS = st.sampled_from(
    [ANON, PRIOR, INTERACTION, WRITER, TAG_CREATOR, REVIEWED, ENV_REVIEWER, SUPPLY]
)
PEOPLE = st.lists(PRINCIPALS, min_size=1, max_size=4).map(lambda many: who(*many))


@pytest.mark.parametrize(
    ("weak", "strong"),
    [
        (who(ANON), who(PRIOR)),
        (who(ANON), who(ANON, INTERACTION)),
        (who(ANON, INTERACTION), who(WRITER)),
        (who(WRITER), who(TAG_CREATOR)),
        (who(WRITER), who(REVIEWED)),
        (who(REVIEWED), who(REVIEWED, ENV_REVIEWER)),
        (who(WRITER, ENV_REVIEWER), who(REVIEWED, ENV_REVIEWER)),
    ],
)
def test_one_is_weaker_than_the_other_and_not_the_other_way_round(weak, strong):
    assert is_weaker_or_equal(weak, strong)
    assert not is_weaker_or_equal(strong, weak)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (who(TAG_CREATOR), who(REVIEWED)),
        (who(ANON, ENV_REVIEWER), who(WRITER)),
        (who(SUPPLY), who(ANON)),
        (who(SUPPLY), who(Principal(rank=Rank.SUPPLY, of="acme"))),
    ],
)
def test_neither_is_weaker(first, second):
    assert not is_weaker_or_equal(first, second)
    assert not is_weaker_or_equal(second, first)


def test_one_person_takes_several_parts_but_no_reviewers():
    assert who(ANON, WRITER, INTERACTION) == {WRITER}
    assert who(REVIEWED, ENV_REVIEWER) == {REVIEWED, ENV_REVIEWER}


def test_people_are_spelled_the_doer_first():
    assert [str(one) for one in spelled(who(ENV_REVIEWER, SUPPLY))] == [
        "SUPPLY(npm)",
        "ENV_REVIEWER",
    ]
    assert "+".join(map(str, spelled(who(INTERACTION, ANON)))) == "ANON+WRITER_INTERACTION"


def test_a_reviewer_makes_nobody_an_insider():
    assert is_outsider(who(ANON, ENV_REVIEWER))
    assert not is_outsider(who(WRITER))
    assert not is_outsider(who(ENV_REVIEWER))


@given(PEOPLE, PEOPLE, PEOPLE)
def test_the_order_is_one(first, second, third):
    assert is_weaker_or_equal(first, first)
    if is_weaker_or_equal(first, second) and is_weaker_or_equal(second, third):
        assert is_weaker_or_equal(first, third)


@given(PEOPLE, PEOPLE)
def test_who_has_to_take_part_as_well_is_no_weaker(first, second):
    assert is_weaker_or_equal(first, joined(first, second))


@given(st.lists(PEOPLE, max_size=6))
def test_the_weakest_stand_for_all(many):
    kept = weakest(many)

    assert all(any(is_weaker_or_equal(one, other) for one in kept) for other in many)
    assert not any(
        is_weaker_or_equal(one, other) for one in kept for other in kept if one is not other
    )
