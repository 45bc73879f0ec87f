"""Ref patterns: what they accept, what they match, and that each has a witness."""

import fnmatch
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.publishers.refs import MAXIMUM_LENGTH, RefPattern
from imprint.refusals import Malformed

pieces = st.lists(
    st.sampled_from(["refs/", "heads/", "tags/", "v", "a", "/", "*", "**", "1.0", "-", "@b.yml"]),
    max_size=8,
)
pattern_texts = pieces.map(lambda found: "refs/" + "".join(found))


def parsed(text: str) -> RefPattern | None:
    try:
        return RefPattern.parse(text)
    except Malformed:
        return None


@pytest.mark.case("E19")
@pytest.mark.parametrize(
    ("pattern", "ref"),
    [
        ("refs/heads/main", "refs/heads/main"),
        ("refs/tags/v*", "refs/tags/v1.2.3"),
        ("refs/tags/v*", "refs/tags/v"),
        ("refs/heads/release/*", "refs/heads/release/1.x"),
        ("refs/heads/**", "refs/heads/a/b/c"),
        ("refs/tags/**/v*", "refs/tags/@acme/rocket/v1"),
        ("refs/**", "refs/heads/main"),
        ("refs/tags/*-*.*", "refs/tags/a-b-c.d"),
    ],
)
def test_a_pattern_matches_the_whole_ref(pattern, ref):
    assert RefPattern.parse(pattern).matches(ref)


@pytest.mark.case("E19")
@pytest.mark.parametrize(
    ("pattern", "ref"),
    [
        ("refs/heads/main", "refs/heads/main2"),
        ("refs/heads/main", "refs/heads/Main"),
        ("refs/heads/main", "main"),
        ("refs/tags/v*", "refs/tags/v1/evil"),
        ("refs/tags/v*", "refs/heads/v1"),
        ("refs/tags/v*", "refs/heads/refs/tags/v1"),
        ("refs/tags/v*", "xrefs/tags/v1"),
        ("refs/heads/release/*", "refs/heads/release"),
        ("refs/tags/*-rc", "refs/tags/1-rc2"),
        ("refs/tags/v*", "refs/tags/v" + "1" * MAXIMUM_LENGTH),
        ("refs/tags/v*", ""),
    ],
)
def test_a_pattern_matches_nothing_less_or_more(pattern, ref):
    assert not RefPattern.parse(pattern).matches(ref)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("main", "write `refs/heads/main` for a branch or `refs/tags/main` for a tag"),
        ("v*", "write `refs/heads/v*` for a branch or `refs/tags/v*` for a tag"),
        ("tags/v*", "write `refs/tags/v*`"),
        ("**", "write `refs/heads/**` for a branch or `refs/tags/**` for a tag"),
    ],
)
def test_a_short_form_is_refused_with_the_full_one(text, hint):
    with pytest.raises(Malformed) as refused:
        RefPattern.parse(text)

    assert refused.value.code == "invalid-ref-pattern"
    assert refused.value.message == f"ref pattern `{text}` is not a full ref such as `refs/tags/v*`"
    assert refused.value.hint == hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "refs/tags/v[0-9]",
        "refs/tags/v?",
        "refs/tags/v 1",
        "refs/tags/v\n1",
        "refs/tags/***",
        "refs/tags/a..b",
        "refs/tags//a",
        "refs/tags/",
        "refs/tags/a.lock",
        "refs/tags/" + "*/" * 9 + "a",
        "refs/tags/" + "a" * MAXIMUM_LENGTH,
    ],
)
def test_what_no_ref_can_match_is_refused(text):
    with pytest.raises(Malformed, match="ref pattern"):
        RefPattern.parse(text)


@given(st.text(max_size=40) | pattern_texts)
def test_parsing_raises_nothing_but_malformed(text):
    pattern = parsed(text)

    assert pattern is None or str(pattern) == text


@given(pattern_texts)
def test_every_pattern_matches_its_witnesses(text):
    pattern = parsed(text)
    if pattern is None:
        return

    assert pattern.matches(pattern.witness())
    for prefix in ("refs/heads/", "refs/tags/"):
        witness = pattern.witness_under(prefix)
        if witness is not None:
            assert witness.startswith(prefix)
            assert len(witness) > len(prefix)
            assert pattern.matches(witness)


@given(pattern_texts, st.text("vx1/", min_size=1, max_size=6), st.sampled_from(["heads", "tags"]))
def test_a_pattern_that_matches_a_branch_or_a_tag_has_a_witness_of_that_kind(text, name, kind):
    pattern = parsed(text)
    ref = f"refs/{kind}/{name}"
    if pattern is None or not pattern.matches(ref):
        return

    assert pattern.witness_under(f"refs/{kind}/") is not None


@given(pattern_texts.filter(lambda text: "/" not in text[5:]), st.text("va1.-", max_size=8))
def test_within_one_segment_a_pattern_is_what_a_shell_says(text, name):
    pattern = parsed(text)
    if pattern is None:
        return

    assert pattern.matches(f"refs/{name}") == fnmatch.fnmatchcase(f"refs/{name}", text)


@pytest.mark.case("F03")
def test_the_worst_pattern_and_the_longest_ref_take_no_time():
    pattern = RefPattern.parse("refs/" + "**a" * 8)
    ref = "refs/" + "a" * (MAXIMUM_LENGTH - 6) + "b"

    started = time.perf_counter()
    matched = pattern.matches(ref)

    assert not matched
    assert time.perf_counter() - started < 0.2
    assert not pattern.matches("refs/heads/" + "@" * 20_000_000)
