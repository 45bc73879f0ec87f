"""Who published what: the same answers as going through all publications one by one."""

from hypothesis import given
from hypothesis import strategies as st

from imprint.history.accounts import Accounts, Same, Turns, folded
from imprint.history.axes import Axes
from imprint.history.earlier import Earlier
from imprint.history.publications import Publication
from imprint.history.windows import levels_of

NAMES = st.sampled_from(["alice", "bob", "eve"])
ROWS = st.builds(
    Publication,
    version=st.just("1.0.0"),
    user=st.none() | NAMES,
    email=st.none() | st.sampled_from(["a@example.test", "A@example.test ", "b@example.test"]),
    approver=st.none() | NAMES,
    configuration_id=st.none() | st.sampled_from(["one", "two"]),
)
PLACES = st.lists(st.none() | ROWS, max_size=14)


def orders(rows):
    """Return rows as they are looked through, the newest first."""
    axes = Axes()
    return [
        None
        if row is None
        else Earlier(row=row, axes=axes, levels=levels_of(axes), exotic=frozenset())
        for row in rows
    ]


def same_one_by_one(found, value, value_of):
    """Return what `Same` says, by looking at each."""
    known = [one for one in found if one is not None and value_of(one.row) is not None]
    same: list[Earlier] = []
    for one in known:
        if value_of(one.row) != value:
            return Same(len(same), same[-1] if same else None, one)
        same.append(one)
    return Same(len(same), same[-1] if same else None, None)


@given(PLACES, st.integers(0, 14), NAMES)
def test_the_publications_of_a_user_are_counted_and_the_first_is_known(rows, start, user):
    found = orders(rows)

    its = [one for one in found[start:] if one is not None and one.row.user == user]
    assert Accounts(found).by(user, start) == Same(len(its), its[-1] if its else None, None)


@given(PLACES, st.integers(0, 14), NAMES)
def test_whether_anybody_else_published_is_known(rows, start, user):
    found = orders(rows)

    users = {one.row.user for one in found[start:] if one is not None}
    assert Accounts(found).has_other(user, start) is bool(users - {user, None})


@given(PLACES, st.integers(0, 14), NAMES, st.sampled_from(["a@example.test", "b@example.test"]))
def test_a_change_of_address_is_found(rows, start, user, email):
    found = orders(rows)

    def address_of(row):
        is_known = row.user == user and row.email is not None
        return folded(row.email) if is_known else None

    expected = same_one_by_one(found[start:], email, address_of)
    assert Accounts(found).email_of(user, email, start) == expected


@given(PLACES, st.integers(0, 14), st.sampled_from(["one", "two"]))
def test_a_change_of_configuration_is_found(rows, start, own):
    found = orders(rows)

    expected = same_one_by_one(found[start:], own, lambda row: row.configuration_id)
    assert Accounts(found).configured_as(own, start) == expected


@given(PLACES, st.integers(0, 14), st.integers(0, 14), st.sets(NAMES, min_size=1))
def test_who_published_or_approved_between_two_places_is_known(rows, start, end, names):
    found = orders(rows)

    accounts = Accounts(found)

    between = [one.row for one in found[start:end] if one is not None]
    seen = {name for row in between for name in (row.user, row.approver)} - {None}
    assert accounts.is_any_named(start, end) is bool(seen)
    assert accounts.are_all_named(names, start, end) is (names <= seen)


def test_nobody_has_nothing():
    assert Accounts([]).by("alice", 0) == Same(0, None, None)
    assert Turns().same("x", 0, []) == Same(0, None, None)
