"""npm's bulk advisories: what is asked, and what answers mean."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.advisories.bulk import (
    MAX_ENTRIES,
    NAMES_OF_A_BATCH,
    batches,
    read_answer,
    request_body,
)
from imprint.npm.advisories.model import AdvisorySeverity
from imprint.npm.ranges import VersionRange
from imprint.npm.versions import Version
from imprint.refusals import Malformed
from tests.npm.advisories.records import answer, entry

WANTED = {"widget": ["1.1.0", "1.2.3"]}


def test_an_entry_becomes_an_advisory_of_the_versions_in_its_range():
    found = read_answer(answer(), wanted=WANTED)

    (advisory,) = found.advisories["widget", "1.1.0"]
    assert (advisory.id, advisory.aliases) == ("GHSA-2cfg-3hjm-4pqr", ("1100001",))
    assert (advisory.severity, advisory.source) == (AdvisorySeverity.HIGH, "registry")
    assert (advisory.affected, advisory.fixed) == (">=1.0.0 <1.2.3", ("1.2.3",))
    assert found.advisories["widget", "1.2.3"] == ()
    assert found.unclear == {}


def test_names_without_an_entry_have_nothing_against_them():
    assert read_answer(b"{}", wanted=WANTED).advisories == {
        ("widget", "1.1.0"): (),
        ("widget", "1.2.3"): (),
    }


def test_names_that_were_not_asked_about_are_passed_over():
    found = read_answer(answer(other=[entry()]), wanted=WANTED)

    assert set(found.advisories) == {("widget", "1.1.0"), ("widget", "1.2.3")}


def test_malware_is_known_by_its_weakness():
    found = read_answer(answer(widget=[entry(cwe=["CWE-506"])]), wanted=WANTED)

    assert found.advisories["widget", "1.1.0"][0].is_malware


@pytest.mark.parametrize(
    ("range_text", "fixed"),
    [
        ("<1.2.3", ("1.2.3",)),
        (">=1.0.0 <1.2.3 || >=2.0.0 <2.0.4", ("1.2.3", "2.0.4")),
        ("<=1.2.2", ()),
        ("*", ()),
        ("1.x", ()),
    ],
)
def test_the_fix_is_what_the_range_names_as_its_end(range_text, fixed):
    found = read_answer(answer(widget=[entry(vulnerable_versions=range_text)]), wanted=WANTED)

    assert found.advisories["widget", "1.1.0"][0].fixed == fixed


def test_the_number_is_the_id_where_no_other_is_named():
    found = read_answer(answer(widget=[entry(url="https://example.test/7")]), wanted=WANTED)

    advisory = found.advisories["widget", "1.1.0"][0]
    assert (advisory.id, advisory.aliases) == ("1100001", ())


def test_a_missing_severity_is_the_vector_s():
    found = read_answer(answer(widget=[entry(severity=None)]), wanted=WANTED)

    assert found.advisories["widget", "1.1.0"][0].severity is AdvisorySeverity.CRITICAL


@pytest.mark.parametrize(
    "broken",
    [7, {}, entry(vulnerable_versions="soon"), entry(vulnerable_versions=None), entry(id=None)],
    ids=range(5),
)
def test_an_entry_that_cannot_be_read_hides_no_other_and_passes_nothing(broken):
    found = read_answer(answer(widget=[broken, entry()]), wanted=WANTED)

    assert len(found.advisories["widget", "1.1.0"]) == 1
    # It may say worse of the version that something is known against.
    assert list(found.unclear) == [("widget", "1.1.0"), ("widget", "1.2.3")]


def test_more_entries_than_any_package_has_leave_the_rest_unclear():
    entries = [entry(vulnerable_versions="=9.9.9")] * (MAX_ENTRIES + 1)

    found = read_answer(answer(widget=entries), wanted=WANTED)

    assert set(found.unclear) == {("widget", "1.1.0"), ("widget", "1.2.3")}


def test_entries_that_are_no_list_leave_the_versions_unclear():
    found = read_answer(answer(widget={"1": entry()}), wanted=WANTED)

    assert found.advisories == {}
    assert set(found.unclear.values()) == {"the registry's advisories of it are no list"}


def test_what_is_no_version_is_unclear_where_there_are_advisories():
    found = read_answer(answer(), wanted={"widget": ["newest"], "other": ["newest"]})

    assert list(found.unclear) == [("widget", "newest")]
    assert found.advisories == {("other", "newest"): ()}


@pytest.mark.parametrize("raw", [b"", b"[]", b"<html>", b'{"widget": [}', b"\xff", b"[" * 100_000])
def test_what_is_no_answer_is_malformed(raw):
    with pytest.raises(Malformed) as raised:
        read_answer(raw, wanted=WANTED)

    assert raised.value.code == "malformed-advisories"


def test_the_request_is_npm_s_own():
    body = request_body({"widget": ["1.0.0", "1.1.0"]})

    assert json.loads(gzip.decompress(body)) == {"widget": ["1.0.0", "1.1.0"]}


def test_very_many_names_are_asked_about_in_several_requests():
    wanted = {f"widget-{n}": ["1.0.0", "1.0.0"] for n in range(NAMES_OF_A_BATCH + 1)}

    found = list(batches(wanted))

    assert [len(batch) for batch in found] == [NAMES_OF_A_BATCH, 1]
    assert {name: ["1.0.0"] for name in wanted} == {**found[0], **found[1]}


NUMBERS = st.integers(0, 3)
VERSIONS = st.builds("{}.{}.{}{}".format, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["", "-rc.1"]))
RANGES = st.lists(
    st.builds("{}{}".format, st.sampled_from(["<", "<=", ">", ">=", "=", "^", "~"]), VERSIONS),
    min_size=1,
    max_size=3,
).map(" ".join)


@given(RANGES, VERSIONS)
def test_a_version_is_affected_as_npm_says(range_text, version):
    found = read_answer(
        answer(widget=[entry(vulnerable_versions=range_text)]), wanted={"widget": [version]}
    )

    inside = VersionRange.parse(range_text, include_prerelease=True).admits(Version.parse(version))
    assert bool(found.advisories["widget", version]) == inside
