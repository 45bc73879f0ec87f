"""What an archive says, as evidence and in npm's shape."""

from __future__ import annotations

import json

import pytest

from imprint.evidence.archived_advisories import bulk_answer, found_in
from imprint.evidence.wanted import Wanted
from imprint.npm.advisories.bulk import read_answer
from imprint.storage.advisory_archive import AdvisoryArchive
from imprint.storage.advisory_index import IndexPlace
from tests.npm.advisories.records import affected, archive, record

REGISTRY = "https://registry.example.test/"


@pytest.fixture
def known(tmp_path):
    path = archive(
        tmp_path / "all.zip",
        record(),
        record(id="MAL-1", aliases=[], affected=[affected({"introduced": "0"}, name="evil")]),
        record(
            id="GHSA-odd1-odd2-odd3",
            aliases=[],
            summary="two\nlines\u202e",
            references=[],
            severity=[],
            database_specific={},
            affected=[affected(name="odd")],
        ),
    )
    opened = AdvisoryArchive.open(path, IndexPlace(folder=tmp_path / "kept", secret=b"s" * 32))
    yield opened
    opened.close()


def told(known, **wanted):
    return json.loads(bulk_answer(known, wanted))


def test_only_what_is_affected_is_told_and_nothing_that_was_not_asked(known):
    answer = told(known, widget=["1.1.0", "1.2.3"], other=["1.0.0"])

    ((name, (entry,)),) = answer.items()
    assert name == "widget"
    assert entry == {
        "id": entry["id"],
        "url": "https://example.test/advisories/1",
        "title": "widget runs what it reads (GHSA-wile-road-acme)",
        "severity": entry["severity"],
        "vulnerable_versions": ">=1.0.0 <1.2.3",
        "cwe": [],
        "cvss": {"score": 0, "vectorString": None},
    }
    assert told(known, widget=["1.2.3"]) == {}


def test_malware_is_critical_and_named_so(known):
    (entry,) = told(known, evil=["3.0.0"])["evil"]

    assert (entry["severity"], entry["cwe"]) == ("critical", ["CWE-506"])


def test_what_does_not_say_is_a_high_one_on_one_line(known):
    (entry,) = told(known, odd=["1.0.0"])["odd"]

    assert (entry["severity"], entry["url"]) == ("high", "")
    assert entry["title"] == "two lines (GHSA-odd1-odd2-odd3)"


def test_an_id_is_a_whole_number_the_same_each_time(known):
    (first,) = told(known, widget=["1.0.0"])["widget"]
    (again,) = told(known, widget=["1.2.2", "1.0.0"])["widget"]
    (other,) = told(known, evil=["1.0.0"])["evil"]

    assert isinstance(first["id"], int)
    assert first["id"] == again["id"] != other["id"]


def test_our_own_reader_reads_it(known):
    wanted = {"widget": ["1.0.0", "2.0.0"], "evil": ["1.0.0"]}

    answer = read_answer(bulk_answer(known, wanted), wanted=wanted)

    assert answer.unclear == {}
    assert {key: bool(found) for key, found in answer.advisories.items()} == {
        ("widget", "1.0.0"): True,
        ("widget", "2.0.0"): False,
        ("evil", "1.0.0"): True,
    }


def test_as_evidence_every_version_has_its_outcome(known):
    wanted = [
        Wanted(name=name, version=version, registry=REGISTRY)
        for name, version in (("widget", "1.0.0"), ("widget", "1.2.3"), ("none", "1.0.0"))
    ]

    found = found_in(known, wanted)

    assert [one.id for one in found.of("widget", "1.0.0")] == ["GHSA-wile-road-acme"]
    assert found.of("widget", "1.2.3") == found.of("none", "1.0.0") == ()
    assert set(found.by_version) == {one.key for one in wanted}
