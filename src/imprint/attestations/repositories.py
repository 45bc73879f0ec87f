"""Repository addresses as package.json, packuments and certificates write them, in one form.

npm's shorthands: `hosted-git-info`, and npm's page on `repository` in package.json.
"""

from __future__ import annotations

import re
import string

import msgspec

MAX_ADDRESS_CHARACTERS = 2_048

_SHORTHANDS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
_CASELESS_HOSTS = frozenset({"github.com", "gitlab.com"})
"""Forges where owner and name are one in whatever case. Elsewhere the case is part of the name."""

_SHORTHAND = re.compile(r"(?:(github|gitlab|bitbucket):)?([^\s:@/]+(?:/[^\s:@/#]+)+)(?:#.*)?")
# A host ends at the first of `/?#`, and for browsers at a backslash: an `@` after it names no host
# (RFC 3986 §3.2, the URL standard's host state).
_SCP = re.compile(r"(?:[^\s@/:?#\\]+@)?([^\s@/:?#\\]+\.[^\s@/:?#\\]+):(?!//)([^\s#\\]+)(?:#.*)?")
"""`git@host:owner/name.git`, as ssh's file copying has it."""
_URL = re.compile(
    r"(?:git\+)?(?:https?|ssh|git)://(?:[^\s/@?#\\]*@)?"
    r"([^\s/@:?#\\]+(?::[0-9]+)?)[/:]([^\s#?\\]+)(?:[#?].*)?"
)
_FOLDING = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class RepositoryAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a repository is, whatever way it was written. Equal for equal repositories."""

    host: str
    """Lower case, with its port where one is written."""
    path: str
    """`owner/name`, deeper at forges with groups; in lower case where the forge knows none."""

    def __str__(self) -> str:
        """Return it as an address for people."""
        return f"https://{self.host}/{self.path}"


def normalise_address(text: str) -> RepositoryAddress | None:
    """Return the repository that `text` names; None where it is no address that npm understands.

    Total. Scheme, user, `.git`, a closing slash and a branch behind `#` mean nothing for which
    repository it is.
    """
    trimmed = text.strip()
    if len(trimmed) > MAX_ADDRESS_CHARACTERS:
        return None
    for pattern, is_url in ((_URL, True), (_SCP, True), (_SHORTHAND, False)):
        found = pattern.fullmatch(trimmed)
        if found is not None:
            host = found[1] if is_url else _SHORTHANDS[found[1] or "github"]
            return _address(host, found[2])
    return None


def _address(host: str, path: str) -> RepositoryAddress | None:
    host = host.translate(_FOLDING)
    if host.removeprefix("www.") in _CASELESS_HOSTS:
        host = host.removeprefix("www.")
        path = path.translate(_FOLDING)
    segments = path.strip("/").removesuffix(".git").rstrip("/").split("/")
    # First: what is above the folder of a page may be another repository.
    if any(segment.lower().replace("%2e", ".") in {".", ".."} for segment in segments):
        return None
    if host == _SHORTHANDS["github"] and segments[2:3] == ["tree"]:
        segments = segments[:2]  # The page of a folder: people copy it.
    if len(segments) < 2 or "" in segments:  # noqa: PLR2004  (owner and name)
        return None
    return RepositoryAddress(host=host, path="/".join(segments))
