"""What taking an archive into a gate needs of the settings: its folder, and whose names are.

For commands at the machine, also while the server runs. Not here: archives (`gate.archives`).
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError

from imprint.gate.archives.exporting import TARBALLS
from imprint.gate.archives.importing import Folder
from imprint.gate.model import NameStanding
from imprint.gate.names import Pins, own_scopes_of, standing_by
from imprint.gate.upstream.upstreams import Upstreams
from imprint.refusals import Malformed, Unavailable
from imprint.storage import gate_proofs
from imprint.storage.database import Database
from imprint.storage.gate_index import GateIndex
from imprint.storage.gate_proofs import open_proofs
from imprint.storage.gate_snapshot import INDEX_NAME
from imprint.storage.gate_tarballs import TarballStore
from imprint.storage.migrate import revision_of
from imprint.storage.names_here import NameHere, names_here

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from imprint.npm.names import PackageName
    from imprint.settings import Settings

_NOTHING = NameHere(is_package=False, is_expected=False, scope_is_used=False)


@contextmanager
def gate_folder(settings: Settings) -> Iterator[Folder]:
    """Open the folder of the gate that `settings` describe; it is made if need be."""
    path = settings.gate_path
    index, proofs = GateIndex(path / INDEX_NAME), open_proofs(path / gate_proofs.FILE_NAME)
    try:
        yield Folder(
            index=index,
            proofs=proofs,
            tarballs=TarballStore(
                path / TARBALLS, quota_bytes=settings.gate_quota_bytes, clock=time.time
            ),
        )
    finally:
        index.close()
        proofs.close()


def upstream_addresses(settings: Settings) -> tuple[str, ...]:
    """Return the addresses of the gate's upstreams; raises Malformed (`no-upstream`)."""
    found = Upstreams.parse(settings.upstream, settings.upstreams).all
    if not found:
        raise Malformed(
            "no-upstream",
            "the gate has no upstream of which anything could be taken",
            hint="name it by `--upstream URL`, or in the server's settings",
        )
    return tuple(one.url for one in found)


def names_of_ours(settings: Settings, names: Collection[PackageName]) -> frozenset[str]:
    """Return those of `names` that are this registry's own, or kept for it.

    Raises Unavailable (`database-unavailable`).
    """
    own_scopes, pins = own_scopes_of(settings.own_scopes), Pins.parse(settings.gate_names)
    ordered = sorted(names, key=str)
    found = zip(ordered, _here(settings, ordered), strict=True)
    return frozenset(
        str(name)
        for name, here in found
        if standing_by(name, here, own_scopes=own_scopes, pins=pins) is not NameStanding.UPSTREAM
    )


def _here(settings: Settings, names: Sequence[PackageName]) -> list[NameHere]:
    """Return what the registry has of names: nothing, where there is no registry yet."""
    if not _has_database(settings):
        return [_NOTHING] * len(names)
    database = Database.open(settings.database_url)
    try:
        if revision_of(database) is None:
            return [_NOTHING] * len(names)
        keys = [
            (str(name).lower(), None if name.scope is None else name.scope.lower())
            for name in names
        ]
        with database.reading() as connection:
            return list(names_here(connection, keys))
    except (OperationalError, ProgrammingError) as err:
        raise Unavailable(
            "database-unavailable",
            "the registry's database does not answer, and whose names are cannot be decided",
            hint="`imprint admin check` says how it is",
        ) from err
    finally:
        database.close()


def _has_database(settings: Settings) -> bool:
    """Whether there is one: opening it would make its folder."""
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        return True  # Database.open says it better
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()
