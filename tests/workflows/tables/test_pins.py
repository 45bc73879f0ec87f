from imprint.workflows.github.model import RemoteUse
from imprint.workflows.sources import Span, Text
from imprint.workflows.tables.caching import caching_actions
from imprint.workflows.tables.pins import KnownBy, newest, pins, version_of
from imprint.workflows.tables.releases import OPEN, range_of, release_of

UNSEEN = "0123456789abcdef0123456789abcdef01234567"


def use(ref, *, comment=None, repository="checkout"):
    span = Span(path="w.yml", start=0, end=0, line=1, column=1)
    return RemoteUse(
        owner="actions",
        repository=repository,
        path="",
        ref=ref,
        version_comment=comment,
        text=Text(value=f"actions/{repository}@{ref}", span=span),
    )


def test_a_major_tag_floats_within_its_line():
    found = version_of(use("v4"))

    assert (found.releases.lowest, found.releases.highest) == ((4, 0, 0), (4, OPEN, OPEN))
    assert (found.known_by, found.is_fixed) == (KnownBy.TAG, False)


def test_a_whole_tag_is_fixed():
    found = version_of(use("v4.2.0"))

    assert (found.is_fixed, found.is_commit) == (True, False)


def test_a_commit_is_looked_up():
    found = version_of(use("DE0FAC2E4500DABE0009E67214FF5F5447CE83DD"))

    assert found.releases.lowest == found.releases.highest == (6, 0, 2)
    assert (found.known_by, found.is_commit) == (KnownBy.TABLE, True)


def test_the_table_goes_before_a_comment():
    found = version_of(use("de0fac2e4500dabe0009e67214ff5f5447ce83dd", comment="v7.0.0"))

    assert found.releases.lowest == (6, 0, 2)


def test_a_comment_is_a_hint_for_a_commit_that_is_not_in_the_table():
    found = version_of(use(UNSEEN, comment="v5"))

    assert (found.releases.lowest, found.known_by) == ((5, 0, 0), KnownBy.COMMENT)


def test_a_commit_that_nobody_knows_may_be_anything():
    found = version_of(use(UNSEEN))

    assert (found.releases.lowest, found.known_by) == (None, KnownBy.NOTHING)


def test_a_branch_is_newer_than_every_release():
    found = version_of(use("main"))

    assert found.known_by is KnownBy.BRANCH
    assert found.releases.surely_from((99, 0, 0))


def test_every_row_of_the_table_is_a_commit_with_a_whole_version():
    rows = [(commit, tag) for tags in pins().values() for commit, tag in tags.items()]

    assert rows
    assert [row for row in rows if len(row[0]) != 40 or release_of(row[1]) is None] == []


def test_the_newest_of_an_action_is_one_of_its_rows():
    found = newest()["actions/checkout"]

    assert pins()["actions/checkout"][found["commit"]] == found["tag"]
    assert range_of(found["tag"]).surely_from((7, 0, 0))


def test_every_caching_row_has_bounds_that_are_releases():
    rows = [row for rows in caching_actions().values() for row in rows]
    bounds = [bound for row in rows for bound in (row.since, row.below) if bound is not None]

    assert bounds
    assert [bound for bound in bounds if release_of(bound) is None] == []
    assert [row.action for row in rows if row.action != row.action.lower()] == []
