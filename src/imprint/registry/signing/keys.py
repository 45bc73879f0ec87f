"""Signing: the keys that sign now, by whoever holds them. One for each process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import Unavailable
from imprint.registry.signing.embedded import EMBEDDED, make_key, open_key
from imprint.registry.signing.external import command_of, external_signer
from imprint.registry.signing.windows import SigningKeys
from imprint.storage import signing_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from imprint.registry.signing.signer import Signer
    from imprint.storage.database import Database
    from imprint.storage.sealing import Seal
    from imprint.storage.signing_keys import StoredKey


class Signing:
    """Finds the key that signs now. Threads share it; each private key is unsealed once.

    Which keys there are is read anew each time: what another process added or ended holds at once.
    """

    def __init__(
        self,
        database: Database,
        seal: Seal,
        *,
        clock: Callable[[], float],
        program: str = "",
    ) -> None:
        """Find keys in `database`, and unseal them with `seal`.

        `program` is the `signer` setting. Raises Malformed for one that names no program.
        """
        self._database = database
        self._seal = seal
        self._clock = clock
        self._command = command_of(program) if program else ()
        self._program = program
        self._opened: dict[str, Signer] = {}

    @property
    def program(self) -> str:
        """The external signer's address; empty where keys are embedded."""
        return self._program

    def current(self) -> Signer:
        """Return what `signer` does, for whoever is in no transaction."""
        with self._database.reading() as connection:
            return self.signer(connection)

    def signer(self, connection: Connection) -> Signer:
        """Return the key that signs now.

        Raises Unavailable: `no-signing-key`, or that the active one cannot be had.
        """
        active = keys_of(connection).active(self._clock())
        if active is None:
            raise Unavailable(
                "no-signing-key",
                "no signing key is active: nothing can be signed, and nothing is published so",
                hint="`imprint admin key create` makes one, `imprint admin key list` shows all",
            )
        return self.signer_of(active)

    def signer_of(self, key: StoredKey) -> Signer:
        """Return any key, ready to sign; raises Unavailable when it cannot be had."""
        signer = self._opened.get(key.key_id)
        if signer is None:
            signer = self._opened[key.key_id] = self._open(key)
        return signer

    def _open(self, key: StoredKey) -> Signer:
        if key.signer == EMBEDDED:
            return open_key(key, self._seal)
        if not self._command:
            raise Unavailable(
                "signer-unavailable",
                f"the signing key `{key.key_id}` is held by `{key.signer}`, and this server has"
                " no `signer` setting",
                hint="set `IMPRINT_SIGNER` to the program that signs",
            )
        return external_signer(key, self._command)

    def make_key(self, *, valid_from: float) -> StoredKey:
        """Return a new embedded key that nobody knows yet."""
        return make_key(self._seal, valid_from=valid_from, now=self._clock())

    def prepare(self) -> bool:
        """Make the first key, where keys are embedded and there is none; True when it did.

        Then unseals the active one, so that a wrong secret key is found out at the start. Raises
        Unavailable as `signer` does, but not where a program has yet to be given its first key.
        """
        made = False
        if not self._program:
            with self._database.writing() as connection:
                if signing_keys.lock_none_yet(connection):
                    key = self.make_key(valid_from=self._clock())
                    made = signing_keys.add(connection, key)
        with self._database.reading() as connection:
            active = keys_of(connection).active(self._clock())
            if active is not None:
                self.signer_of(active)
        return made


def keys_of(connection: Connection) -> SigningKeys:
    """Return every key, as the database has them."""
    return SigningKeys(signing_keys.list_all(connection))
