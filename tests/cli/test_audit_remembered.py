"""Whole results of earlier audits: found again, and never where anything is another."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib

import pytest

from imprint.audit.model import Coverage
from imprint.cli.audit.remembered import MOST_FILES, Remembered, Result, key_of
from imprint.cli.audit.running import exit_code
from imprint.policy.model import Mode
from imprint.storage.verdicts import VerdictCache
from tests.support.audits import audit, difference, package, refused, undecided

SECRET = b"s" * 32
RESULT = Result(text="imprint: 2 packages\n", exit_code=1, until=100.0, notes=("note",))


@pytest.fixture
def cache(tmp_path):
    with VerdictCache(tmp_path / "audits.sqlite3", secret=SECRET) as opened:
        yield opened


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.js").write_text("1")
    (folder / "package-lock.json").write_text("{}")
    return folder


def key(project, *parts, tree=True):
    return key_of(parts, [project / "package-lock.json", None], project if tree else None)


def test_a_result_is_found_again_until_it_ends(cache):
    remembered = Remembered(cache)
    remembered.put(b"k" * 32, RESULT)

    assert remembered.get(b"k" * 32, now=99.0) == RESULT
    assert remembered.get(b"k" * 32, now=100.0) is None
    assert remembered.get(b"o" * 32, now=1.0) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"no deflate",
        zlib.compress(b"no JSON"),
        zlib.compress(b"\xff"),
        zlib.compress(b"[1, 2, 3, 4]"),
        zlib.compress(b'["text", "1", 2.0, []]'),
        zlib.compress(b'{"text": 1}'),
    ],
)
def test_what_another_version_wrote_is_not_there(cache, raw):
    cache.put({b"k" * 32: raw})

    assert Remembered(cache).get(b"k" * 32, now=1.0) is None


def test_the_same_files_have_the_same_key(project):
    assert key(project, "plain") == key(project, "plain")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "package-lock.json").write_text("{ }"),
        lambda folder: (folder / "src" / "a.js").write_text("22"),
        lambda folder: (folder / "src" / "b.js").write_text("1"),
        lambda folder: (folder / "src" / "a.js").unlink(),
        lambda folder: os.utime(folder / "src" / "a.js", (1, 1)),
        lambda folder: (folder / "package-lock.json").unlink(),
    ],
    ids=["lockfile", "size", "new file", "gone", "touched", "lockfile gone"],
)
def test_whatever_changes_changes_the_key(project, change):
    before = key(project)
    change(project)

    assert key(project) != before


def test_installed_packages_count_by_what_is_told_of_them(project):
    installed = project / "node_modules"
    (installed / "a").mkdir(parents=True)
    before = key(project)
    (installed / "a" / "index.js").write_text("1")
    inner = key(project)
    (installed / ".package-lock.json").write_text("{}")

    assert inner == before
    assert key(project) != before


def test_a_tree_with_too_many_files_is_never_found_again(project, monkeypatch):
    monkeypatch.setattr("imprint.cli.audit.remembered.MOST_FILES", 1)

    assert key(project) != key(project)
    assert MOST_FILES > 1


def test_without_the_applications_files_they_do_not_count(project):
    before = key(project, tree=False)
    (project / "src" / "b.js").write_text("1")

    assert key(project, tree=False) == before


def test_a_kept_result_needs_nothing_of_an_audit():
    code = (
        "import sys, imprint.cli.main, imprint.cli.audit.command, imprint.cli.audit.auditing\n"
        "print(sorted({'aiohttp', 'msgspec', 'sqlalchemy', 'cryptography', 'imprint.audit.run'}"
        " & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert ran.stdout.strip() == "[]"


# --- exit codes ----------------------------------------------------------------------------------


class Wished:
    """Of the options, what the exit code goes by."""

    exit_zero = False


class Lenient(Wished):
    """`--exit-zero`."""

    exit_zero = True


NOTHING = Coverage(packages=0, checked=0)


@pytest.mark.parametrize(
    ("told", "wish", "code"),
    [
        (audit(package()), Wished, 0),
        (audit(refused()), Wished, 1),
        (audit(refused()), Lenient, 0),
        (audit(refused(), mode=Mode.OBSERVE), Wished, 0),
        (audit(refused(), mode=Mode.WARN), Wished, 0),
        (audit(undecided()), Wished, 3),
        (audit(refused(), undecided()), Wished, 1),
        (audit(package(), coverage=Coverage(packages=1, checked=1, is_incomplete=True)), Wished, 3),
        (audit(package(source="git"), coverage=Coverage(packages=1, checked=0)), Wished, 3),
        (audit(package(), packages=(), coverage=NOTHING), Wished, 3),
        (difference(package(), packages=(), coverage=NOTHING), Wished, 0),
    ],
)
def test_an_exit_code_says_refused_or_undecided_or_neither(told, wish, code):
    assert exit_code(told, wish) == code
