"""Which dependencies come from a registry, and which from anywhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.history.specifications import is_exotic, may_be_exotic

EXOTIC = [
    "git+https://forge.example.test/acme/widget.git",
    "git+ssh://git@forge.example.test/acme/widget.git#v1.0.0",
    "git://forge.example.test/acme/widget",
    "git@forge.example.test:acme/widget.git",
    "GitHub:acme/widget",
    "gitlab:acme/widget#semver:^1",
    "gist:11081aaa281",
    "acme/widget",
    "acme/widget#main",
    "https://forge.example.test/widget.tgz",
    "HTTP://forge.example.test/widget",
    "file:../widget",
    "link:../widget",
    "./widget",
    "..",
    ".",
    "~/widget",
    "widget-1.0.0.tgz",
    "WIDGET.TAR.GZ",
    " acme/widget ",
    "C:\\widget",
]
ORDINARY = [
    "^1.2.3",
    ">=1.0.0 <2.0.0 || 3.x",
    "1.0.0 - 2.0.0",
    "latest",
    "next",
    "*",
    "",
    "~1.2",
    "~",
    "npm:other@^1.0.0",
    "npm:@acme/other@1.0.0",
    "workspace:*",
    "workspace:../widget",
    "catalog:",
    "1.2.3-beta.tarball",
]


@pytest.mark.parametrize("text", EXOTIC)
def test_what_comes_from_elsewhere_is_exotic(text):
    assert is_exotic(text)
    assert may_be_exotic(["^1.0.0", text])


@pytest.mark.parametrize("text", ORDINARY)
def test_what_a_registry_resolves_is_not_exotic(text):
    assert not is_exotic(text)


@given(texts=st.lists(st.text(st.sampled_from("a1.:/@~^ #\\tgz")) | st.text()))
def test_a_look_at_all_at_once_misses_none(texts):
    if any(is_exotic(text) for text in texts):
        assert may_be_exotic(texts)
