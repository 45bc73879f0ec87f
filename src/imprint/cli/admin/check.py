"""`imprint admin check`: what a server would be started with, and whether it could work."""

from __future__ import annotations

import asyncio
import stat
import time
from typing import TYPE_CHECKING

import click
import msgspec

from imprint.cli.commands import Command
from imprint.cli.local import Store, load, local_options, require_a_database
from imprint.cli.report import Report, table
from imprint.cli.session import say, show
from imprint.refusals import Malformed, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imprint.settings import LoadedSettings, Settings
    from imprint.tokens.issuers import Issuer
    from imprint.upstream.fetch import Fetcher

PROBE_SECONDS = 10.0

OK, FAILED, UNKNOWN = "ok", "failed", "unknown"


class _Check(msgspec.Struct, frozen=True):
    """One thing that was looked at. Unknown: it could not be looked at, which is not `ok`."""

    name: str
    state: str
    message: str


@click.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin check --data /srv/imprint --probe""",
)
@click.option("--probe", is_flag=True, help="Fetch every issuer's keys, too.")
@local_options
def command(*, store: Store, probe: bool) -> int:
    """Show every setting with its origin, and look at database, blobs, secret key, trust, issuers.

    Nothing is changed. Exits with 1 where something is wrong, with 3 where it could not be told.
    """
    loaded = load(store)
    settings = loaded.settings
    checks = [
        _judged("database", lambda: _database(settings)),
        _judged("blobs", lambda: _blobs(settings)),
        _judged("secret key", lambda: _secret_key(settings)),
        _judged("trust", lambda: _trust(settings)),
    ]
    if checks[0].state == OK:
        checks.append(_judged("signing keys", lambda: _signing_keys(settings, probe=probe)))
        checks.append(_judged("attestations", lambda: _attestations(settings)))
        checks += _issuers(settings, probe=probe)
    counts = {state: sum(c.state == state for c in checks) for state in (OK, FAILED, UNKNOWN)}
    listed = _settings(loaded)
    lines = (
        *table([(s["name"], s["value"], s["origin"]) for s in listed]),
        "",
        *table([(check.state, check.name, check.message) for check in checks]),
    )
    shown = [{"name": c.name, "state": c.state, "message": c.message} for c in checks]
    show(
        Report(
            lines=lines,
            summary={"checks": len(checks), **counts},
            values={"settings": listed, "checks": shown},
        )
    )
    if counts[FAILED]:
        return 1
    return 3 if counts[UNKNOWN] else 0


def _settings(loaded: LoadedSettings) -> list[dict[str, str]]:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    settings = loaded.settings
    effective: dict[str, object] = {name: getattr(settings, name) for name in loaded.origins}
    try:
        # Its password is nobody's business.
        effective["database"] = make_url(settings.database_url).render_as_string()
    except ArgumentError:
        effective["database"] = "(unreadable)"
    effective["blobs"] = settings.blobs_address
    effective["secret_key_file"] = settings.secret_key_path
    effective["trust"] = settings.trust_folder
    effective["public_url"] = settings.public_url or "(where it listens)"
    return [
        {"name": name, "value": _text(effective[name]), "origin": origin}
        for name, origin in loaded.origins.items()
    ]


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "(none)"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _judged(name: str, look: Callable[[], str]) -> _Check:
    try:
        return _Check(name, OK, look())
    except Malformed as err:
        return _Check(name, FAILED, err.message)
    except Unavailable as err:
        return _Check(name, UNKNOWN, err.message)


def _database(settings: Settings) -> str:
    from imprint.storage.database import Database
    from imprint.storage.migrate import HEAD, revision_of

    require_a_database(settings)
    database = Database.open(settings.database_url)
    try:
        revision = revision_of(database)
    finally:
        database.close()
    if revision == HEAD:
        return f"answers; its tables are current ({HEAD})"
    raise Malformed(
        "database-older",
        f"its tables are at {revision or 'nothing'}, not at {HEAD}: start the server once",
    )


def _blobs(settings: Settings) -> str:
    from pathlib import Path

    from imprint.storage.blobs import Blobs

    address = settings.blobs_address
    if "://" not in address and not Path(address).is_dir():
        raise Unavailable("blobs-unavailable", f"there is no folder `{address}` yet")
    Blobs.open(address).probe()
    return "answer"


def _secret_key(settings: Settings) -> str:
    from imprint.storage.sealing import Seal

    path = settings.secret_key_path
    try:
        mode = path.stat().st_mode
    except OSError as err:
        raise Unavailable("secret-key", f"there is no key at `{path}` yet") from err
    Seal.of_file(path)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Malformed(
            "secret-key", f"`{path}` can be read by others (mode {mode & 0o777:o}): chmod it to 600"
        )
    return "readable by its owner alone"


def _trust(settings: Settings) -> str:
    """Look at what attestations are verified by.

    Old trust is a warning, and where a setting says so a failure: what it judges is then refused.
    """
    from imprint.upstream.trust.staleness import refuse_stale, staleness
    from imprint.upstream.trust.store import load_trust

    now = time.time()
    trust = load_trust(settings.trust_folder)
    for stale in staleness(trust, now):
        say(f"warning: {stale.message}")
    if refusal := refuse_stale(trust, now, max_age_days=settings.trust_max_age_days):
        raise Malformed(refusal.code, refusal.message, refusal.hint)
    domains, registries = ", ".join(trust.kept_domains), ", ".join(trust.kept_keys)
    return f"of {domains}; keys of the registries {registries}"


def _signing_keys(settings: Settings, *, probe: bool) -> str:
    import time

    from imprint.registry.signing.keys import Signing, keys_of
    from imprint.storage import signatures
    from imprint.storage.database import Database
    from imprint.storage.sealing import Seal

    if not settings.sign_versions:
        return "none is used: `sign_versions` is false"
    database = Database.open(settings.database_url)
    try:
        with database.reading() as connection:
            keys = keys_of(connection)
            unsigned = signatures.count_by_key(connection).get(None, 0)
        if not keys.keys and not settings.signer:
            return "there is none yet: the server makes one when it starts"
        if not settings.secret_key_path.is_file():
            raise Unavailable("secret-key", "the secret key that opens them is not here")
        seal = Seal.of_file(settings.secret_key_path)
        signer = Signing(database, seal, clock=time.time, program=settings.signer).current()
        if probe:
            signer.sign(b"imprint: can this key sign?")
    finally:
        database.close()
    if unsigned:
        raise Malformed(
            "versions-unsigned", f"{unsigned} versions are not signed: `imprint admin key resign`"
        )
    return f"{len(keys.keys)} known; `{signer.key_id}` signs, and every version is signed"


def _attestations(settings: Settings) -> str:
    from imprint.server.attestations import attestation_policy
    from imprint.storage import attestations
    from imprint.storage.attestations import State
    from imprint.storage.database import Database

    policy = attestation_policy(settings, now=time.time())
    database = Database.open(settings.database_url)
    try:
        with database.reading() as connection:
            counts = attestations.count_by_state(connection)
    finally:
        database.close()
    waiting = counts.get(State.WAITING, 0) + counts.get(State.UNSIGNED, 0)
    said = f"{counts.get(State.VERIFIED, 0)} verified"
    if policy.log_url:
        return f"{said}; {waiting} wait for the log `{policy.log_url}`"
    return f"{said}; {waiting} are signed alone: there is no `transparency_log`"


def _issuers(settings: Settings, *, probe: bool) -> Iterator[_Check]:
    from imprint.storage import issuers
    from imprint.storage.database import Database

    database = Database.open(settings.database_url)
    try:
        with database.reading() as connection:
            found = issuers.list_all(connection)
    finally:
        database.close()
    if not found:
        yield _Check("issuers", OK, "none is registered: nothing can be exchanged")
    elif not probe:
        yield _Check("issuers", OK, f"{len(found)} registered; --probe fetches their keys")
    else:
        enabled = [one.issuer for one in found if one.disabled_at is None]
        yield from asyncio.run(_probe(enabled))


async def _probe(found: list[Issuer]) -> list[_Check]:
    from imprint.upstream.fetch import Fetcher

    async with Fetcher() as fetcher:
        return list(await asyncio.gather(*(_probe_one(fetcher, issuer) for issuer in found)))


async def _probe_one(fetcher: Fetcher, issuer: Issuer) -> _Check:
    from imprint.upstream.discovery import fetch_key_set
    from imprint.upstream.failures import FetchFailed

    name = f"issuer {issuer.name}"
    try:
        keys = await fetch_key_set(fetcher, issuer, timeout_seconds=PROBE_SECONDS)
    except FetchFailed as err:
        return _Check(name, UNKNOWN if err.is_transient else FAILED, err.message)
    except Malformed as err:
        return _Check(name, FAILED, err.message)
    return _Check(name, OK, f"{len(keys.keys)} keys at {issuer.url}")
