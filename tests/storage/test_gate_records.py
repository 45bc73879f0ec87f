"""Decisions that were told and who asked for what: bounded, each told once and counted."""

from contextlib import closing
from pathlib import Path

import pytest

from imprint.storage import gate_records
from imprint.storage.gate_records import DecisionRow

NOW = 1_800_000_000.0


@pytest.fixture
def index(tmp_path: Path):
    with closing(gate_records.open_records(tmp_path / "records.sqlite3")) as opened:
        yield opened


def row(**changes):
    values = {
        "at": NOW,
        "name": "widget",
        "version": "1.0.0",
        "integrity": None,
        "verdict": "refused",
        "effect": "withhold",
        "codes": ("auth-regressed",),
        "sentence": "`widget@1.0.0` is refused",
        "client": "192.0.2.1 npm/11",
        "channel": "tarball",
        "policy_digest": "ab",
    }
    return DecisionRow(**{**values, **changes})


def test_a_decision_is_kept_with_all_that_was_said(index):
    gate_records.tell(index, [row(integrity="sha512-x", codes=("malware", "advisory"))])

    (kept,) = gate_records.decisions(index)

    assert (kept.name, kept.version, kept.integrity) == ("widget", "1.0.0", "sha512-x")
    assert (kept.verdict, kept.effect, kept.codes) == (
        "refused",
        "withhold",
        ("malware", "advisory"),
    )
    assert (kept.client, kept.channel, kept.times) == ("192.0.2.1 npm/11", "tarball", 1)


def test_what_the_same_client_is_told_again_is_counted(index):
    gate_records.tell(index, [row(), row(at=NOW + 5, integrity="sha512-x")])

    (kept,) = gate_records.decisions(index)

    assert (kept.first_at, kept.last_at, kept.times) == (NOW, NOW + 5, 2)
    assert kept.integrity == "sha512-x"


@pytest.mark.parametrize(
    "other",
    [{"client": "192.0.2.2"}, {"channel": "advisories"}, {"policy_digest": "cd"}, {"codes": ()}],
    ids=lambda one: next(iter(one)),
)
def test_another_client_channel_policy_or_reason_is_another_decision(index, other):
    gate_records.tell(index, [row(), row(**other)])

    assert len(gate_records.decisions(index)) == 2


def test_decisions_are_listed_from_a_moment_on_by_name_and_by_effect(index):
    gate_records.tell(
        index,
        [
            row(),
            row(name="rope", at=NOW + 1, effect="serve"),
            row(version="2.0.0", at=NOW + 2),
        ],
    )

    later = gate_records.decisions(index, since=gate_records.decisions(index)[0].cursor)
    widgets = gate_records.decisions(index, name="widget")
    served = gate_records.decisions(index, effect="serve")
    first = gate_records.decisions(index, limit=1)

    assert [one.name for one in later] == ["rope", "widget"]
    assert [one.version for one in widgets] == ["1.0.0", "2.0.0"]
    assert [one.name for one in served] == ["rope"]
    assert [one.name for one in first] == ["widget"]


def test_decisions_of_one_moment_are_listed_piece_by_piece(index):
    gate_records.tell(index, [row(version=f"1.0.{number}") for number in range(5)])

    first = gate_records.decisions(index, limit=3)
    rest = gate_records.decisions(index, since=first[-1].cursor)
    newest = gate_records.decisions(index, limit=1, newest=True)

    assert [one.version for one in (*first, *rest)] == [f"1.0.{number}" for number in range(5)]
    assert [one.version for one in newest] == ["1.0.4"]


def test_the_oldest_decisions_go_when_there_are_too_many(index):
    rows = [row(version=f"1.0.{number}", at=NOW + number) for number in range(40)]

    gate_records.tell(index, rows, most_rows=32)

    kept = gate_records.decisions(index)
    assert len(kept) == 30
    assert kept[0].version == "1.0.10"


def test_it_is_known_who_asked_for_what_and_when_last(index):
    gate_records.ask(index, "192.0.2.1 npm/11", [("rope", "1.0.0")], now=NOW)
    gate_records.ask(index, "192.0.2.1 npm/11", [("rope", "1.0.0")], now=NOW + 60)
    gate_records.ask(index, "192.0.2.2 pnpm/12", [("rope", "1.0.0"), ("knot", "1.0.0")], now=NOW)

    asked = gate_records.inventory(index, name="rope")

    assert [(one.client, one.first_at, one.last_at) for one in asked] == [
        ("192.0.2.1 npm/11", NOW, NOW + 60),
        ("192.0.2.2 pnpm/12", NOW, NOW),
    ]
    assert gate_records.versions_asked(index, limit=9) == {"rope": ("1.0.0",), "knot": ("1.0.0",)}


def test_the_inventory_is_bounded_and_ends_after_half_a_year(index):
    gate_records.ask(index, "old", [("rope", "1.0.0")], now=NOW)
    gate_records.ask(index, "new", [("rope", "1.0.0")], now=NOW + 181 * 86_400)
    many = [("knot", f"1.0.{number}") for number in range(40)]
    gate_records.ask(index, "new", many, now=NOW + 182 * 86_400, most_rows=32)

    counts = gate_records.counts(index)

    assert counts.inventory == 30
    assert counts.clients == 1


def test_the_inventory_can_be_forgotten(index):
    gate_records.tell(index, [row()])
    gate_records.ask(index, "somebody", [("rope", "1.0.0")], now=NOW)

    gate_records.forget_inventory(index)

    assert gate_records.inventory(index) == ()
    assert gate_records.counts(index).clients == 0
    assert gate_records.counts(index).decisions == 1


def test_it_is_known_without_writing_whether_there_are_records(tmp_path):
    file, other = tmp_path / "records.sqlite3", tmp_path / "other.sqlite3"
    other.write_bytes(b"nothing that SQLite would read" * 100)

    before = gate_records.is_there(file)
    gate_records.open_records(file).close()

    assert not before
    assert gate_records.is_there(file)
    assert not gate_records.is_there(other)
    assert other.read_bytes().startswith(b"nothing")


def test_a_file_that_is_no_database_is_made_anew(tmp_path):
    file = tmp_path / "records.sqlite3"
    file.write_bytes(b"nothing that SQLite would read" * 100)

    with closing(gate_records.open_records(file)) as index:
        gate_records.tell(index, [row()])

        assert len(gate_records.decisions(index)) == 1
