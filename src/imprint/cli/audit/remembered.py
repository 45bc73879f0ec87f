"""Whole results of earlier runs: the same lockfile, policy and files again cost a look-up.

Nothing of the audit is imported for it. What it rests on is in the key: a result is another as soon
as one byte of the lockfile, the policy, the pins, the configuration, the trust or the options is;
the application's own files count by path, size and time. What a registry may say otherwise by now
is bounded by `LIFETIME_SECONDS`, and by the next moment at which a decision changes by itself.
Results that are undecided are not kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from imprint import __version__
from imprint.cli.caches import cache_folder, kept_secret
from imprint.storage.verdicts import VerdictCache, verdict_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIFETIME_SECONDS = 3600.0
"""How long a result may stand, though a registry could say otherwise."""
MOST_TEXT_BYTES = 16 * 1024 * 1024
MOST_FILES = 50_000
"""Of an application: one with more is read each time."""
_FILE = "audits.sqlite3"
_PURPOSE = "audit 1"
_LEFT_OUT = frozenset({"node_modules", ".git", ".hg", ".svn", ".cache", "__pycache__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run wrote, and its exit code."""

    text: str
    exit_code: int
    until: float
    """Unix seconds: how long it stands."""
    notes: tuple[str, ...] = ()
    """What went to stderr."""


class Remembered:
    """The results in one file of this user."""

    def __init__(self, cache: VerdictCache) -> None:
        """Keep results in `cache`."""
        self._cache = cache

    def get(self, key: bytes, *, now: float) -> Result | None:
        """Return the result that still stands at `now`."""
        raw = self._cache.get([key]).get(key)
        kept = None if raw is None else _decoded(raw)
        return None if kept is None or now >= kept.until else kept

    def put(self, key: bytes, result: Result) -> None:
        """Keep a result."""
        if len(result.text) <= MOST_TEXT_BYTES:
            kept = (result.text, result.exit_code, result.until, result.notes)
            self._cache.put({key: zlib.compress(json.dumps(kept).encode(), 1)})

    def close(self) -> None:
        """Close the file."""
        self._cache.close()


def open_remembered() -> Remembered | None:
    """Open the results of this user; None without a secret of their own."""
    secret = kept_secret()
    if secret is None:
        return None
    return Remembered(VerdictCache(cache_folder() / _FILE, secret=secret))


def key_of(parts: Sequence[str], files: Sequence[Path | None], tree: Path | None) -> bytes:
    """Return the key of a run: `parts` to the letter, `files` by content, `tree` by its files."""
    texts = [_PURPOSE, __version__, *parts]
    texts += [_digest_of(path) for path in files]
    texts.append("" if tree is None else _tree_digest(tree))
    return verdict_key(*texts)


def _digest_of(path: Path | None) -> str:
    if path is None:
        return "none"
    try:
        return f"{path}\n{hashlib.sha256(path.read_bytes()).hexdigest()}"
    except OSError as err:
        return f"{path}\nerrno {err.errno}"


def _tree_digest(folder: Path) -> str:
    """Return the digest of path, size and time of every file of an application."""
    digest = hashlib.sha256()
    for number, line in enumerate(_entries(str(folder))):
        if number >= MOST_FILES:
            return os.urandom(16).hex()  # never found again: such a tree is read each time
        digest.update(line)
    # What is installed decides how files are reached.
    for name in (".package-lock.json", ".modules.yaml", ".yarn-state.yml"):
        digest.update(_stated(folder / "node_modules" / name))
    return digest.hexdigest()


def _entries(folder: str) -> Iterator[bytes]:
    waiting = [folder]
    while waiting:  # by hand: folders may lie deeper in each other than functions may
        try:
            with os.scandir(waiting.pop()) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _LEFT_OUT:
                    waiting.append(entry.path)
            elif entry.is_file(follow_symlinks=False):
                yield _stated(Path(entry.path))


def _stated(path: Path) -> bytes:
    try:
        stat = path.stat()
    except OSError:
        return b"\n"
    return os.fsencode(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n")


def _decoded(raw: bytes) -> Result | None:
    """Return a kept result; None for what another version of this module wrote."""
    try:
        kept = json.loads(_inflated(raw))
    except (ValueError, zlib.error):
        return None
    match kept:
        case [str(text), int(code), int() | float() as until, [*notes]]:
            told = tuple(str(note) for note in notes)
            return Result(text=text, exit_code=code, until=until, notes=told)
        case _:
            return None


def _inflated(raw: bytes) -> bytes:
    inflater = zlib.decompressobj()
    data = inflater.decompress(raw, 2 * MOST_TEXT_BYTES)
    if inflater.unconsumed_tail:
        raise zlib.error("it is larger than any that was kept")
    return data
