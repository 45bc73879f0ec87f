"""Bursts: many packages of one publisher, each published again within minutes."""

from hypothesis import given
from hypothesis import strategies as st

from imprint.history.bursts import (
    BURST_SECONDS,
    LEAST_SIBLINGS,
    Published,
    bursts_of,
    repeated,
)

SCOPE = frozenset({"scope:@acme"})
MINUTE = 60.0


def published(number, *, at=0.0, publishers=SCOPE):
    return Published(name=f"@acme/p{number}", version="1.0.1", at=at, publishers=publishers)


def test_two_releases_of_a_line_within_minutes_are_repeated():
    moments = {"1.0.0": 0.0, "1.0.1": 10_000.0, "1.0.2": 10_000.0 + 5 * MINUTE}

    assert dict(repeated(moments)) == {"1.0.1": 10_000.0, "1.0.2": 10_300.0}


def test_releases_of_two_lines_are_not():
    assert list(repeated({"1.0.1": 0.0, "2.0.1": 60.0, "2.1.0-beta.1": 90.0})) == []


def test_a_quarter_of_an_hour_is_the_end():
    assert list(repeated({"1.0.1": 0.0, "1.0.2": BURST_SECONDS + 1})) == []


def test_what_has_no_moment_is_left_out():
    assert list(repeated({"1.0.1": None, "1.0.2": 1.0})) == []


def test_what_is_older_is_left_out_but_may_be_the_one_before():
    moments = {"1.0.0": 0.0, "1.0.1": 60.0, "1.0.2": 1_000.0, "1.0.3": 1_060.0}

    assert dict(repeated(moments, since=1_030.0)) == {"1.0.3": 1_060.0}


def test_six_siblings_are_a_burst():
    found = bursts_of(published(n, at=n * MINUTE) for n in range(6))

    assert found["@acme/p0", "1.0.1"] == tuple(f"@acme/p{n}" for n in range(1, 6))
    assert len(found) == 6


def test_five_packages_are_none():
    assert bursts_of(published(n) for n in range(5)) == {}


def test_versions_of_one_package_are_not_siblings():
    several = [
        Published(name="@acme/p", version=f"1.0.{n}", at=0, publishers=SCOPE) for n in range(9)
    ]

    assert bursts_of(several) == {}


def test_packages_of_different_publishers_are_not_siblings():
    apart = [published(n, publishers=frozenset({f"user:{n % 3}"})) for n in range(12)]

    assert bursts_of(apart) == {}


def test_one_publisher_in_common_is_enough():
    found = bursts_of(
        published(n, publishers=frozenset({f"scope:@s{n}", "user:wile"})) for n in range(6)
    )

    assert len(found) == 6


def test_what_is_spread_over_hours_is_none():
    assert bursts_of(published(n, at=n * 10 * MINUTE) for n in range(30)) == {}


def test_a_burst_after_single_releases_is_only_the_burst():
    early = published(99, at=-3600.0)

    found = bursts_of([early, *(published(n, at=n) for n in range(6))])

    assert ("@acme/p99", "1.0.1") not in found
    assert "@acme/p99" not in found["@acme/p0", "1.0.1"]


PUBLICATIONS = st.lists(
    st.builds(published, st.integers(0, 9), at=st.floats(0, 4_000, width=32)), max_size=30
)


@given(PUBLICATIONS)
def test_siblings_are_others_enough_of_them_and_near(publications):
    found = bursts_of(publications)

    for (name, _), siblings in found.items():
        own = [one.at for one in publications if one.name == name]
        assert name not in siblings
        assert len(siblings) >= LEAST_SIBLINGS
        for sibling in siblings:
            theirs = [one.at for one in publications if one.name == sibling]
            assert min(abs(a - b) for a in own for b in theirs) <= BURST_SECONDS


@given(PUBLICATIONS)
def test_the_order_does_not_matter(publications):
    assert bursts_of(publications) == bursts_of(publications[::-1])


def test_a_hundred_thousand_releases_of_one_quarter_of_an_hour_are_one_burst():
    many = 100_000  # each of which may not be looked at once for each of the others
    told = (
        Published(name=f"@acme/p{n % 6}", version=str(n), at=n % 600, publishers=SCOPE)
        for n in range(many)
    )

    found = bursts_of(told)

    assert len(found) == many
    assert set(map(len, found.values())) == {LEAST_SIBLINGS}


def test_of_two_quarters_of_an_hour_the_fuller_one_counts():
    early = [published(n, at=n) for n in range(6)]
    late = [published(n, at=BURST_SECONDS + n) for n in range(5, 12)]

    found = bursts_of([*early, *late])

    assert found["@acme/p11", "1.0.1"] == tuple(sorted(f"@acme/p{n}" for n in range(5, 11)))
