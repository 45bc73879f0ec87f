"""The files that this version of imprint ships with, read when they are asked for."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

_PACKAGE: Final = "imprint.upstream.trust.embedded"
_KEYS_PACKAGE: Final = "imprint.upstream.trust.embedded.keys"
_SUFFIX: Final = ".json"


def embedded_domains() -> dict[str, bytes]:
    """Return the files of the embedded trust domains, by name."""
    return _files(_PACKAGE)


def embedded_keys() -> dict[str, bytes]:
    """Return the files of the embedded registries' keys, by label."""
    return _files(_KEYS_PACKAGE)


def _files(package: str) -> dict[str, bytes]:
    return {
        entry.name.removesuffix(_SUFFIX): entry.read_bytes()
        for entry in sorted(files(package).iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(_SUFFIX)
    }
