"""Names that a release's git tag may have, the likeliest first. Pure, and not npm's rule: habit's.

`v1.2.3` and `1.2.3` (npm version, semantic-release), `name@1.2.3` and `@scope/name@1.2.3`
(changesets, lerna), `name-v1.2.3` (release-please), `folder/v1.2.3` (Go's habit).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_TAG_CHARACTERS = 300
_BETWEEN = ("@", "-v", "/v", "@v", "-", "/")
"""What stands between a name and a version, the commonest first."""
_WORDS = re.compile(r"[a-z0-9]+")
_RELEASE_WORDS = frozenset({"v", "version", "release", "releases", "rel", "tag", "npm", "stable"})


def tag_names(name: str, version: str, *, folder: str | None = None) -> tuple[str, ...]:
    """Return the names that the tag of `name`'s `version` may have.

    `folder` is where the package is in its repository (`repository.directory`).
    """
    short = name.rpartition("/")[2]
    parts = [name, short]
    if folder:
        parts += [folder.strip("/").rpartition("/")[2], folder.strip("/")]
    found = [f"v{version}", version]
    for between in _BETWEEN:
        found += [f"{part}{between}{version}" for part in dict.fromkeys(parts)]
    found += [f"release-{version}", f"release-v{version}", f"release/{version}"]
    return tuple(
        one for one in dict.fromkeys(found) if len(one) <= MOST_TAG_CHARACTERS and is_tag_name(one)
    )


def is_tag_name(text: str) -> bool:
    """Whether git takes `text` for a tag's name (git-check-ref-format), and no shell minds it."""
    return (
        bool(re.fullmatch(r"[A-Za-z0-9@._+/-]+", text))
        and not text.startswith(("-", "/", "."))
        and not text.endswith(("/", ".", ".lock"))
        and ".." not in text
        and "//" not in text
        and "/." not in text
        and "@{" not in text
    )


def find_tag(
    tags: Iterable[str], name: str, version: str, *, folder: str | None = None
) -> str | None:
    """Return the one of `tags` that is of `name`'s `version`; None: there is none.

    Beside the usual names every one counts that ends in the version and has nothing before it but
    words of the package's name, of its folder, or such as `release`: `other@1.2.3` is of another.
    """
    known = frozenset(tags)
    for candidate in tag_names(name, version, folder=folder):
        if candidate in known:
            return candidate
    own = _RELEASE_WORDS.union(_words(name), _words(folder or ""))
    for tag in sorted(known):
        head = tag.removesuffix(version)
        if head == tag or head[-1:].isdigit() or head.endswith("."):
            continue
        if all(word in own for word in _words(head)):
            return tag
    return None


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.lower())
