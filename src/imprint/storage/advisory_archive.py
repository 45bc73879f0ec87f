"""AdvisoryArchive: an archive that a server answers from, opened once, and again when it is new.

Its index is read as it is asked for; a new archive is read beside that, which takes half a minute,
and the old one answers until the new is whole. Not here: making an index (`advisory_index`).
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from typing import TYPE_CHECKING, Self

from imprint.refusals import Malformed, quoted
from imprint.storage.advisory_index import CODE, flaws_of, indexed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from imprint.npm.advisories.flaws import Flaw
    from imprint.storage.advisory_index import IndexPlace

log = logging.getLogger("imprint.advisories")

_Stated = tuple[int, int, int, int]


class AdvisoryArchive:
    """What an archive says of packages, for any thread. Close it at the end."""

    def __init__(self, archive: Path, place: IndexPlace) -> None:
        """Answer from `archive`, by an index in `place`; nothing is opened yet."""
        self._archive = archive
        self._place = place
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._tried: _Stated | None = None
        self._renewing: threading.Thread | None = None
        self.broken = 0
        """Records of the archive that cannot be read."""

    @classmethod
    def open(cls, archive: Path, place: IndexPlace) -> Self:
        """Return the archive, with its index made where there is none.

        Raises Malformed (`malformed-advisory-archive`) for one that is none, or whose index cannot
        be kept.
        """
        opened = cls(archive, place)
        opened.renew()
        return opened

    def flaws(self, names: Iterable[str]) -> Mapping[str, tuple[Flaw, ...]]:
        """Return what is known against packages by name; one that is not in it has none.

        Where the archive's file is another by now it is read beside, for the next who asks.
        """
        self._look()
        with self._lock:
            if self._connection is None:
                raise Malformed(CODE, "the advisory archive is closed")
            return flaws_of(self._connection, frozenset(names))

    def renew(self) -> None:
        """Read the archive as it is now, and answer from it. Raises what `open` does."""
        self._tried = self._stated()
        index = indexed(self._archive, self._place)
        try:
            connection = sqlite3.connect(
                f"{index.file.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False
            )
        except sqlite3.Error as err:
            where = quoted(str(index.file))
            raise Malformed(CODE, f"the index of the advisories in {where} is gone") from err
        with self._lock:
            before, self._connection = self._connection, connection
            self.broken = index.broken
        if before is not None:
            before.close()
        log.info("advisory-archive-read", extra={"records": index.records, "broken": index.broken})

    def close(self) -> None:
        """Answer no more."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _look(self) -> None:
        with self._lock:
            is_busy = self._renewing is not None and self._renewing.is_alive()
            if is_busy or self._connection is None or self._stated() == self._tried:
                return
            self._renewing = threading.Thread(
                target=self._renew_aside, name="advisory-archive", daemon=True
            )
            self._renewing.start()

    def _renew_aside(self) -> None:
        try:
            self.renew()
        except Malformed as err:
            # What was read before goes on answering; it is tried again when the file is another.
            log.warning("advisory-archive-unreadable", extra={"reason": err.message})

    def _stated(self) -> _Stated | None:
        try:
            stat = self._archive.stat()
        except OSError:
            return None
        return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
