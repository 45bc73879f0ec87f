"""Tag templates: one `{{version}}`, and the tag that it makes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.publishers.templates import TagTemplate
from imprint.refusals import Malformed


@pytest.mark.case("E21", "E22")
@pytest.mark.parametrize(
    ("template", "version", "ref"),
    [
        ("v{{version}}", "1.2.3", "refs/tags/v1.2.3"),
        ("{{version}}", "1.2.3-beta.1", "refs/tags/1.2.3-beta.1"),
        ("@acme/rocket@{{version}}", "1.0.0+build.5", "refs/tags/@acme/rocket@1.0.0+build.5"),
        ("rocket/{{version}}-final", "1.0.0", "refs/tags/rocket/1.0.0-final"),
    ],
)
def test_a_template_makes_a_full_ref(template, version, ref):
    assert TagTemplate.parse(template).tag_for(version) == ref


@pytest.mark.case("E21")
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("v", "does not contain `{{version}}` exactly once"),
        ("{{version}}{{version}}", "does not contain `{{version}}` exactly once"),
        ("v {{version}}", "contains ` `: letters, digits and `._-+/@` are allowed"),
        ("v*{{version}}", "contains `*`: letters, digits and `._-+/@` are allowed"),
        ("{{ version }}", "does not contain `{{version}}` exactly once"),
        ("{{version}}}", "contains `}`: letters, digits and `._-+/@` are allowed"),
        ("refs/tags/v{{version}}", "is a full ref: the name of the tag alone is wanted"),
        ("/v{{version}}", "begins or ends in a way that no tag can"),
        ("{{version}}.lock", "begins or ends in a way that no tag can"),
        ("a..{{version}}", "contains `..`, which no tag can"),
        ("v{{version}}" + "a" * 300, "is longer than 256 characters"),
    ],
)
def test_what_makes_no_tag_is_refused(text, why):
    with pytest.raises(Malformed) as refused:
        TagTemplate.parse(text)

    assert refused.value.code == "invalid-tag-template"
    assert refused.value.message.endswith(why)
    assert refused.value.hint == "write it as `v{{version}}`"


@given(st.text(max_size=40))
def test_parsing_raises_nothing_but_malformed(text):
    try:
        template = TagTemplate.parse(text)
    except Malformed:
        return

    assert str(template) == text
