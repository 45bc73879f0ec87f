"""Kept verdicts: found again by everything they rest on, and by nothing that was planted."""

import sqlite3
import stat
import subprocess
import sys

import pytest

from imprint.refusals import Malformed
from imprint.storage.verdicts import VerdictCache, cache_secret, verdict_key

SECRET = b"s" * 32
PARTS = ("@acme/widget", "1.0.0", "sha512-AA==", "evidence", "trust", "verifier")
KEY = verdict_key(*PARTS)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "cache" / "verdicts.sqlite3"


def kept(file, verdict=b"good", *, key=KEY, secret=SECRET):
    with VerdictCache(file, secret=secret) as cache:
        cache.put({key: verdict})


def found(file, *keys, secret=SECRET):
    with VerdictCache(file, secret=secret) as cache:
        return cache.get(keys or (KEY,))


def altered(file, statement, *values):
    with sqlite3.connect(file) as connection:
        connection.execute(statement, values)
    connection.close()


def test_a_verdict_is_found_by_its_key_in_another_process(file):
    kept(file, b"good")

    assert found(file, KEY, verdict_key("other")) == {KEY: b"good"}


@pytest.mark.parametrize("place", range(len(PARTS)))
def test_whatever_a_verdict_rests_on_is_in_its_key(place):
    other = [part + "x" if at == place else part for at, part in enumerate(PARTS)]

    assert verdict_key(*other) != KEY


def test_parts_are_set_off_from_each_other():
    assert verdict_key("ab", "c") != verdict_key("a", "bc")
    assert verdict_key("a", "") != verdict_key("a")


def test_a_row_that_was_altered_is_none(file):
    kept(file)

    altered(file, "UPDATE verdicts SET verdict = ?", b"evil")

    assert found(file) == {}


def test_a_row_that_was_moved_to_another_key_is_none(file):
    kept(file, key=verdict_key("other"))

    altered(file, "UPDATE verdicts SET key = ?", KEY)

    assert found(file) == {}


def test_a_cache_that_was_filled_elsewhere_is_empty(file):
    kept(file, secret=b"t" * 32)

    assert found(file) == {}


def test_values_of_another_type_are_passed_over(file):
    kept(file)

    altered(file, "UPDATE verdicts SET verdict = 'good', mac = 7")

    assert found(file) == {}


def test_a_later_verdict_takes_the_place_of_an_earlier_one(file):
    kept(file, b"first")
    kept(file, b"second")

    assert found(file) == {KEY: b"second"}


def test_a_file_that_is_no_database_is_begun_anew(file):
    file.parent.mkdir()
    file.write_bytes(b"garbage" * 1000)

    kept(file)

    assert found(file) == {KEY: b"good"}


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, i, i FROM n"


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TABLE verdicts (other TEXT)",),
        (f"CREATE VIEW verdicts(key, verdict, mac) AS {ENDLESS}",),
        (
            "CREATE TABLE verdicts (key BLOB, verdict BLOB, mac BLOB)",
            f"CREATE TRIGGER t AFTER INSERT ON verdicts BEGIN SELECT max(i) FROM ({ENDLESS}); END",
        ),
    ],
    ids=["another form", "a view without end", "a trigger without end"],
)
def test_a_cache_of_another_form_is_begun_anew_and_not_asked(file, statements):
    file.parent.mkdir()
    for statement in statements:
        altered(file, statement)

    kept(file)

    assert found(file) == {KEY: b"good"}


def test_a_verdict_of_endless_size_is_none(file):
    kept(file)
    altered(file, "UPDATE verdicts SET verdict = zeroblob(50000000)")

    assert found(file) == {}


def test_a_place_that_cannot_be_written_keeps_nothing(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    below_a_file = tmp_path / "file" / "verdicts.sqlite3"

    kept(below_a_file)

    assert found(below_a_file) == {}


def test_looking_for_nothing_finds_nothing(file):
    with VerdictCache(file, secret=SECRET) as cache:
        cache.put({})
        assert cache.get(()) == {}


def test_a_cache_that_was_closed_keeps_and_finds_nothing(file):
    cache = VerdictCache(file, secret=SECRET)
    cache.close()

    cache.put({KEY: b"good"})

    assert cache.get((KEY,)) == {}


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path):
    file = tmp_path / "config" / "verdicts.key"

    first, again = cache_secret(file), cache_secret(file)

    assert first == again
    assert len(first) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["verdicts.key"]


@pytest.mark.parametrize(
    ("content", "mode", "fault"),
    [(b"short", 0o600, "it has 5 bytes"), (b"s" * 32, 0o644, "others than its owner may read it")],
)
def test_a_secret_that_is_none_or_not_secret_is_refused(tmp_path, content, mode, fault):
    file = tmp_path / "verdicts.key"
    file.write_bytes(content)
    file.chmod(mode)

    with pytest.raises(Malformed) as caught:
        cache_secret(file)

    assert caught.value.code == "verdict-key"
    assert fault in caught.value.message


def test_a_secret_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(Malformed, match="cannot be used"):
        cache_secret(tmp_path / "file" / "verdicts.key")


def test_nothing_heavy_is_imported_for_a_look_up():
    code = "import sys, imprint.storage.verdicts; print(*sys.modules)"

    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.split()

    assert {"sqlalchemy", "cryptography", "aiohttp", "msgspec"}.isdisjoint(said)
