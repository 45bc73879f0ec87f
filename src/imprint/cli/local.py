"""The stores in hand: for commands that work at the machine itself, also while a server runs."""

from __future__ import annotations

import functools
import getpass
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from imprint.cli.session import current
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imprint.registry.context import Registry
    from imprint.settings import LoadedSettings, Settings
    from imprint.storage.database import Database
    from imprint.storage.sealing import Seal

R = TypeVar("R")

PLACEHOLDER_URL = "http://localhost"
"""Of a registry whose settings have no public URL: nothing done here depends on it."""


@dataclass(frozen=True, slots=True)
class Store:
    """Which registry's stores are meant; None: what the settings say."""

    data: str | None
    database: str | None

    @property
    def is_named(self) -> bool:
        """Whether an option named it."""
        return self.data is not None or self.database is not None


def local_options(function: Callable[..., R]) -> Callable[..., R]:
    """Add `--data` and `--database`; the command gets both as `store`."""

    @click.option("--data", metavar="DIR", help="The registry's folder.")
    @click.option("--database", metavar="URL", help="Its database, if not in the folder.")
    @functools.wraps(function)
    def command(*arguments: object, data: str | None, database: str | None, **named: object) -> R:
        return function(*arguments, store=Store(data, database), **named)

    return command


@contextmanager
def local_registry(store: Store, *, makes: bool = False, seals: bool = False) -> Iterator[Registry]:
    """Open the registry that the options and settings name.

    `makes` lets a first command make its database, `seals` is for who keeps secrets in it. Raises
    Malformed where there is none, or one of another version.
    """
    from obstore.store import MemoryStore

    from imprint.registry.context import Registry
    from imprint.registry.signing.keys import Signing
    from imprint.storage.blobs import Blobs
    from imprint.storage.database import Database
    from imprint.tokens.audiences import audiences_of

    settings = load(store).settings
    if not makes:
        require_a_database(settings)
    opened = Database.open(settings.database_url)
    try:
        _bring_up(opened, makes=makes)
        url = (settings.public_url or PLACEHOLDER_URL).rstrip("/")
        seal = _seal(settings, seals=seals)
        signing = Signing(opened, seal, clock=time.time, program=settings.signer)
        yield Registry(
            database=opened,
            # No command touches a tarball, and a wrong folder must not be made by asking.
            blobs=Blobs(MemoryStore()),
            seal=seal,
            signing=signing if settings.sign_versions else None,
            public_url=url,
            audiences=frozenset(audiences_of(url)),
            clock=time.time,
            random=os.urandom,
        )
    finally:
        opened.close()


def load(store: Store) -> LoadedSettings:
    """Return the server's settings, as `imprint serve` with the same options would have them."""
    from imprint import settings

    flags = {"data": store.data, "database": store.database}
    return settings.load(file=current().config, environment=os.environ, flags=flags)


def require_a_database(settings: Settings) -> None:
    """Let pass where there is one: asking must not make a folder by mistake. Raises Malformed."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        return  # Database.open says it better
    if url.get_backend_name() != "sqlite" or Path(url.database or "").is_file():
        return
    raise Malformed(
        "no-database",
        f"there is no registry in {quoted(settings.data)}"
        if not settings.database
        else f"there is no database {quoted(url.database or '')}",
        hint="name its folder with `--data DIR`; `imprint serve` or the first"
        " `imprint admin user add` makes one",
    )


def operator() -> str:
    """Return who sits here, as events name them."""
    try:
        return f"operator:{getpass.getuser()}"[:64]
    except (KeyError, OSError):
        return "operator"


def _bring_up(database: Database, *, makes: bool) -> None:
    from imprint.storage.migrate import HEAD, migrate, revision_of

    revision = revision_of(database)
    if revision == HEAD:
        return
    if revision is None and makes:
        migrate(database)
        return
    raise Malformed(
        "database-older",
        "the database is empty"
        if revision is None
        else f"the database is of an older version of imprint: `{revision}`, not `{HEAD}`",
        hint="start the server once: it brings the database to this version",
    )


def _seal(settings: Settings, *, seals: bool) -> Seal:
    from imprint.storage.sealing import Seal

    path = settings.secret_key_path
    if path.is_file() or not settings.database:
        return Seal.of_file(path)
    if seals:
        # A key made here would seal what the server could never open.
        raise Malformed(
            "no-secret-key",
            f"the registry's secret key is not at {quoted(str(path))}",
            hint="run this where the server runs, or set `IMPRINT_SECRET_KEY_FILE`",
        )
    return Seal(os.urandom(32))
