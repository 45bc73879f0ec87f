"""Diagnoses of before, kept on this machine and found again by everything they rest on.

The key is of every file's content, the facts, the profile and this program: where one of them is
another, so is the key. Rows are signed (`storage.verdicts`), so that a cache which somebody else
filled cannot say that all is well.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from imprint import __version__
from imprint.doctor.model import Diagnosis
from imprint.storage.verdicts import verdict_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imprint.doctor.reading import Tree
    from imprint.storage.verdicts import VerdictCache
    from imprint.workflows.facts import Facts

_SOURCE = Path(__file__).parents[1]


def diagnosed(
    tree: Tree,
    *,
    facts: Facts,
    grounds: tuple[str, ...],
    cache: VerdictCache | None,
    diagnose: Callable[[], Diagnosis],
) -> Diagnosis:
    """Return the diagnosis that is kept, else `diagnose` one and keep it.

    `grounds` are what else it rests on: the profile's name, the repository's.
    """
    if cache is None:
        return diagnose()
    key = verdict_key(_of_tree(tree), repr(facts), *grounds, __version__, _of_program())
    kept = cache.get([key]).get(key)
    if kept is not None:
        try:
            return msgspec.json.decode(kept, type=Diagnosis)
        except msgspec.DecodeError:
            pass  # of another version that had the same name
    diagnosis = diagnose()
    cache.put({key: msgspec.json.encode(diagnosis)})
    return diagnosis


def _of_tree(tree: Tree) -> str:
    digest = hashlib.sha256()
    for path, content in sorted(tree.files.items()):
        name = path.encode(errors="surrogateescape")
        digest.update(b"%d:%b%d:" % (len(name), name, len(content)))
        digest.update(content)
    for problem in tree.skipped:
        digest.update(f"{problem.path}\0{problem.message}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


@cache
def _of_program() -> str:
    """Return what tells one state of the analyser from another, without reading it."""
    return hashlib.sha256("\n".join(_stamps()).encode()).hexdigest()


def _stamps() -> Iterator[str]:
    for room in ("doctor", "publishers", "workflows"):
        for folder, folders, names in os.walk(_SOURCE / room):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".py", ".json", ".toml")):
                    status = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118  (hundreds of files at every start: a Path each costs more than the look)
                    yield f"{name} {status.st_size} {status.st_mtime_ns}"
