"""Signing what is there already: after a rotation, after a compromise, after an upgrade.

In batches, each of them a transaction of its own; what is done is not done again, so that it goes
on where it stopped. A version whose record does not fit its old signature, or itself, gets no new
one: that would make a forged record genuine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from imprint.attestations.registry_signatures import message_to_sign
from imprint.attestations.signatures import verifies
from imprint.npm.integrity import integrity_of
from imprint.registry.signing.keys import keys_of
from imprint.registry.signing.signatures import read, sign, signature_bytes
from imprint.registry.signing.windows import SigningKeys
from imprint.storage import signatures, signing_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.registry.signing.keys import Signing
    from imprint.registry.signing.signatures import Signature, Signed
    from imprint.registry.signing.signer import Signer
    from imprint.storage.database import Database
    from imprint.storage.signatures import SignedVersion

BATCH = 100
"""Versions: so many are signed between two transactions, and written in one."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is."""

    signed: tuple[str, ...]
    """`name@version`."""
    refused: tuple[str, ...]
    """Those that are not signed again, as `name@version`: their records were altered."""
    packages: frozenset[str]
    """Whose packuments are to be rendered again."""


class _Dist(msgspec.Struct):
    integrity: str = ""


def resign(
    database: Database, signing: Signing, *, now: float, only_unsigned: bool = False
) -> Iterator[Batch]:
    """Sign every served version whose newest signature is not the active key's, batch by batch.

    Signatures of other keys stay while those are open, so that who has not heard of the new key
    verifies meanwhile; others go. Raises Unavailable when nothing can be signed (any more).
    """
    after = 0
    while True:
        with database.reading() as connection:
            keys, signer = keys_of(connection), signing.signer(connection)
            due = signatures.not_signed_with(
                connection,
                signer.key_id,
                after=after,
                limit=BATCH,
                only_unsigned=only_unsigned,
            )
        if not due:
            return
        good = [version for version in due if _is_unaltered(version, keys)]
        made = [(version, _signed_anew(version, signer, keys, now=now)) for version in good]
        with database.writing() as connection:
            # Again: a key that somebody has ended since must not take the place of a good one.
            held = signing_keys.hold(connection, signer.key_id)
            if held is None or not SigningKeys((held,)).is_open(held.key_id, now):
                continue
            for version, signed in made:
                signatures.replace(
                    connection,
                    version.id,
                    signatures=signed.document,
                    signed_with=signed.signed_with,
                )
            signatures.changed(connection, (version.package_id for version in good))
        after = due[-1].id
        yield Batch(
            signed=tuple(_name(version) for version in good),
            refused=tuple(_name(version) for version in due if version not in good),
            packages=frozenset(version.package_name for version in good),
        )


def _is_unaltered(version: SignedVersion, keys: SigningKeys) -> bool:
    """Whether the record is of one mind: digest, `dist` and every signature that there was."""
    integrity = _integrity(version)
    if integrity != integrity_of(version.sha512):
        return False
    message = message_to_sign(version.package_name, version.version, integrity)
    return all(_verifies(one, message, keys) for one in read(version.signatures))


def _verifies(signature: Signature, message: bytes, keys: SigningKeys) -> bool:
    key = keys.find(signature.keyid)
    if key is None:
        return False
    return verifies(load_der_public_key(key.spki), signature_bytes(signature), message)


def _signed_anew(
    version: SignedVersion, signer: Signer, keys: SigningKeys, *, now: float
) -> Signed:
    return sign(
        signer,
        name=version.package_name,
        version=version.version,
        integrity=_integrity(version),
        beside=[one for one in read(version.signatures) if keys.is_open(one.keyid, now)],
    )


def _integrity(version: SignedVersion) -> str:
    return msgspec.json.decode(version.dist, type=_Dist).integrity


def _name(version: SignedVersion) -> str:
    return f"{version.package_name}@{version.version}"
