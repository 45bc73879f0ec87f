"""Trusted publishers as rows: found for a package, pinned once, dead when removed."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from msgspec.structs import replace

from imprint.npm.names import PackageName, ScopePattern
from imprint.publishers.configuration import identity_of
from imprint.publishers.publisher import PublisherState
from imprint.storage import issuers, publishers
from tests.support.publishers import circleci_publisher, generic_publisher, gitlab_publisher
from tests.support.publishers import publisher as a_publisher
from tests.support.publishers import rules as some_rules
from tests.support.publishers import unpinned as an_unpinned

pytestmark = pytest.mark.stores

NOW = 1_795_000_000.0
PINNED = {"repository_id": "901", "owner_id": "42"}


@pytest.fixture
def add(writing, issuer_ids):
    """Keeps a publisher, with an id of its own."""

    def keep(publisher, *, owner=None, connection=writing):
        kept = replace(publisher, id=str(uuid.uuid4()))
        added = publishers.add(
            connection,
            kept,
            issuer_id=issuer_ids[kept.issuer.name],
            identity=identity_of(kept),
            owner_user_id=owner,
        )
        return kept if added else None

    return keep


def for_name(text, **overrides):
    target = ScopePattern.parse(text) if text.endswith("*") else PackageName.parse(text)
    return a_publisher(target=target, **overrides)


@pytest.mark.parametrize(
    "made", [a_publisher, an_unpinned, gitlab_publisher, circleci_publisher, generic_publisher]
)
def test_one_is_read_back_as_it_was_kept(writing, add, made):
    kept = add(made())

    assert publishers.find(writing, kept.id) == kept


def test_a_second_one_of_the_same_identity_is_not_kept(add):
    assert add(a_publisher()) is not None
    assert add(a_publisher()) is None
    assert add(a_publisher(rules=some_rules(environment="npm"))) is not None


def test_for_a_package_are_those_of_its_name_and_of_patterns_that_cover_it(writing, add):
    for text in ("@acme/widget", "@acme/*", "@acme/wid*", "@acme/gadget", "@acme/gad*", "@other/*"):
        add(for_name(text))

    found = publishers.for_package(writing, PackageName.parse("@acme/widget"))

    assert {str(p.target) for p in found} == {"@acme/widget", "@acme/*", "@acme/wid*"}


@pytest.mark.parametrize(
    ("scope", "other"), [("acme", "acme-x"), ("acme", "acme0"), ("a_b", "axb"), ("a.b", "a-b")]
)
def test_a_scope_that_looks_alike_is_another(writing, add, scope, other):
    add(for_name(f"@{other}/*"))
    mine = add(for_name(f"@{scope}/*"))

    found = publishers.for_package(writing, PackageName.parse(f"@{scope}/widget"))

    assert [p.id for p in found] == [mine.id]


def test_an_unscoped_package_has_no_patterns(writing, add):
    add(for_name("@acme/*"))
    mine = add(for_name("widget"))

    assert publishers.for_package(writing, PackageName.parse("widget")) == (mine,)


def test_the_oldest_comes_first(writing, add):
    names = ("npm", "staging", "canary")
    for age, name in enumerate(names):
        add(a_publisher(rules=some_rules(environment=name), created_at=NOW - age))

    found = publishers.for_package(writing, PackageName.parse("@acme/rocket"))

    assert [p.rules.environment for p in found] == ["canary", "staging", "npm"]


def test_an_issuer_that_is_off_disables_its_publishers(writing, add):
    kept = add(a_publisher())
    before = publishers.live_revision(writing, kept.id)
    issuers.set_disabled(writing, "github", at=NOW)

    assert (before, publishers.live_revision(writing, kept.id)) == (1, None)
    assert publishers.find(writing, kept.id).state is PublisherState.DISABLED


def test_a_change_of_state_raises_the_revision(writing, add):
    kept = add(a_publisher())

    publishers.change_state(writing, kept.id, PublisherState.DISABLED)
    disabled = publishers.live_revision(writing, kept.id)
    publishers.change_state(writing, kept.id, PublisherState.ACTIVE)

    assert (disabled, publishers.live_revision(writing, kept.id)) == (None, 3)


def pin_with(connection, publisher, **ids):
    ids = {**PINNED, **ids}
    pinned = replace(publisher, rules=replace(publisher.rules, **ids))
    return publishers.pin(connection, publisher.id, **ids, identity=identity_of(pinned))


@pytest.mark.case("F12")
def test_of_eight_first_uses_at_once_one_pins(current, issuer_ids):
    kept = an_unpinned()
    with current.writing() as connection:
        publishers.add(
            connection,
            kept,
            issuer_id=issuer_ids["github"],
            identity=identity_of(kept),
            owner_user_id=None,
        )

    def first_use(number):
        with current.writing() as connection:
            return pin_with(connection, kept, repository_id=str(number))

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(first_use, range(900, 908)))

    with current.reading() as connection:
        stored = publishers.find(connection, kept.id).rules.repository_id
    assert sorted(won) == [False] * 7 + [True]
    assert stored == str(900 + won.index(True))


class TestPinning:
    @pytest.fixture
    def pin(self, writing):
        return partial(pin_with, writing)

    @pytest.mark.case("F10")
    def test_the_first_use_pins(self, writing, add, pin):
        kept = add(an_unpinned())

        assert pin(kept)
        found = publishers.find(writing, kept.id)
        assert (found.rules.repository_id, found.rules.owner_id) == ("901", "42")
        assert (found.state, found.pin_until) == (PublisherState.PINNED, None)

    @pytest.mark.case("F12")
    def test_a_second_one_does_not(self, writing, add, pin):
        kept = add(an_unpinned())
        pin(kept)

        assert not pin(kept, repository_id="902")
        assert publishers.find(writing, kept.id).rules.repository_id == "901"

    @pytest.mark.case("F12")
    def test_one_that_was_removed_is_not_pinned(self, writing, add, pin):
        kept = add(an_unpinned())
        publishers.remove(writing, kept.id)

        assert not pin(kept)

    @pytest.mark.case("K04")
    def test_after_it_one_without_ids_can_be_added_again(self, add, pin):
        kept = add(an_unpinned())
        refused = add(an_unpinned())
        pin(kept)

        assert refused is None
        assert add(an_unpinned()) is not None

    def test_only_a_pinned_one_is_confirmed(self, writing, add, pin):
        kept = add(an_unpinned())
        early = publishers.confirm(writing, kept.id)
        pin(kept)

        assert (early, publishers.confirm(writing, kept.id)) == (False, True)
        assert publishers.find(writing, kept.id).state is PublisherState.ACTIVE
        assert not publishers.confirm(writing, kept.id)


def test_a_new_label_changes_nothing_else(writing, add):
    kept = add(a_publisher())

    publishers.relabel(writing, kept.id, "acme/renamed", now=NOW)

    found = publishers.find(writing, kept.id)
    assert found == replace(kept, rules=replace(kept.rules, repository="acme/renamed"))


def test_every_name_that_a_repository_had_is_remembered(writing, add):
    kept = add(a_publisher())

    for label in ("acme/renamed", "acme/renamed", "acme/again"):
        publishers.relabel(writing, kept.id, label, now=NOW)

    assert publishers.labels_of(writing, kept.id) == {"acme/rocket", "acme/renamed", "acme/again"}


def test_a_repository_that_was_never_renamed_has_its_one_name(writing, add):
    assert publishers.labels_of(writing, add(a_publisher()).id) == {"acme/rocket"}


def test_one_is_removed_once(writing, add):
    kept = add(a_publisher())

    assert publishers.remove(writing, kept.id)
    assert not publishers.remove(writing, kept.id)
    assert publishers.find(writing, kept.id) is None
    assert publishers.live_revision(writing, kept.id) is None


class TestPending:
    @pytest.fixture
    def pending(self, add, people):
        return add(a_publisher(pending=True, expires_at=NOW + 100), owner=people["ada"])

    def test_its_owner_is_known_and_it_counts(self, writing, pending, people):
        assert publishers.pending_owner(writing, pending.id) == people["ada"]
        assert publishers.count_pending(writing, people["ada"], now=NOW) == 1
        assert publishers.count_pending(writing, people["ben"], now=NOW) == 0

    def test_it_counts_no_more_past_its_time(self, writing, pending, people):
        assert publishers.count_pending(writing, people["ada"], now=NOW + 100) == 1
        assert publishers.count_pending(writing, people["ada"], now=NOW + 101) == 0

    def test_once_its_package_exists_it_is_like_any_other(self, writing, pending, people):
        publishers.reified(writing, pending.id)

        found = publishers.find(writing, pending.id)
        assert (found.pending, found.expires_at, found.revision) == (False, None, 1)
        assert publishers.count_pending(writing, people["ada"], now=NOW) == 0

    def test_those_whose_time_is_over_are_removed(self, writing, pending, add):
        other = add(a_publisher(rules=some_rules(environment="npm")))

        removed = [publishers.remove_expired_pending(writing, now=NOW + n) for n in (100, 101, 102)]

        assert removed == [0, 1, 0]
        assert publishers.find(writing, other.id) is not None


def test_what_one_person_made_is_counted_from_a_time_on(writing, add):
    for age in (0, 10, 20):
        add(a_publisher(rules=some_rules(environment=f"e{age}"), created_at=NOW - age))

    assert publishers.count_created_since(writing, "wile", since=NOW - 10) == 2
    assert publishers.count_created_since(writing, "somebody", since=NOW - 10) == 0
