"""From settings to a Registry: stores opened, the database brought to this version."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from imprint.refusals import Malformed, quoted
from imprint.registry.context import Registry
from imprint.registry.signing.external import command_of
from imprint.registry.signing.keys import Signing
from imprint.server.attestations import attestation_policy, warn_of_old_trust
from imprint.storage.advisory_archive import AdvisoryArchive
from imprint.storage.advisory_index import IndexPlace
from imprint.storage.blobs import Blobs, check_address
from imprint.storage.database import Database, database_url_of
from imprint.storage.migrate import migrate
from imprint.storage.sealing import Seal
from imprint.tokens.audiences import audiences_of

if TYPE_CHECKING:
    from imprint.registry.policies import AttestationPolicy
    from imprint.settings import Settings

log = logging.getLogger("imprint.server")


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings of a registry say, read before anything is made or opened."""

    public_url: str
    """Without a slash at its end."""
    audiences: frozenset[str]
    attestation_policy: AttestationPolicy

    @classmethod
    def of(cls, settings: Settings, *, public_url: str) -> Self:
        """Read `settings`; raises Malformed for one that cannot be, whatever stores answer."""
        url = public_url.rstrip("/")
        audiences = audiences_of(url)
        database_url_of(settings.database_url)
        check_address(settings.blobs_address)
        if settings.sign_versions and settings.signer:
            command_of(settings.signer)
        if settings.advisories and not Path(settings.advisories).is_file():
            raise Malformed(
                "no-such-file",
                f"there is no advisory archive {quoted(settings.advisories)}",
                hint="`advisories` takes OSV's archive of npm: all.zip",
            )
        if settings.secret_key_path.is_file():
            Seal.of_file(settings.secret_key_path)
        return cls(
            public_url=url,
            audiences=frozenset(audiences),
            attestation_policy=attestation_policy(settings, now=time.time()),
        )


def open_registry(
    settings: Settings, *, public_url: str, planned: Planned | None = None
) -> Registry:
    """Open the stores that `settings` name; close the registry's database at the end.

    `public_url` is the address that clients use; it stands in for an empty `settings.public_url`.
    `planned` is what was read of the settings before; None: they are read now.
    Raises Malformed for a setting that cannot be, before anything is made, Unavailable where a
    store does not answer.
    """
    planned = planned or Planned.of(settings, public_url=public_url)
    database = Database.open(settings.database_url)
    try:
        before, after = migrate(database)
        if before != after:
            log.info("database-migrated", extra={"from": before or "nothing", "to": after})
        seal = Seal.of_file(settings.secret_key_path)
        warn_of_old_trust(settings, now=time.time())
        archive = advisories_of(settings)
        return Registry(
            database=database,
            blobs=Blobs.open(settings.blobs_address),
            seal=seal,
            signing=_signing(settings, database, seal),
            attestation_policy=planned.attestation_policy,
            public_url=planned.public_url,
            audiences=planned.audiences,
            clock=time.time,
            random=os.urandom,
            max_publish_bytes=settings.max_publish_bytes,
            publications_per_hour=settings.publications_per_hour,
            banned_events=frozenset(settings.banned_events),
            open_registration=settings.open_registration,
            advisories=archive,
        )
    except BaseException:
        database.close()
        raise


def advisories_of(settings: Settings) -> AdvisoryArchive | None:
    """Return the archive of advisories, whose first reading takes half a minute; None: none.

    Raises Malformed (`malformed-advisory-archive`).
    """
    if not settings.advisories:
        return None
    # What is kept of it is sealed by what does not lie beside it.
    secret = hashlib.sha256(b"imprint advisories 1\0" + settings.secret_key_path.read_bytes())
    place = IndexPlace(folder=Path(settings.data) / "advisories", secret=secret.digest())
    return AdvisoryArchive.open(Path(settings.advisories), place)


def _signing(settings: Settings, database: Database, seal: Seal) -> Signing | None:
    if not settings.sign_versions:
        return None
    signing = Signing(database, seal, clock=time.time, program=settings.signer)
    if signing.prepare():
        log.info("signing-key-created")
    return signing
