"""Archives that yarn keeps in the project, held against the lockfile's checksums of them.

yarn's checksum is of the zip file that it makes of a tarball (sha512), and no registry signs that:
so this is all that says of a committed `.yarn/cache` whether it holds what was locked. yarn itself
looks only while it links, and not at all with `checksumBehavior: ignore`.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from functools import cached_property
from typing import TYPE_CHECKING

from imprint.audit.archive_files import LARGEST_ARCHIVE
from imprint.audit.pnp_files import CACHE
from imprint.history.events import DriftEvent, EventId, EventSeverity
from imprint.npm.lockfiles.model import LockfileFormat
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from imprint.npm.lockfiles.model import LockedPackage, Lockfile

_CHECKSUM = re.compile(r"(?:(?P<key>[0-9]{1,4}(?:c[0-9a-z]{1,8})?)/)?(?P<digest>[0-9a-f]{128})")
_NAME = re.compile(r"(?P<slug>.+)-[0-9a-z]+-(?P<last>[0-9a-z]+)\.zip")
"""Behind the slug stand a hash of where it is from, and the checksum's first digits or its key."""
_NAMED_DIGITS = 10


class ArchiveChecksums:
    """The archives in one project's `.yarn/cache`. Each is read when it is asked about."""

    def __init__(self, folder: Path, lockfile: Lockfile) -> None:
        """Look below `folder`, where the lockfile is."""
        self._folder = folder
        self._is_berry = lockfile.format is LockfileFormat.YARN_BERRY
        self._digests: dict[str, str | None] = {}

    def events(self, places: Iterable[LockedPackage]) -> Iterator[DriftEvent]:
        """Yield that an archive of these places is another than the lockfile says."""
        for place in places if self._is_berry else ():
            checksum = _CHECKSUM.fullmatch(place.archive_checksum or "")
            if checksum is None:
                continue
            names = self._archives(place, checksum)
            if names and all(self._digest(name) != checksum["digest"] for name in names):
                yield _event(f"{CACHE}/{names[0]}", checksum["digest"], self._digest(names[0]))

    def _archives(self, place: LockedPackage, checksum: re.Match[str]) -> list[str]:
        """Return the files that yarn would take for the package; several: it takes one of them."""
        is_patch = "@patch:" in place.key
        last = place.name.replace("/", "-")
        slug = f"{last}-patch" if is_patch else f"{last}-npm-{place.version}"
        found = self._names.get(slug, ())
        exact = [name for end, name in found if end == checksum["digest"][:_NAMED_DIGITS]]
        # Which patch of several such a name is of, nobody can tell.
        by_key = [name for end, name in found if end == checksum["key"] and not is_patch]
        return exact or by_key

    @cached_property
    def _names(self) -> Mapping[str, list[tuple[str, str]]]:
        try:
            listed = sorted(path.name for path in (self._folder / CACHE).iterdir())
        except OSError:
            return {}
        found: dict[str, list[tuple[str, str]]] = {}
        for name in listed:
            if (match := _NAME.fullmatch(name)) is not None:
                found.setdefault(match["slug"], []).append((match["last"], name))
        return found

    def _digest(self, name: str) -> str | None:
        """Return a file's sha512 in hex; None where it cannot be read, or is none."""
        if name not in self._digests:
            self._digests[name] = _digest_of(self._folder / CACHE / name)
        return self._digests[name]


def _digest_of(path: Path) -> str | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_ARCHIVE:
                return None
            return hashlib.file_digest(file, "sha512").hexdigest()
    except (OSError, ValueError):
        return None


def _event(path: str, locked: str, found: str | None) -> DriftEvent:
    what = "cannot be read" if found is None else "is another than the lockfile's checksum says"
    return DriftEvent(
        id=EventId.INTEGRITY_MISMATCH,
        severity=EventSeverity.ERROR,
        message=f"the archive {quoted(path)} {what}",
        before=locked[:_NAMED_DIGITS],
        after=None if found is None else found[:_NAMED_DIGITS],
        release="the archive that yarn makes of the tarball: remove the file, and install",
    )
