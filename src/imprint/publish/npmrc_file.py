"""A token's line in an .npmrc file, for clients that cannot exchange: written, and taken out."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from imprint.npm.npmrc import nerf_dart
from imprint.refusals import Malformed, Unavailable

if TYPE_CHECKING:
    from imprint.publishers.credentials import Secret

_PLAIN = re.compile(r"[A-Za-z0-9._~+/=-]+")
"""What needs no quotes in an ini file, and cannot end the line."""


def write_token(path: Path, *, registry: str, token: Secret) -> None:
    """Give `registry` this token in the file, in place of any other; its owner alone can read it.

    Raises Malformed for a token that cannot stand there, Unavailable where nothing can be written.
    """
    text = token.reveal()
    if not _PLAIN.fullmatch(text):
        raise Malformed("malformed-token", "the token has characters that no .npmrc can hold")
    key = _key(registry)
    _replace(path, [*_without(path, key), f"{key}={text}"])


def remove_token(path: Path, *, registry: str) -> bool:
    """Take the token of `registry` out of the file; False when there was none."""
    lines = _lines(path)
    kept = _without(path, _key(registry))
    if len(kept) == len(lines):
        return False
    _replace(path, kept)
    return True


def _key(registry: str) -> str:
    return f"{nerf_dart(registry)}:_authToken"


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except FileNotFoundError:
        return []
    except OSError as err:
        raise _unwritable(path, err) from err


def _without(path: Path, key: str) -> list[str]:
    return [line for line in _lines(path) if line.partition("=")[0].strip() != key]


def _replace(path: Path, lines: list[str]) -> None:
    """Write beside and rename: nobody reads half a file, or one of another mode than 600."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".npmrc-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.writelines(f"{line}\n" for line in lines)
            Path(name).replace(path.resolve())
        except BaseException:
            Path(name).unlink()
            raise
    except OSError as err:
        raise _unwritable(path, err) from err


def _unwritable(path: Path, err: OSError) -> Unavailable:
    return Unavailable("npmrc", f"cannot write `{path}`: {(err.strerror or '').lower()}")
