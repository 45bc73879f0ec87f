"""What a project takes from elsewhere than dependencies ask for: overrides, resolutions. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.npm.lockfiles.model import SourceKind
from imprint.npm.lockfiles.specifiers import source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MEMBERS = ("overrides", "resolutions")
_BETWEEN = re.compile(r">(?=[@A-Za-z])")
"""pnpm's `parent>name`, and none of `name@>=1`."""


def replaced_names(manifests: Iterable[bytes], overrides: Mapping[str, str] = {}) -> frozenset[str]:
    """Return the names that package.json files, or a lockfile's `overrides`, take from no registry.

    Selectors are the package managers' own: `name`, `name@range`, `parent>name`, `**/name`.
    """
    found: list[tuple[str, object]] = list(overrides.items())
    for raw in manifests:
        try:
            whole = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if isinstance(whole, dict):
            found += _replacing(whole)
    return frozenset(
        _name_of(selector)
        for selector, value in found
        if isinstance(value, str) and source_of(value) is not SourceKind.REGISTRY
    )


def _replacing(manifest: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    todo = [manifest.get(member) for member in _MEMBERS]
    pnpm = manifest.get("pnpm")
    todo.append(pnpm.get("overrides") if isinstance(pnpm, dict) else None)
    while todo:
        table = todo.pop()
        if isinstance(table, dict):
            for selector, value in table.items():
                if selector != ".":
                    yield selector, value
                # npm: what is below `name` is of its dependencies, and `.` is itself.
                if isinstance(value, dict):
                    yield selector, value.get(".")
                    todo.append(value)


def _name_of(selector: str) -> str:
    *above, last = _BETWEEN.split(selector)[-1].split("/")
    name = last.partition("@")[0]
    return f"{above[-1]}/{name}" if above and above[-1].startswith("@") else name
