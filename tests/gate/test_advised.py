"""Refusals as advisories that every client takes, and upstreams' advisories put right."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.gate.advisories.advised import (
    MAX_TITLE_CHARACTERS,
    MOST_ENTRIES,
    advised,
    read_upstream,
)
from imprint.gate.withholding import page_of
from tests.support.gate_verdicts import admitted, refused, undecided

PAGE = "https://gate.example.test/-/imprint/gate/packages/widget"


def told(*verdicts, name="widget"):
    return advised(name, verdicts, page=PAGE)


@pytest.mark.parametrize(
    ("verdict", "severity", "cwe"),
    [
        (refused("1.0.0", "malware"), "critical", "CWE-506"),
        (refused("1.0.0", "quarantined"), "critical", "CWE-1357"),
        (refused("1.0.0", "integrity-mismatch", "release-too-young"), "critical", "CWE-347"),
        (refused("1.0.0", "auth-regressed"), "high", "CWE-1357"),
        (refused("1.0.0", "release-too-young", until=5e9), "moderate", "CWE-1357"),
        (undecided("1.0.0"), "moderate", "CWE-1357"),
    ],
    ids=["malware", "quarantined", "broken", "refused", "held", "undecided"],
)
def test_the_severity_is_that_of_the_reason(verdict, severity, cwe):
    (one,) = told(verdict)

    assert one.entry.severity == severity
    assert one.entry.cwe == (cwe,)


def test_what_is_admitted_is_no_advisory():
    assert told(admitted("1.0.0")) == ()


def test_versions_with_the_same_reasons_share_an_advisory_of_exactly_them():
    found = told(refused("1.2.3"), refused("1.2.4"), refused("2.0.0", "malware"))

    assert [one.entry.vulnerable_versions for one in found] == ["1.2.3 || 1.2.4", "2.0.0"]
    assert "(so are 1 others)" in found[0].entry.title


def test_ids_are_whole_numbers_that_stay_the_same_and_differ_by_package_and_reason():
    first = told(refused("1.0.0"))[0].entry.id
    again = told(refused("2.0.0"))[0].entry.id
    others = [
        told(refused("1.0.0"), name="rope")[0].entry.id,
        told(refused("1.0.0", "malware"))[0].entry.id,
    ]

    assert first == again
    assert 1_500_000_000 <= first < 2**31
    assert len({first, *others}) == 3


def test_the_page_is_on_our_own_host_and_escaped():
    address = page_of("https://gate.example.test", "@acme/wid%get")

    assert address == "https://gate.example.test/-/imprint/gate/packages/@acme/wid%25get"


def test_a_title_is_one_short_line():
    verdict = refused("1.0.0", "auth-regressed\n" * 100)

    (one,) = told(verdict)

    assert len(one.entry.title) <= MAX_TITLE_CHARACTERS
    assert "\n" not in one.entry.title


def upstream(entries, names=("widget",)):
    return read_upstream(json.dumps(entries).encode(), names)


def entry(**changes):
    values = {
        "id": 1234,
        "url": "https://advisories.example.test/GHSA-1",
        "title": "a hole",
        "severity": "high",
        "vulnerable_versions": "<2.0.0",
        "cwe": ["CWE-79"],
        "cvss": {"score": 7.5, "vectorString": "CVSS:3.1/AV:N"},
    }
    return {**values, **changes}


def test_an_upstreams_advisory_is_handed_on_as_it_is():
    found = upstream({"widget": [entry()]})

    (one,) = found.entries["widget"]
    assert (one.id, one.severity, one.vulnerable_versions) == (1234, "high", "<2.0.0")
    assert (one.cwe, one.cvss.score) == (("CWE-79",), 7.5)
    assert found.unreadable == 0


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        ({"id": "1234"}, "id", 1234),
        ({"severity": "MEDIUM"}, "severity", "moderate"),
        ({"severity": "awful"}, "severity", "high"),
        ({"severity": None}, "severity", "high"),
        ({"vulnerable_versions": None}, "vulnerable_versions", "*"),
        ({"url": "javascript:alert(1)"}, "url", ""),
        ({"title": "a\nb\x1b[2J"}, "title", "a b [2J"),
        ({"cwe": "CWE-79"}, "cwe", ()),
    ],
    ids=["text-id", "spelling", "unknown", "none", "range", "address", "control", "cwe"],
)
def test_what_a_client_would_drop_or_crash_on_is_put_right(change, field, expected):
    found = upstream({"widget": [entry(**change)]})

    assert getattr(found.entries["widget"][0], field) == expected


def test_an_id_that_is_no_number_becomes_one_of_its_own():
    first, second = upstream({"widget": [entry(id="GHSA-a"), entry(id="GHSA-b")]}).entries["widget"]

    assert first.id != second.id
    assert 1_500_000_000 <= first.id < 2**31


def test_names_that_nobody_asked_about_are_left_out():
    found = upstream({"widget": [entry()], "rope": [entry()]})

    assert list(found.entries) == ["widget"]


def test_entries_that_cannot_be_read_are_counted():
    found = upstream({"widget": [entry(), 7], "rope": "no list"}, names=("widget", "rope"))

    assert len(found.entries["widget"]) == 1
    assert found.unreadable == 2


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_answer_of_an_upstream_breaks_anything(raw):
    found = read_upstream(raw, ("widget",))

    assert found is None or set(found.entries) <= {"widget"}


def test_what_would_steer_a_terminal_is_not_passed_on():
    steering = "\x1b[2J"
    entry = {
        "id": 7,
        "url": f"https://advisories.example.test/{steering}",
        "title": f"a hole{steering}",
        "severity": "low",
        "vulnerable_versions": f"<9{steering}",
        "cwe": ["CWE-1", steering],
    }

    found = read_upstream(json.dumps({"widget": [entry]}).encode(), ("widget",))

    (one,) = found.entries["widget"]
    assert (one.url, one.vulnerable_versions, one.cwe) == ("", "*", ("CWE-1",))
    assert one.title.isprintable()


def test_more_advisories_than_are_read_are_said_to_be_missing():
    entries = [{"id": number, "severity": "low"} for number in range(MOST_ENTRIES + 1)]

    found = read_upstream(json.dumps({"widget": entries}).encode(), ("widget",))

    assert (len(found.entries["widget"]), found.unreadable) == (MOST_ENTRIES, 1)
