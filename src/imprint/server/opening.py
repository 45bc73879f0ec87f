"""From settings to a Registry: stores opened, the database brought to this version."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from imprint.registry.context import Registry
from imprint.registry.signing.keys import Signing
from imprint.server.attestations import attestation_policy, warn_of_old_trust
from imprint.storage.blobs import Blobs
from imprint.storage.database import Database
from imprint.storage.migrate import migrate
from imprint.storage.sealing import Seal
from imprint.tokens.audiences import audiences_of

if TYPE_CHECKING:
    from imprint.settings import Settings

log = logging.getLogger("imprint.server")


def open_registry(settings: Settings, *, public_url: str) -> Registry:
    """Open the stores that `settings` name; close the registry's database at the end.

    `public_url` is the address that clients use; it stands in for an empty `settings.public_url`.
    Raises Malformed for a setting that cannot be, Unavailable where a store does not answer.
    """
    url = public_url.rstrip("/")
    audiences = audiences_of(url)
    database = Database.open(settings.database_url)
    try:
        before, after = migrate(database)
        if before != after:
            log.info("database-migrated", extra={"from": before or "nothing", "to": after})
        seal = Seal.of_file(settings.secret_key_path)
        warn_of_old_trust(settings, now=time.time())
        return Registry(
            database=database,
            blobs=Blobs.open(settings.blobs_address),
            seal=seal,
            signing=_signing(settings, database, seal),
            attestation_policy=attestation_policy(settings, now=time.time()),
            public_url=url,
            audiences=frozenset(audiences),
            clock=time.time,
            random=os.urandom,
            max_publish_bytes=settings.max_publish_bytes,
            publications_per_hour=settings.publications_per_hour,
            banned_events=frozenset(settings.banned_events),
            open_registration=settings.open_registration,
        )
    except BaseException:
        database.close()
        raise


def _signing(settings: Settings, database: Database, seal: Seal) -> Signing | None:
    if not settings.sign_versions:
        return None
    signing = Signing(database, seal, clock=time.time, program=settings.signer)
    if signing.prepare():
        log.info("signing-key-created")
    return signing
