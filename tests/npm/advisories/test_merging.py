"""One flaw is one advisory, whoever tells it, and under however many names."""

from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.advisories.merging import merged
from imprint.npm.advisories.model import Advisory, AdvisorySeverity

RISING = ["unknown", "low", "moderate", "high", "critical"]


def advisory(name="GHSA-1", *aliases, **more):
    known = {
        "severity": AdvisorySeverity.HIGH,
        "title": f"title of {name}",
        "affected": "<2.0.0",
        "fixed": ("2.0.0",),
        "source": "osv",
        **more,
    }
    return Advisory(id=name, aliases=aliases, **known)


def test_two_of_one_flaw_become_one():
    found = merged([advisory("CVE-1", "GHSA-1"), advisory("GHSA-1", "CVE-1")])

    assert [(one.id, one.aliases, one.title) for one in found] == [
        ("GHSA-1", ("CVE-1",), "title of GHSA-1")
    ]


def test_a_third_may_join_two():
    found = merged([advisory("GHSA-1"), advisory("SNYK-1"), advisory("CVE-1", "SNYK-1", "GHSA-1")])

    assert [(one.id, one.aliases) for one in found] == [("GHSA-1", ("CVE-1", "SNYK-1"))]


def test_what_is_worse_counts():
    mild = advisory("GHSA-1", severity=AdvisorySeverity.LOW, affected="<1.0.0", fixed=("1.0.0",))
    severe = advisory(
        "MAL-1",
        "GHSA-1",
        severity=AdvisorySeverity.CRITICAL,
        is_malware=True,
        affected="*",
        fixed=(),
    )

    (found,) = merged([mild, severe])

    assert (found.severity, found.is_malware) == (AdvisorySeverity.CRITICAL, True)
    assert (found.affected, found.fixed) == ("<1.0.0 || *", ("1.0.0",))


def test_a_range_that_cannot_be_told_is_not_told_by_half():
    (found,) = merged([advisory(), advisory(affected=None)])

    assert found.affected is None


def test_the_worst_comes_first():
    found = merged(
        [
            advisory("GHSA-3", severity=AdvisorySeverity.LOW),
            advisory("GHSA-2", severity=AdvisorySeverity.CRITICAL),
            advisory("GHSA-1", severity=AdvisorySeverity.LOW, is_malware=True),
        ]
    )

    assert [one.id for one in found] == ["GHSA-1", "GHSA-2", "GHSA-3"]


IDS = st.sampled_from([f"{prefix}-{n}" for prefix in ("GHSA", "CVE", "MAL", "X") for n in range(3)])
ADVISORIES = st.lists(
    st.builds(lambda name, aliases: advisory(name, *aliases), IDS, st.lists(IDS, max_size=2)),
    max_size=6,
)


@given(ADVISORIES)
def test_no_name_is_lost_and_none_stands_in_two(advisories):
    found = merged(advisories)

    names = [name for one in found for name in {one.id, *one.aliases}]
    assert len(names) == len(set(names))
    assert set(names) == {name for one in advisories for name in (one.id, *one.aliases)}


@given(ADVISORIES)
def test_the_order_does_not_matter_to_what_is_one(advisories):
    def groups(some):
        return {(one.id, one.aliases) for one in merged(some)}

    assert groups(advisories) == groups(advisories[::-1])
