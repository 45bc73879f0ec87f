"""Signing keys: made, rotated, retired. What is served changes with the key, in one transaction.

A key is known to clients from the moment that it is made, and signs from when it begins: no client
may meet a signature of a key that it was not told of.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.attestations.reading.key_sets import key_id_of
from imprint.npm.packument import iso
from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry.administration.accounts import note
from imprint.registry.signing.keys import keys_of
from imprint.registry.signing.resigning import resign
from imprint.storage import attestations, signatures, signing_keys
from imprint.storage.signing_keys import StoredKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from imprint.registry.context import Registry
    from imprint.registry.signing.keys import Signing
    from imprint.registry.signing.resigning import Batch

SHORTEST_OVERLAP_SECONDS = 3600
"""What is under way when the new key begins must still land within the old one's window."""
CLOCKS_DIFFER_SECONDS = 300
_TRIAL = b"imprint: is this key the program's?"


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """A new key, and those whose end is known by it."""

    key: StoredKey
    ended: tuple[StoredKey, ...]


def create_key(
    registry: Registry, *, starts_in: float = 0, spki: bytes | None = None, by: str
) -> StoredKey | Refusal:
    """Add a key beside those there are; of several that are open the last to begin signs.

    `spki` is the public half of one that the external signer has. It signs a trial first: raises
    Unavailable when it cannot, Malformed for what is no such key.
    """
    key = _new_key(registry, starts_in=starts_in, spki=spki)
    with registry.database.writing() as connection:
        if not signing_keys.add(connection, key):
            return _exists(key)
        _note_created(registry, connection, key, by=by)
    return key


def rotate_keys(
    registry: Registry,
    *,
    starts_in: float,
    overlap_seconds: float,
    spki: bytes | None = None,
    by: str,
) -> Rotation | Refusal:
    """Add a key that begins `starts_in` seconds from now, and end all others after an overlap.

    What they signed until their end stays good for ever: versions published since then are not.
    """
    if overlap_seconds < SHORTEST_OVERLAP_SECONDS:
        raise Malformed(
            "key-window", f"the overlap is {overlap_seconds:g} seconds: an hour is the least"
        )
    key = _new_key(registry, starts_in=starts_in, spki=spki)
    end = math.ceil(key.valid_from + overlap_seconds)
    with registry.database.writing() as connection:
        now = registry.clock()
        before = keys_of(connection).keys
        if not signing_keys.add(connection, key):
            return _exists(key)
        _note_created(registry, connection, key, by=by)
        ended = [
            replace(old, valid_until=end, retired_at=now)
            for old in before
            if signing_keys.set_end(connection, old.key_id, valid_until=end, now=now)
        ]
        for old in ended:
            _note_retired(registry, connection, old, by=by)
    return Rotation(key=key, ended=tuple(ended))


def retire_key(
    registry: Registry, key_id: str, *, at: float | None = None, by: str
) -> StoredKey | Refusal:
    """End a key's window at a time, now if none is said; one that has passed says: compromised.

    Its signatures of versions published since then are served no longer, from this moment on, and
    neither are its publish attestations: those are signed and logged again by the active key.
    """
    with registry.database.writing() as connection:
        now = registry.clock()
        end = math.floor(now if at is None else at)
        keys = keys_of(connection)
        key = keys.find(key_id)
        if key is None:
            return _no_key(key_id)
        stays = any(
            other.key_id != key_id
            and other.valid_until is None
            and other.valid_from <= max(now, end)
            for other in keys.keys
        )
        if not stays:
            return Refusal(
                code="last-signing-key",
                message=f"without the key `{key_id}` nothing could be signed from then on",
                hint="`imprint admin key rotate --starts now` makes another first",
            )
        if not signing_keys.set_end(connection, key_id, valid_until=end, now=now):
            return Refusal(
                code="key-window",
                message=f"the key `{key_id}` ends at {iso(key.valid_until or end)} already:"
                " an end is only ever moved nearer",
            )
        if end <= now:
            signatures.changed_since(connection, end)
            # Clients compare a key's end with the log's time, and clocks differ by a little.
            since = end - CLOCKS_DIFFER_SECONDS
            attestations.withdraw(connection, key_id, logged_since=since)
        ended = replace(key, valid_until=end, retired_at=now)
        _note_retired(registry, connection, ended, by=by)
    return ended


def resign_versions(registry: Registry, *, by: str) -> Iterator[Batch]:
    """Sign every version that the active key has not signed, batch by batch."""
    signed = altered = 0
    try:
        for batch in resign(registry.database, _signing(registry), now=registry.clock()):
            signed += len(batch.signed)
            altered += len(batch.refused)
            yield batch
    finally:
        # Also of what is broken off: what was signed is signed.
        if signed or altered:
            data = {"signed": signed, "altered": altered}
            with registry.database.writing() as connection:
                note(registry, connection, "versions-resigned", by=by, data=data)


def _new_key(registry: Registry, *, starts_in: float, spki: bytes | None) -> StoredKey:
    signing, now = _signing(registry), registry.clock()
    if spki is None:
        return signing.make_key(valid_from=now + starts_in)
    if not signing.program:
        raise Malformed(
            "signer-address",
            "there is no program that has this key: the setting `signer` is empty",
            hint="set `IMPRINT_SIGNER=exec:/path/to/program`, for the server too",
        )
    key = StoredKey(
        key_id=key_id_of(spki),
        spki=spki,
        private_sealed=None,
        signer=signing.program,
        valid_from=now + starts_in,
        valid_until=None,
        created_at=now,
    )
    signing.signer_of(key).sign(_TRIAL)
    return key


def _signing(registry: Registry) -> Signing:
    if registry.signing is not None:
        return registry.signing
    raise Malformed(
        "signing-off",
        "versions are not signed here: the setting `sign_versions` is false",
        hint="set `IMPRINT_SIGN_VERSIONS=true`, for the server too",
    )


def _note_created(registry: Registry, connection: Connection, key: StoredKey, *, by: str) -> None:
    data = {"key.id": key.key_id, "signer": key.signer, "starts": iso(key.valid_from)}
    note(registry, connection, "signing-key-created", by=by, data=data)


def _note_retired(registry: Registry, connection: Connection, key: StoredKey, *, by: str) -> None:
    ends = None if key.valid_until is None else iso(key.valid_until)
    note(
        registry,
        connection,
        "signing-key-retired",
        by=by,
        data={"key.id": key.key_id, "ends": ends},
    )


def _exists(key: StoredKey) -> Refusal:
    return Refusal(code="signing-key-exists", message=f"the key `{key.key_id}` is here already")


def _no_key(key_id: str) -> Refusal:
    return Refusal(
        code="no-such-signing-key",
        message=f"there is no signing key {quoted(key_id)} here",
        hint="`imprint admin key list` shows those there are",
    )
