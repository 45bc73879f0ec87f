"""TagTemplate: which tag a version is published from, `v{{version}}` (pub.dev's idea)."""

from __future__ import annotations

import string

import msgspec

from imprint.publishers.refs import TAG_PREFIX
from imprint.refusals import Malformed, quoted

PLACEHOLDER = "{{version}}"
MAXIMUM_LENGTH = 256

_ALLOWED = frozenset(string.ascii_letters + string.digits + "._-+/@")
"""Enough for `v1.2.3` and for the tags of monorepos, `@acme/widget@1.2.3`."""


class TagTemplate(msgspec.Struct, frozen=True):
    """A tag's name with one `{{version}}` in it."""

    text: str

    @classmethod
    def parse(cls, text: str) -> TagTemplate:
        """Return the template; raises Malformed (`invalid-tag-template`)."""
        problem = _problem(text)
        if problem is not None:
            raise Malformed(
                "invalid-tag-template",
                f"tag template {quoted(text)} {problem}",
                hint="write it as `v{{version}}`",
            )
        return cls(text)

    def __str__(self) -> str:
        """Return the template as it is written."""
        return self.text

    def tag_for(self, version: str) -> str:
        """Return the full ref of the tag, `refs/tags/v1.2.3`, with the version to the letter."""
        return TAG_PREFIX + self.text.replace(PLACEHOLDER, version)


def _problem(text: str) -> str | None:
    if not text:
        return "is empty"
    if len(text) > MAXIMUM_LENGTH:
        return f"is longer than {MAXIMUM_LENGTH} characters"
    if text.count(PLACEHOLDER) != 1:
        return "does not contain `{{version}}` exactly once"
    if text.startswith("refs/"):
        return "is a full ref: the name of the tag alone is wanted"
    for character in text.replace(PLACEHOLDER, ""):
        if character not in _ALLOWED:
            return f"contains {quoted(character)}: letters, digits and `._-+/@` are allowed"
    tag = text.replace(PLACEHOLDER, "1.0.0")
    if tag.startswith(("/", ".", "-")) or tag.endswith(("/", ".", ".lock")):
        return "begins or ends in a way that no tag can"
    for impossible in ("..", "//", "/.", ".lock/"):
        if impossible in tag:
            return f"contains `{impossible}`, which no tag can"
    return None
