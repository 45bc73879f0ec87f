"""yarn's archives in a project, and what the lockfile says of them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.audit.archive_checksums import ArchiveChecksums
from imprint.history.events import EventId, EventSeverity
from imprint.npm.lockfiles.read import read_lockfile

DATA = b"the archive"
DIGEST = hashlib.sha512(DATA).hexdigest()
OTHER = hashlib.sha512(b"another").hexdigest()
ENTRY = """
"{descriptor}":
  version: {version}
  resolution: "{resolution}"
  checksum: {checksum}
  languageName: node
  linkType: hard
"""


def entry(checksum=f"10c0/{DIGEST}", *, version="1.0.0", resolution=None, descriptor=None):
    return ENTRY.format(
        descriptor=descriptor or f"@acme/widget@npm:^{version}",
        resolution=resolution or f"@acme/widget@npm:{version}",
        version=version,
        checksum=checksum,
    )


def patched(checksum=f"10c0/{DIGEST}", *, inner="1.0.0", descriptor="one"):
    locator = f"@acme/widget@patch:@acme/widget@npm%3A{inner}#~/{descriptor}.patch"
    return entry(
        checksum, version=inner, resolution=f"{locator}::version={inner}", descriptor=locator
    )


def locked(*entries):
    text = "__metadata:\n  version: 8\n  cacheKey: 10c0\n" + "".join(entries)
    return read_lockfile(text.encode(), filename="yarn.lock")


def keep(folder, name, data=DATA):
    path = folder / ".yarn/cache" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def told(folder, *entries):
    lockfile = locked(*entries)
    checksums = ArchiveChecksums(folder, lockfile)
    return [e for package in lockfile.packages.values() for e in checksums.events([package])]


NAME = f"@acme-widget-npm-1.0.0-0123456789-{DIGEST[:10]}.zip"
BY_KEY = "@acme-widget-npm-1.0.0-0123456789-10c0.zip"


@pytest.mark.parametrize("name", [NAME, BY_KEY])
@pytest.mark.parametrize("checksum", [f"10c0/{DIGEST}", f"10/{DIGEST}", DIGEST])
def test_the_very_archive_is_no_event(tmp_path, name, checksum):
    keep(tmp_path, name)

    assert told(tmp_path, entry(checksum)) == []


@pytest.mark.parametrize("name", [NAME, BY_KEY])
def test_another_archive_under_its_name_is_an_error(tmp_path, name):
    keep(tmp_path, name, b"another")

    (event,) = told(tmp_path, entry())

    assert (event.id, event.severity) == (EventId.INTEGRITY_MISMATCH, EventSeverity.ERROR)
    assert event.message == (
        f"the archive `.yarn/cache/{name}` is another than the lockfile's checksum says"
    )
    assert (event.before, event.after) == (DIGEST[:10], OTHER[:10])


def test_what_yarn_would_not_take_is_none_of_its(tmp_path):
    keep(tmp_path, f"@acme-widget-npm-1.0.0-0123456789-{OTHER[:10]}.zip", b"another")
    keep(tmp_path, "@acme-widget-npm-1.0.0-0123456789-8.zip", b"another")
    keep(tmp_path, f"@acme-widget-npm-1.0.1-0123456789-{DIGEST[:10]}.zip", b"another")

    assert told(tmp_path, entry()) == []


def test_one_of_two_by_the_same_key_is_enough(tmp_path):
    keep(tmp_path, BY_KEY, b"another")
    keep(tmp_path, BY_KEY.replace("0123456789", "aaaaaaaaaa"))

    assert told(tmp_path, entry()) == []


def test_a_patch_has_an_archive_of_its_own(tmp_path):
    keep(tmp_path, NAME)
    keep(tmp_path, f"@acme-widget-patch-0123456789-{OTHER[:10]}.zip", b"changed")

    (event,) = told(tmp_path, entry(), patched(f"10c0/{OTHER}"))

    assert "@acme-widget-patch-" in event.message


def test_which_of_several_patches_a_name_is_of_nobody_can_tell(tmp_path):
    keep(tmp_path, "@acme-widget-patch-0123456789-10c0.zip", b"another")

    assert told(tmp_path, patched(), patched(f"10c0/{OTHER}", descriptor="two")) == []


def test_without_archives_or_a_checksum_there_is_nothing_to_hold_against(tmp_path):
    assert told(tmp_path, entry()) == []
    keep(tmp_path, NAME, b"another")
    assert told(tmp_path, entry("10c0/none")) == []


def test_what_is_there_and_cannot_be_read_is_no_pass(tmp_path):
    (tmp_path / ".yarn/cache").mkdir(parents=True)
    os.mkfifo(tmp_path / ".yarn/cache" / NAME)

    (event,) = told(tmp_path, entry())

    assert event.message.endswith("cannot be read")


@given(st.text(max_size=60), st.binary(max_size=20))
def test_any_name_in_the_cache_is_borne(name, data):
    with tempfile.TemporaryDirectory() as folder:
        safe = name.replace("/", "-").replace("\0", "-").encode("utf-8", "replace")[:200]
        if safe not in {b"", b".", b".."}:
            keep(Path(folder), safe.decode("utf-8", "replace"), data)

        assert told(Path(folder), entry()) == []
