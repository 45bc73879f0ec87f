"""A short run of the fuzz entry of lockfiles, from good ones that are damaged."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.lockfiles.read import LOCKFILE_NAMES
from tests.fuzz import fuzz_lockfile

CASES = sorted((Path(__file__).parents[1] / "npm" / "lockfiles" / "cases").iterdir())


def whole(case):
    index, path = next(
        (index, case / name) for index, name in enumerate(LOCKFILE_NAMES) if (case / name).is_file()
    )
    manifest = case / "package.json"
    return (
        bytes([index])
        + path.read_bytes()
        + (b"\0" + manifest.read_bytes() if manifest.is_file() else b"")
    )


WHOLE = [whole(case) for case in CASES]
PIECES = [
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"'",
    b":",
    b",",
    b"\n",
    b"  ",
    b"- ",
    b"? ",
    b"|-",
    b"@",
    b"\0",
    b"null",
    b"\xef\xbb\xbf",
    b"\\u0000",
    b"\r",
    b"1e999",
    b"\xff\xfe",
    b"\r\n",
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!js/function ",
    b"__proto__",
    b"constructor",
    b"\n<<<<<<< HEAD\n",
    b"\n>>>>>>> theirs\n",
    b"\n=======\n",
    b"\\u002f",
    b"a/" * 500,
    b"k" * 5000,
    "\u2028".encode(),
]


@st.composite
def damaged(draw):
    data = draw(st.sampled_from(WHOLE))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(1, len(data)))
        end = draw(st.integers(start, min(len(data), start + 30)))
        middle = draw(
            st.binary(max_size=8) | st.sampled_from(PIECES) | st.just(data[start:end] * 2)
        )
        data = data[:start] + middle + data[end:]
    return data


@given(data=damaged() | st.binary())
def test_a_damaged_lockfile_is_malformed_or_still_one(data):
    fuzz_lockfile.one_input(data)


@given(data=st.sampled_from(WHOLE), lines=st.randoms())
def test_lines_in_another_order_are_malformed_or_still_a_lockfile(data, lines):
    found = data[1:].split(b"\n")
    at = lines.randrange(len(found))
    to = lines.randrange(len(found))
    found.insert(to, found.pop(at))
    fuzz_lockfile.one_input(data[:1] + b"\n".join(found))


def test_whole_inputs_pass():
    for data in WHOLE:
        fuzz_lockfile.one_input(data)
