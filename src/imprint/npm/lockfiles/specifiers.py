"""What a package.json writes behind a dependency's name: where its bytes come from, and aliases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.npm.lockfiles.faults import malformed
from imprint.npm.lockfiles.model import SourceKind
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

_BY_SCHEME: Mapping[str, SourceKind] = {
    "npm": SourceKind.REGISTRY,
    "jsr": SourceKind.REGISTRY,
    "catalog": SourceKind.REGISTRY,
    "workspace": SourceKind.WORKSPACE,
    "link": SourceKind.FILE,
    "file": SourceKind.FILE,
    "portal": SourceKind.FILE,
    "exec": SourceKind.FILE,
    "git": SourceKind.GIT,
    "ssh": SourceKind.GIT,
    "github": SourceKind.GIT,
    "gitlab": SourceKind.GIT,
    "bitbucket": SourceKind.GIT,
    "gist": SourceKind.GIT,
    "http": SourceKind.TARBALL,
    "https": SourceKind.TARBALL,
}
_SCHEME = re.compile(r"([a-z][a-z0-9]*)(?:\+[a-z]+)?:", re.IGNORECASE)
_FOLDER = re.compile(r"\.{1,2}(?:[/\\]|$)|[/\\]|~[/\\]|[A-Za-z]:[/\\]")
_GIT_ADDRESS = re.compile(r"[^@\s/:]+@[^:\s/]+:|https?://[^#?\s]+\.git(?:#|$)")
_SHORTHAND = re.compile(r"[^@/\s:.~^<>=*|][^@/\s:]*/[^@/\s:#]+(?:#.*)?")
"""`owner/repository`, npm's short form of one on GitHub."""
NAME = re.compile(r"(?:@[\w.~!'()*-]+/)?[\w.~!'()*-]+", re.ASCII)
"""What npm ever let a package be called, and what is safe in an address's path."""
MAX_VERSION_CHARACTERS = 256


def source_of(specifier: str) -> SourceKind:
    """Return where the bytes of a dependency come from, by npm's grammar (npm-package-arg)."""
    if _FOLDER.match(specifier):
        return SourceKind.FILE
    if _GIT_ADDRESS.match(specifier):
        return SourceKind.GIT
    if (scheme := _SCHEME.match(specifier)) is not None:
        return _BY_SCHEME.get(scheme[1].lower(), SourceKind.REGISTRY)
    return SourceKind.GIT if _SHORTHAND.fullmatch(specifier) else SourceKind.REGISTRY


def split_spec(text: str) -> tuple[str, str]:
    """Return `name` and what stands behind its `@`: `@s/a@npm:b@^1` gives `@s/a` and `npm:b@^1`.

    The second is empty where there is none.
    """
    at = text.find("@", 1)
    return (text, "") if at == -1 else (text[:at], text[at + 1 :])


def own_name(name: str, specifier: str) -> str:
    """Return the name that a registry knows the package by: of `npm:other@^1` that is `other`."""
    if not specifier.startswith("npm:"):
        return name
    other, behind = split_spec(specifier[4:])
    # Berry writes `npm:^1.0.0`, with no name: a range has no `@`, and begins with no letter.
    return other if behind or (other and NAME.fullmatch(other) and other[0].isalpha()) else name


def require_name(name: str, line: int) -> str:
    """Return a name that a package can have. Raises Malformed (`malformed-lockfile`)."""
    if not NAME.fullmatch(name) or len(name) > MAX_VERSION_CHARACTERS or ".." in name.split("/"):
        raise malformed(line, f"has {quoted(name)} where a package's name belongs")
    return name
