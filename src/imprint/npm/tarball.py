"""A package's tarball, looked through in memory, never unpacked. Not here: what is served of it."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import msgspec

from imprint.npm import strict_json
from imprint.npm.inflate import inflated
from imprint.npm.tar_reader import TarReader
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.npm.strict_json import JsonObject
    from imprint.npm.tar_reader import Entry

MEBIBYTE = 1024 * 1024
PACKAGE_JSON_DEPTH = 32


class TarballLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on a tarball, in bytes unless said otherwise."""

    unpacked: int = 512 * MEBIBYTE
    """Of the whole archive, headers included."""
    file: int = 256 * MEBIBYTE
    ratio: int = 200
    """Inflated to compressed bytes, judged above `ratio_floor`."""
    ratio_floor: int = 10 * MEBIBYTE
    entries: int = 100_000
    """Files and folders."""
    path: int = 1024
    package_json: int = MEBIBYTE
    readme: int = 64 * 1024
    """What is kept of the readme; the rest is left out."""


class Tarball(msgspec.Struct, frozen=True, kw_only=True):
    """What a tarball holds, as far as a registry wants to know."""

    package_json: JsonObject
    unpacked_size: int
    """Bytes of all files together: `dist.unpackedSize`."""
    paths: tuple[str, ...]
    """Of the files, below the root folder, in the archive's order."""
    readme: str
    """Its beginning; empty where there is none."""

    @property
    def file_count(self) -> int:
        """How many files there are: `dist.fileCount`."""
        return len(self.paths)

    @property
    def has_shrinkwrap(self) -> bool:
        """Whether the package pins its dependencies itself."""
        return "npm-shrinkwrap.json" in self.paths

    @property
    def has_binding_gyp(self) -> bool:
        """Whether npm would run node-gyp at installation without being told to."""
        return "binding.gyp" in self.paths


def inspect(data: bytes, *, limits: TarballLimits | None = None) -> Tarball:
    """Look through the gzipped tarball `data`.

    Raises Malformed: `malformed-tarball` (no such archive, or one that unpackers read differently),
    `tarball-link`, `tarball-entry-type`, `tarball-path` (one that leaves the package, collides with
    another, or has no place on some file system), `tarball-too-large`, `tarball-no-package-json`,
    `malformed-package-json`.
    """
    limits = limits or TarballLimits()
    pieces = inflated(
        data,
        max_bytes=limits.unpacked,
        max_ratio=limits.ratio,
        ratio_floor_bytes=limits.ratio_floor,
    )
    reader = TarReader(pieces, max_headers=2 * limits.entries)
    tree = _Tree(limits)
    package_json: bytes | None = None
    readme, readme_rank = b"", len(_README_RANKS)
    for entry in reader.entries():
        path = tree.place(entry)
        if entry.is_folder:
            continue
        if path == "package.json":
            package_json = _package_json_bytes(reader, entry, limits)
        elif (rank := _readme_rank(path)) < readme_rank:
            readme, readme_rank = reader.beginning(limits.readme), rank
    if package_json is None:
        raise Malformed(
            "tarball-no-package-json",
            "the tarball has no `package.json` in its root folder, which is normally `package/`",
        )
    return Tarball(
        package_json=_package_json(package_json, limits),
        unpacked_size=tree.size,
        paths=tuple(tree.files),
        # A readme is text; no database keeps a NUL in one.
        readme=readme.decode(errors="ignore").replace("\0", ""),
    )


class _Tree:
    """The files and folders seen so far, and whether another one can be placed among them."""

    def __init__(self, limits: TarballLimits) -> None:
        self._limits = limits
        self._root: str | None = None
        self._named: dict[str, str] = {}
        self._file_keys: set[str] = set()
        self._folders: set[str] = set()
        self.files: list[str] = []
        self.size = 0

    def place(self, entry: Entry) -> str:
        """Return the entry's path below the root folder, or raise Malformed."""
        if len(self._named) >= self._limits.entries:
            raise _too_large(f"has more than {self._limits.entries} entries")
        if entry.size > self._limits.file:
            raise _too_large(
                f"has a file of more than {self._limits.file} bytes, {quoted(entry.path)}"
            )
        path = self._below_root(entry)
        if path:
            self._require_free(path, is_folder=entry.is_folder)
        if not entry.is_folder:
            self.files.append(path)
            self.size += entry.size
        return path

    def _below_root(self, entry: Entry) -> str:
        # npm unpacks without the first folder, whatever its name.
        if len(entry.path.encode()) > self._limits.path:
            raise _bad_path(entry.path, f"is longer than {self._limits.path} bytes")
        if not entry.path or _UNSAFE_PATH.search(entry.path):
            raise _bad_path(entry.path, "is no plain path, like `package/lib/index.js`")
        root, slash, path = entry.path.partition("/")
        if self._root is None:
            self._root = root
        if root != self._root or not (slash or entry.is_folder):
            raise _bad_path(entry.path, f"is not in the root folder {quoted(self._root)}")
        return path

    def _require_free(self, path: str, *, is_folder: bool) -> None:
        key = _folded(path)
        if (other := self._named.get(key)) is not None:
            if other == path:
                raise _bad_path(path, "is there twice")
            raise _bad_path(path, f"is the same as {quoted(other)} where letter case is not told")
        if not is_folder and key in self._folders:
            raise _bad_path(path, "is both a file and a folder")
        self._named[key] = path
        if not is_folder:
            self._file_keys.add(key)
        folder = key if is_folder else key.rpartition("/")[0]
        while folder and folder not in self._folders:
            if folder in self._file_keys:
                raise _bad_path(path, f"lies below a file, {quoted(self._named[folder])}")
            self._folders.add(folder)
            folder = folder.rpartition("/")[0]


def _too_large(fault: str) -> Malformed:
    return Malformed("tarball-too-large", f"the tarball {fault}")


def _bad_path(path: str, fault: str) -> Malformed:
    return Malformed("tarball-path", f"the tarball's path {quoted(path)} {fault}")


def _folded(path: str) -> str:
    """Return what paths share that some file system holds for one."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _readme_rank(path: str) -> int:
    """Return how well a file serves as readme, 0 best; npm takes Markdown before a bare name."""
    name = path.lower()
    for rank, pattern in enumerate(_README_RANKS):
        if pattern.fullmatch(name):
            return rank
    return len(_README_RANKS)


def _package_json_bytes(reader: TarReader, entry: Entry, limits: TarballLimits) -> bytes:
    if entry.size > limits.package_json:
        raise Malformed(
            "malformed-package-json",
            f"the tarball's package.json has {entry.size} bytes: "
            f"at most {limits.package_json} are read",
        )
    return reader.beginning(entry.size)


def _package_json(raw: bytes, limits: TarballLimits) -> JsonObject:
    # npm, too, reads over a byte order mark.
    return strict_json.parse_object(
        raw.removeprefix(b"\xef\xbb\xbf"),
        max_bytes=limits.package_json,
        max_depth=PACKAGE_JSON_DEPTH,
        code="malformed-package-json",
        what="tarball's package.json",
    )


_UNSAFE_PATH = re.compile(
    r"""
    [\\\x00-\x1f\x7f]           # separators of Windows, NUL, control characters
    | \A/ | // | /\Z            # absolute, or with a part that is empty
    | (?:\A|/)\.\.?(?:/|\Z)     # a part that is `.` or `..`
    | (?:\A|/)[A-Za-z]:         # a drive of Windows
    """,
    re.VERBOSE,
)
_README_RANKS = tuple(map(re.compile, (r"readme\.m?a?r?k?d?o?w?n?", r"readme", r"readme\.[^/]*")))
