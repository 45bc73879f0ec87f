"""A short run of the fuzz entries of npm, from good inputs that are damaged."""

import gzip

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import fuzz_publish_body, fuzz_tarball, fuzz_version_range
from tests.support.tarballs import publish_body, tarball

BODY = publish_body()
ARCHIVE = gzip.decompress(tarball(files={"package/README.md": b"# widget"}))


@st.composite
def damaged(draw, whole):
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + 20)))
    return whole[:start] + draw(st.binary(max_size=20)) + whole[end:]


@given(data=damaged(BODY) | st.binary())
def test_a_damaged_body_is_malformed_or_still_one(data):
    fuzz_publish_body.one_input(data)


@given(data=damaged(ARCHIVE) | st.binary())
def test_a_damaged_archive_is_malformed_or_still_one(data):
    fuzz_tarball.one_input(data)


@given(
    data=damaged(b">=1.2.3-alpha.1 <2 || ~3.x") | damaged(b"1.2.3-alpha.1+build.5") | st.binary()
)
def test_damaged_versions_and_ranges_are_malformed_or_still_some(data):
    fuzz_version_range.one_input(data)


def test_whole_inputs_pass():
    fuzz_publish_body.one_input(BODY)
    fuzz_tarball.one_input(ARCHIVE)
    fuzz_version_range.one_input(b"1.2.3-alpha.1")
