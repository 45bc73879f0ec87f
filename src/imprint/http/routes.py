"""The grammar of npm's paths, over the raw path: what a request is about, or None for no route.

Nothing of a path is ever joined to a file name, and nothing is decoded twice: a segment is a
package name, a version, a tag, a UUID or a word of the grammar, or there is no route.
"""

from __future__ import annotations

import re
from typing import TypeAlias
from urllib.parse import unquote

import msgspec

from imprint.npm.names import PackageName
from imprint.refusals import Malformed

MAX_PATH_BYTES = 2048

_EXCHANGE = "/-/npm/v1/oidc/token/exchange/package/"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_PATH = re.compile(r"/[\x21-\x7e]*\Z")


class Packument(msgspec.Struct, frozen=True):
    """`/<name>`."""

    package: PackageName


class Manifest(msgspec.Struct, frozen=True):
    """`/<name>/<version or tag>`."""

    package: PackageName
    selector: str


class Tarball(msgspec.Struct, frozen=True):
    """`/<name>/-/<stem>-<version>.tgz`, with or without `/-rev/<rev>`."""

    package: PackageName
    version: str
    revision: str | None = None


class Revision(msgspec.Struct, frozen=True):
    """`/<name>/-rev/<rev>`: owners, unpublishing."""

    package: PackageName
    revision: str


class Exchange(msgspec.Struct, frozen=True):
    """The exchange of an ID token, at every prefix."""

    package: PackageName


class DistTags(msgspec.Struct, frozen=True):
    """`/-/package/<name>/dist-tags[/<tag>]`."""

    package: PackageName
    tag: str | None = None


class Trust(msgspec.Struct, frozen=True):
    """`/-/package/<name>/trust[/<uuid>]`."""

    package: PackageName
    publisher_id: str | None = None


class Attestations(msgspec.Struct, frozen=True):
    """`/-/npm/v1/attestations/<name>@<version>`."""

    package: PackageName
    version: str


class PackageAspect(msgspec.Struct, frozen=True):
    """`/-/package/<name>/{visibility,access,collaborators}`."""

    package: PackageName
    aspect: str


class Stage(msgspec.Struct, frozen=True):
    """`/-/stage/package/<name>`."""

    package: PackageName


class StagedItems(msgspec.Struct, frozen=True):
    """`/-/stage`."""


class StagedItem(msgspec.Struct, frozen=True):
    """`/-/stage/<uuid>[/approve|/tarball]`."""

    staged_id: str
    action: str | None = None


class Account(msgspec.Struct, frozen=True):
    """`/-/user/org.couchdb.user:<name>[/-rev/<rev>]`."""

    user: str


class OwnToken(msgspec.Struct, frozen=True):
    """`/-/user/token/<token>`: npm logout."""

    token: str


class Tokens(msgspec.Struct, frozen=True):
    """`/-/npm/v1/tokens[/token/<key>]`."""

    key: str | None = None


class Word(msgspec.Struct, frozen=True):
    """A route without a parameter: `ping`, `whoami`, `profile`, `keys`, `root`, `advisories`."""

    word: str


Route: TypeAlias = (
    Packument
    | Manifest
    | Tarball
    | Revision
    | Exchange
    | DistTags
    | Trust
    | PackageAspect
    | Attestations
    | Stage
    | StagedItems
    | StagedItem
    | Account
    | OwnToken
    | Tokens
    | Word
)

_WORDS = {
    "/": "root",
    "/-/ping": "ping",
    "/-/whoami": "whoami",
    "/-/npm/v1/user": "profile",
    "/-/npm/v1/keys": "keys",
    "/-/npm/v1/security/advisories/bulk": "advisories",
    "/-/npm/v1/security/audits": "advisories",
    "/-/npm/v1/security/audits/quick": "advisories",
}


def route_of(raw_path: str, *, existing: bool = False) -> Route | None:
    """Return what `raw_path` (undecoded, without its query) is about; None where nothing is.

    `existing`: names are those that some registry may have had for long, upper-case ones among
    them; else they are those of new packages. Raises Malformed (`invalid-package-name`, `path`)
    where a route names something that cannot be.
    """
    # No name, version or tag has a NUL in it, and PostgreSQL cannot even be asked for one.
    if len(raw_path) > MAX_PATH_BYTES or not _PATH.match(raw_path) or "%00" in raw_path:
        raise Malformed(
            "path",
            f"the request path is not one: up to {MAX_PATH_BYTES} printable ASCII characters",
        )
    if (word := _WORDS.get(raw_path)) is not None:
        return Word(word)
    # npm drops the registry's path for the exchange, yarn and pnpm keep it (facts/wire.md §0.2).
    at = raw_path.rfind(_EXCHANGE)
    if at >= 0:
        return Exchange(
            PackageName.parse_segment(raw_path[at + len(_EXCHANGE) :], existing=existing)
        )
    if raw_path.startswith("/-/"):
        return _reserved(raw_path[3:].split("/"), existing=existing)
    return _package(raw_path[1:], existing=existing)


def _reserved(parts: list[str], *, existing: bool) -> Route | None:
    match parts:
        # There is a package `-`, and its files are at `/-/-/--<version>.tgz`.
        case ["-", file] if existing:
            return _tarball(PackageName.parse_existing("-"), file, None)
        case ["package", *rest]:
            return _package_route(rest, existing=existing)
        case ["stage"]:
            return StagedItems()
        case ["stage", "package", *name]:
            return Stage(PackageName.parse_segment("/".join(name), existing=existing))
        case ["stage", staged_id] if _UUID.match(staged_id):
            return StagedItem(staged_id)
        case ["stage", staged_id, ("approve" | "tarball") as action] if _UUID.match(staged_id):
            return StagedItem(staged_id, action)
        case ["user", "token", token]:
            return OwnToken(unquote(token))
        case ["user", account, *_] if unquote(account).startswith("org.couchdb.user:"):
            return Account(unquote(account).removeprefix("org.couchdb.user:"))
        case ["npm", "v1", *rest]:
            return _npm_route(rest, existing=existing)
    return None


def _npm_route(parts: list[str], *, existing: bool) -> Route | None:
    match parts:
        case ["tokens"]:
            return Tokens()
        case ["tokens", "token", key]:
            return Tokens(unquote(key))
        case ["attestations", *specifier]:
            return _attestations("/".join(specifier), existing=existing)
    return None


def _attestations(specifier: str, *, existing: bool) -> Attestations | None:
    # The last @ is before the version; whoever encodes the name may encode that one too.
    for mark in ("@", "%40"):
        name, _, version = specifier.rpartition(mark)
        if name:
            package = PackageName.parse_segment(name, existing=existing)
            return Attestations(package, unquote(version))
    return None


def _package_route(parts: list[str], *, existing: bool) -> Route | None:
    name, rest = _take_name(parts, existing=existing)
    if name is None:
        return None
    match rest:
        case ["dist-tags"]:
            return DistTags(name)
        case ["dist-tags", tag]:
            return DistTags(name, unquote(tag))
        case ["trust"]:
            return Trust(name)
        case ["trust", publisher_id]:
            return Trust(name, publisher_id)
        case [("visibility" | "access" | "collaborators") as aspect]:
            return PackageAspect(name, aspect)
    return None


def _package(path: str, *, existing: bool) -> Route | None:
    name, rest = _take_name(path.split("/"), existing=existing)
    if name is None:
        return None
    match rest:
        case [] | [""]:
            return Packument(name)
        case ["-rev", revision]:
            return Revision(name, revision)
        case ["-", file]:
            return _tarball(name, file, None)
        case ["-", file, "-rev", revision]:
            return _tarball(name, file, revision)
        # Old clients repeat the scope in the file's path.
        case ["-", scope, file] if name.scope is not None and scope == f"@{name.scope}":
            return _tarball(name, file, None)
        case [selector]:
            return Manifest(name, unquote(selector))
    return None


def _take_name(parts: list[str], *, existing: bool) -> tuple[PackageName | None, list[str]]:
    if not parts or not parts[0]:
        return None, []
    first = parts[0]
    is_scope = (first[0] == "@" or first[:3].lower() == "%40") and "%2f" not in first.lower()
    if is_scope:
        if len(parts) < 2:  # noqa: PLR2004  (a scope and a name)
            return None, []
        return PackageName.parse_segment(f"{first}/{parts[1]}", existing=existing), parts[2:]
    return PackageName.parse_segment(first, existing=existing), parts[1:]


def _tarball(name: PackageName, file: str, revision: str | None) -> Tarball | None:
    stem = f"{name.file_stem}-"
    text = unquote(file)
    if not text.startswith(stem) or not text.endswith(".tgz"):
        return None
    return Tarball(name, text[len(stem) : -4], revision)
