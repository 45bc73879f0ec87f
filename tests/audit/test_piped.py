"""NAME@VERSION lines as a lockfile."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.audit import piped
from imprint.audit.piped import read_piped
from imprint.refusals import Malformed


def read(text):
    return read_piped(io.BytesIO(text.encode())).lockfile


def test_each_line_is_a_package_that_the_project_needs():
    lockfile = read("express@5.1.0\n\n  @acme/widget@1.0.0-rc.1  \nexpress@5.1.0\n")

    told = [(one.name, one.version, one.line) for one in lockfile.packages.values()]
    assert told == [("express", "5.1.0", 1), ("@acme/widget", "1.0.0-rc.1", 3)]
    assert [edge.target for edge in lockfile.projects[0].edges] == list(lockfile.packages)


@pytest.mark.parametrize("line", ["express", "@5.1.0", "express@", "express@^5", "a b@1.0.0", "@x"])
def test_a_line_that_names_no_version_is_told_with_its_number(line):
    with pytest.raises(Malformed, match="line 2 of stdin") as caught:
        read(f"a@1.0.0\n{line}\n")

    assert caught.value.code == "malformed-lockfile"


def test_no_line_at_all_is_no_lockfile():
    with pytest.raises(Malformed) as caught:
        read("\n \n")

    assert caught.value.code == "no-lockfile"


def test_what_has_no_end_is_not_read_to_it(monkeypatch):
    monkeypatch.setattr(piped, "MAX_BYTES", 8)

    with pytest.raises(Malformed, match="more than 8 bytes"):
        read("express@5.1.0\n")


@given(st.binary(max_size=200))
def test_it_raises_nothing_else(data):
    try:
        found = read_piped(io.BytesIO(data))
    except Malformed:
        return
    assert all(one.version for one in found.lockfile.packages.values())
