"""OSV records: which versions they affect, what they say, and what they may not be."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.advisories.model import AdvisorySeverity
from imprint.npm.advisories.osv import MAX_EVENTS, MAX_RECORD_BYTES, read_record, spans_of
from imprint.npm.ranges import VersionRange
from imprint.npm.versions import Version
from imprint.refusals import Malformed
from tests.npm.advisories.records import VECTOR, affected, record


def flaw(**more):
    ((_, only),) = read_record(record(**more))
    return only


def test_a_record_becomes_an_advisory():
    ((name, found),) = read_record(record())

    assert name == "widget"
    advisory = found.advisory(source="osv")
    assert (advisory.id, advisory.aliases) == ("GHSA-wile-road-acme", ("CVE-2026-10001",))
    assert advisory.severity is AdvisorySeverity.HIGH
    assert advisory.title == "widget runs what it reads"
    assert advisory.url == "https://example.test/advisories/1"
    assert (advisory.affected, advisory.fixed) == (">=1.0.0 <1.2.3", ("1.2.3",))
    assert (advisory.is_malware, advisory.source) == (False, "osv")


@pytest.mark.parametrize(
    ("events", "inside", "outside"),
    [
        ([{"introduced": "0"}], ["0.0.1", "9.9.9", "1.0.0-rc.1"], []),
        ([{"introduced": "0"}, {"fixed": "2.0.0"}], ["1.9.9", "2.0.0-rc.1"], ["2.0.0", "2.0.1"]),
        ([{"introduced": "1.0.0"}, {"last_affected": "1.4.0"}], ["1.4.0"], ["0.9.9", "1.4.1"]),
        (
            [{"introduced": "1.0.0"}, {"fixed": "1.2.0"}, {"introduced": "2.0.0"}],
            ["1.1.0", "2.0.0", "3.0.0"],
            ["1.2.0", "1.9.0", "2.0.0-beta"],
        ),
        (
            [{"fixed": "3.0.0"}, {"introduced": "2.0.0"}, {"fixed": "1.2.0"}, {"introduced": "0"}],
            ["1.1.9", "2.5.0"],
            ["1.2.0", "3.0.0"],
        ),
        ([{"introduced": "0"}, {"limit": "2.0.0"}], ["1.9.9"], ["2.0.0", "3.0.0"]),
        ([{"introduced": "0"}, {"fixed": "9.0.0"}, {"limit": "2.0.0"}], ["1.0.0"], ["2.0.0"]),
        ([{"introduced": "0"}, {"limit": "2.0.0"}, {"limit": "*"}], ["3.0.0"], []),
        ([{"introduced": "1"}, {"fixed": "1.6"}], ["1.0.0", "1.5.9"], ["0.9.0", "1.6.0"]),
        ([{"introduced": "2.0.0"}, {"fixed": "2.0.0"}], [], ["1.0.0", "2.0.0", "3.0.0"]),
        ([{"fixed": "2.0.0"}], [], ["1.0.0", "2.0.0"]),
    ],
)
def test_events_say_which_versions_are_affected(events, inside, outside):
    found = flaw(affected=[affected(*events)])

    assert [found.affects(version) for version in inside] == [True] * len(inside)
    assert [found.affects(version) for version in outside] == [False] * len(outside)


VERSIONS = ["0.1.0", "1.0.0-beta", "1.0.0", "1.0.1", "2.0.0-rc.1", "2.0.0", "2.3.4", "3.0.0"]
KINDS = ["introduced", "fixed", "last_affected", "limit"]


@st.composite
def ranges(draw):
    versions = draw(st.lists(st.sampled_from(["0", *VERSIONS]), unique=True, max_size=6))
    return [{draw(st.sampled_from(KINDS)): version} for version in versions]


def is_affected_by_the_schema(events, version):
    """OSV's evaluation to the letter: events in order, each changing what is so far."""

    def key(text):
        return (0,) if text == "0" else (1, Version.parse(text).precedence)

    mine = key(version)
    limits = [key(event["limit"]) for event in events if "limit" in event]
    if limits and not any(mine < limit for limit in limits):
        return False
    result = False
    for event in sorted(events, key=lambda event: key(next(iter(event.values())))):
        ((kind, text),) = event.items()
        if kind == "introduced" and mine >= key(text):
            result = True
        if (kind == "fixed" and mine >= key(text)) or (
            kind == "last_affected" and mine > key(text)
        ):
            result = False
    return result


@given(ranges(), st.sampled_from(VERSIONS))
def test_spans_hold_what_the_schema_calls_affected(events, version):
    spans = spans_of(events)

    assert any(span.holds(Version.parse(version)) for span in spans) == is_affected_by_the_schema(
        events, version
    )


@given(ranges(), st.sampled_from(VERSIONS))
def test_a_span_is_written_as_the_npm_range_that_it_is(events, version):
    wanted = Version.parse(version)

    for span in spans_of(events):
        affected_range = VersionRange.parse(str(span), include_prerelease=True)
        assert affected_range.admits(wanted) == span.holds(wanted)


def test_listed_versions_are_affected_to_the_letter():
    listed = affected(versions=["0.0.9", "weird"], ranges=[])

    found = flaw(affected=[listed])

    assert [found.affects(one) for one in ("0.0.9", "weird", "1.1.0")] == [True, True, False]
    assert found.advisory(source="osv").affected == "0.0.9 || weird"


def test_listed_versions_within_the_ranges_are_not_told_twice():
    found = flaw(affected=[affected(versions=["1.1.0", "4.0.0"])])

    assert found.advisory(source="osv").affected == ">=1.0.0 <1.2.3 || 4.0.0"


def test_what_is_no_version_cannot_be_judged_by_ranges():
    assert flaw().affects("latest-and-greatest") is None
    assert flaw(affected=[affected({"introduced": "0"})]).affects("latest-and-greatest") is True


def test_a_withdrawn_record_says_nothing():
    assert read_record(record(withdrawn="2026-03-01T00:00:00Z")) == ()


def test_only_npm_packages_are_taken():
    entries = [affected(), affected(ecosystem="PyPI"), affected(name="other")]

    found = read_record(record(affected=entries))

    assert [name for name, _ in found] == ["widget", "other"]


def test_ranges_of_commits_are_passed_over():
    entry = affected(ranges=[{"type": "GIT", "repo": "x", "events": [{"introduced": "0"}]}])

    assert flaw(affected=[entry]).affects("1.0.0") is False


@pytest.mark.parametrize(
    "more", [{"id": "MAL-2026-1"}, {"database_specific": {"cwe_ids": ["CWE-506"]}}]
)
def test_malware_is_known_by_its_id_or_weakness(more):
    found = flaw(severity=[], **{"database_specific": {}, **more})

    assert found.is_malware
    assert found.severity is AdvisorySeverity.CRITICAL


def test_malware_without_any_range_is_malware_in_every_version():
    found = flaw(id="MAL-2026-1", affected=[affected(ranges=[])])

    assert found.affects("7.0.0")
    assert found.advisory(source="osv").affected == "*"


@pytest.mark.parametrize(
    ("word", "score", "severity"),
    [
        ("CRITICAL", None, AdvisorySeverity.CRITICAL),
        ("MODERATE", VECTOR, AdvisorySeverity.MODERATE),
        ("LOW", None, AdvisorySeverity.LOW),
        (None, VECTOR, AdvisorySeverity.CRITICAL),
        (None, "CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:U/C:L/I:L/A:N", AdvisorySeverity.LOW),
        (
            None,
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
            AdvisorySeverity.CRITICAL,
        ),
        (None, "AV:N/AC:L/Au:N/C:N/I:N/A:C", AdvisorySeverity.HIGH),
        (None, "CVSS:3.1/nothing", AdvisorySeverity.UNKNOWN),
        ("terrible", None, AdvisorySeverity.UNKNOWN),
        (7, None, AdvisorySeverity.UNKNOWN),
    ],
)
def test_severity_is_the_record_s_word_or_its_vector_s(word, score, severity):
    scores = [] if score is None else [{"type": "CVSS", "score": score}]

    assert flaw(severity=scores, database_specific={"severity": word}).severity is severity


@pytest.mark.parametrize("member", ["summary", "references", "severity", "database_specific"])
def test_what_nobody_needs_may_be_of_another_form(member):
    assert flaw(**{member: 7}).affects("1.1.0") is True


def test_null_is_as_good_as_nothing():
    found = flaw(aliases=None, severity=None, references=None)

    assert (found.aliases, found.url) == ((), None)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"id": 7}',
        b'{"id": ""}',
        record(id="x" * 500),
        record(affected=7),
        record(affected=[affected({"introduced": "soon"})]),
        record(affected=[affected(ranges=[{"type": "SEMVER", "events": [{"introduced": 1}]}])]),
        record(affected=[{"package": "widget"}]),
        record(aliases=[7]),
        record(affected=[affected(*({"introduced": "1.0.0"},) * (MAX_EVENTS + 1))]),
        b" " * (MAX_RECORD_BYTES + 1),
        b"[" * 100_000,
        json.dumps({"id": "x", "affected": [affected()]}).encode()[:-1] + b"\xff}",
    ],
    ids=range(16),
)
def test_what_is_no_record_is_malformed(raw):
    with pytest.raises(Malformed) as raised:
        read_record(raw)

    assert raised.value.code == "malformed-advisory"
    assert raised.value.message.isprintable()
