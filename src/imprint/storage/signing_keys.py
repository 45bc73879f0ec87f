"""The keys with which the registry signs versions and publish attestations, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, func, select, update

from imprint.storage.conflicts import InsertIfNew
from imprint.storage.schema import signing_keys
from imprint.storage.statements import Statement, is_sqlite

if TYPE_CHECKING:
    from sqlalchemy import Connection

_LOCK = 0x696D7073  # one more than that of migrations


class StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key with its window, Unix seconds. Its row stays for ever: old signatures name it."""

    key_id: str
    """`SHA256:<base64>`."""
    spki: bytes
    """DER."""
    private_sealed: bytes | None
    """None: an external signer has it."""
    signer: str
    """`embedded`, or the external signer's address."""
    valid_from: float
    """From when on it signs; clients know it before."""
    valid_until: float | None
    """What it signed for versions published from then on is not good; None: no end yet."""
    created_at: float
    retired_at: float | None = None
    """When somebody ended its window."""


_ADD = InsertIfNew(signing_keys)
_ALL = Statement(select(signing_keys).order_by(signing_keys.c.valid_from, signing_keys.c.key_id))
# SQLite has one writer and no such clause. Many may rely on one key at once.
_HOLD = Statement(
    select(signing_keys).where(signing_keys.c.key_id == bindparam("key")).with_for_update(read=True)
)


def add(connection: Connection, key: StoredKey) -> bool:
    """Keep a key; False when it is there already."""
    return _ADD(connection, {name: getattr(key, name) for name in StoredKey.__struct_fields__})


def list_all(connection: Connection) -> tuple[StoredKey, ...]:
    """Return every key, by when it begins."""
    return tuple(StoredKey(**row._asdict()) for row in _ALL.all(connection))


def hold(connection: Connection, key_id: str) -> StoredKey | None:
    """Return a key whose window stays as it is until the transaction ends."""
    row = _HOLD.first(connection, key=key_id)
    return None if row is None else StoredKey(**row._asdict())


def set_end(connection: Connection, key_id: str, *, valid_until: float, now: float) -> bool:
    """End a key's window, or move its end nearer; False when it ends before then, or is none.

    A window is never made longer: somebody may have been told that the key is no longer good.
    """
    ends_later = signing_keys.c.valid_until.is_(None) | (signing_keys.c.valid_until > valid_until)
    result = connection.execute(
        update(signing_keys)
        .where(signing_keys.c.key_id == key_id, ends_later)
        .values(valid_until=valid_until, retired_at=now)
    )
    return result.rowcount == 1


def lock_none_yet(connection: Connection) -> bool:
    """Whether there is no key; of several that ask in writing blocks one at a time is told."""
    if not is_sqlite(connection):  # where a writing block waits for all others anyway
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    return not list_all(connection)
