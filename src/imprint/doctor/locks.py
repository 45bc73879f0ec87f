"""imprint-actions.lock: what external actions and workflows were when they were fetched. Pure.

One sorted line for each file: its name (`owner/repository/path@ref`), the commit that the ref was,
the hash of that commit's tree, and the digest of the file, which lies below `.imprint/lock`. A file
that is not what its line says is not believed.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import msgspec

from imprint.doctor.selection import LOCK_FILE
from imprint.workflows.external import LOCK_FOLDER, external_name
from imprint.workflows.sources import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HEADER = "# What imprint doctor looks into offline. `imprint doctor --lock` writes it.\n"
_LINE = re.compile(
    r"(?P<name>\S+@\S+) (?P<commit>[0-9a-f]{40}) (?P<tree>[0-9a-f]{40}|-)"
    r" sha256:(?P<sha256>[0-9a-f]{64})"
)


class Locked(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One file of another repository."""

    name: str
    """`owner/repository/path@ref`, as `workflows.external` calls it."""
    commit: str
    tree: str
    """`-` where the forge did not say."""
    sha256: str


def read_lock(text: str) -> Mapping[str, Locked]:
    """Return the entries of a lock by name; a line that is none counts for nothing."""
    found = (_LINE.fullmatch(line.strip()) for line in text.splitlines())
    return {
        match["name"]: Locked(
            name=match["name"],
            commit=match["commit"],
            tree=match["tree"],
            sha256=match["sha256"],
        )
        for match in found
        if match is not None
    }


def render_lock(entries: Iterable[Locked]) -> str:
    """Return the text of a lock."""
    lines = (f"{e.name} {e.commit} {e.tree} sha256:{e.sha256}\n" for e in sorted(set(entries)))
    return HEADER + "".join(lines)


def digest_of(content: bytes) -> str:
    """Return a file's digest as the lock has it: 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def not_as_locked(files: Mapping[str, bytes]) -> Iterator[Unreadable]:
    """Yield the files below `.imprint/lock` that the lock has not, or not with these bytes."""
    entries = read_lock(files.get(LOCK_FILE, b"").decode(errors="replace"))
    for path, content in files.items():
        if not path.startswith(f"{LOCK_FOLDER}/"):
            continue
        entry = entries.get(external_name(path) or "")
        if entry is None or entry.sha256 != digest_of(content):
            what = "is not in" if entry is None else "is not what is said in"
            message = f"file {what} `{LOCK_FILE}`: it is not looked into"
            yield Unreadable(path=path, line=1, column=1, message=message)
