"""A short run of the fuzz entries of reports, from good inputs that are damaged."""

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import fuzz_manifest_lines, fuzz_markup

MANIFEST = b'{"name": "app",\n "dependencies": {"a": "1",\n "b": {"c": []}}, "devDependencies": {}}'
TEXT = b"published by `@acme/x` | [a](b) <b> https://a.example #1 `c` **d**"


@st.composite
def damaged(draw, whole):
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + 20)))
    return whole[:start] + draw(st.binary(max_size=20)) + whole[end:]


@given(data=damaged(MANIFEST) | st.binary())
def test_a_damaged_package_json_has_some_lines(data):
    fuzz_manifest_lines.one_input(data)


@given(data=damaged(TEXT) | st.binary())
def test_a_damaged_text_is_still_no_markup(data):
    fuzz_markup.one_input(data)
