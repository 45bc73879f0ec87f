"""`imprint admin key`: what the registry signs versions with."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.durations import Duration
from imprint.cli.local import Store, local_options, local_registry, operator
from imprint.cli.report import Report, table
from imprint.cli.session import Refused, say, show
from imprint.cli.times import moment
from imprint.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.storage.signing_keys import StoredKey

MOST_SECONDS = 366 * 86_400

_PUBLIC_KEY = click.option(
    "--public-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Of a key that the `signer` program has, PEM or DER; else one is made and sealed here.",
)


def _starts(default: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    return click.option(
        "--starts",
        type=Duration(most_seconds=MOST_SECONDS, takes_now=True),
        default=default,
        show_default=True,
        metavar="DURATION",
        help="In how long it begins to sign, or `now`; clients are told of it at once.",
    )


@click.group("key")
def command() -> None:
    """Signing keys. The first one is made when the server first starts."""


@command.command(
    "list",
    cls=Command,
    epilog="""\b
Example:
  imprint admin key list""",
)
@local_options
def list_keys(*, store: Store) -> None:
    """List every key with its window, and how many versions it signed last."""
    from imprint.registry.signing.keys import keys_of
    from imprint.storage import signatures

    with local_registry(store) as registry, registry.database.reading() as connection:
        keys, now = keys_of(connection), registry.clock()
        counts = signatures.count_by_key(connection)
    active, unsigned = keys.active(now), counts.get(None, 0)
    states = {key.key_id: _state(key, active, now) for key in keys.keys}
    rows = [("KEY", "STATE", "STARTS", "ENDS", "VERSIONS", "SIGNER")] if keys.keys else []
    rows += [
        (
            key.key_id,
            states[key.key_id],
            moment(key.valid_from),
            "" if key.valid_until is None else moment(key.valid_until),
            str(counts.get(key.key_id, 0)),
            key.signer,
        )
        for key in keys.keys
    ]
    values = [
        {**_shown(key), "state": states[key.key_id], "versions": counts.get(key.key_id, 0)}
        for key in keys.keys
    ]
    summary = {"keys": len(keys.keys), "unsigned": unsigned}
    show(Report(lines=table(rows), summary=summary, values={"keys": values}))
    if unsigned:
        say(f"{unsigned} versions are not signed: `imprint admin key resign`")


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin key create --public-key hsm.pem --starts 1h""",
)
@_PUBLIC_KEY
@_starts("now")
@local_options
def create(*, public_key: Path | None, starts: float, store: Store) -> None:
    """Add a key beside those there are. Of several the one that began last signs."""
    from imprint.registry.administration.signing_keys import create_key

    with local_registry(store, makes=True, seals=public_key is None) as registry:
        key = create_key(registry, starts_in=starts, spki=_read(public_key), by=operator())
    if isinstance(key, Refusal):
        raise Refused(key)
    show(Report(lines=(key.key_id,), values=_shown(key)))
    say(f"it signs from {moment(key.valid_from)}")


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin key rotate --starts 1h --overlap 7d""",
)
@_PUBLIC_KEY
@_starts("1h")
@click.option(
    "--overlap",
    type=Duration(most_seconds=MOST_SECONDS),
    default="7d",
    show_default=True,
    help="How long after that the other keys end.",
)
@local_options
def rotate(*, public_key: Path | None, starts: float, overlap: float, store: Store) -> None:
    """Add a key, and let all others end.

    What they signed stays good: nothing has to be signed anew.
    """
    from imprint.registry.administration.signing_keys import rotate_keys

    with local_registry(store, seals=public_key is None) as registry:
        rotated = rotate_keys(
            registry,
            starts_in=starts,
            overlap_seconds=overlap,
            spki=_read(public_key),
            by=operator(),
        )
    if isinstance(rotated, Refusal):
        raise Refused(rotated)
    values = {**_shown(rotated.key), "ended": [_shown(key) for key in rotated.ended]}
    show(Report(lines=(rotated.key.key_id,), values=values))
    say(f"it signs from {moment(rotated.key.valid_from)}")
    for key in rotated.ended:
        say(f"{key.key_id} ends {moment(key.valid_until or 0)}")


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin key retire SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA --at 2026-01-31""",
)
@click.argument("key_id", metavar="KEY")
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"]),
    metavar="TIME",
    help="When its window ends, UTC. One in the past says: it was in other hands since then."
    "  [default: now]",
)
@local_options
def retire(*, key_id: str, at: datetime | None, store: Store) -> None:
    """End a key. What it signed of versions published since then is served no longer."""
    from imprint.registry.administration.signing_keys import retire_key

    until = None if at is None else at.replace(tzinfo=UTC).timestamp()
    with local_registry(store) as registry:
        key = retire_key(registry, key_id, at=until, by=operator())
        now = registry.clock()
    if isinstance(key, Refusal):
        raise Refused(key)
    ends = key.valid_until or now
    shown = "ended" if ends <= now else "ends"
    show(Report(lines=(f"{key.key_id} {shown} {moment(ends)}",), values=_shown(key)))
    if ends <= now:
        say("now sign its versions with the active key: `imprint admin key resign`")


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin key resign""",
)
@local_options
def resign(*, store: Store) -> int:
    """Sign every version that the active key has not signed; broken off, it goes on next time.

    A version whose record does not fit its old signature is not signed, and named: exit code 1.
    """
    from imprint.registry.administration.signing_keys import resign_versions

    signed = 0
    refused: list[str] = []
    with local_registry(store, seals=True) as registry:
        for batch in resign_versions(registry, by=operator()):
            signed += len(batch.signed)
            refused += batch.refused
            if sys.stderr.isatty():
                say(f"signed {signed}")
    lines = (f"versions signed: {signed}", *(f"altered, not signed: {name}" for name in refused))
    summary = {"signed": signed, "altered": len(refused)}
    show(Report(lines=lines, summary=summary, values={"altered": refused}))
    return 1 if refused else 0


def _state(key: StoredKey, active: StoredKey | None, now: float) -> str:
    if active is not None and key.key_id == active.key_id:
        return "active"
    if key.valid_until is not None and key.valid_until <= now:
        return "ended"
    return "next" if key.valid_from > now else "open"


def _shown(key: StoredKey) -> dict[str, object]:
    from imprint.npm.packument import iso

    return {
        "key_id": key.key_id,
        "signer": key.signer,
        "starts": iso(key.valid_from),
        "ends": None if key.valid_until is None else iso(key.valid_until),
    }


def _read(path: Path | None) -> bytes | None:
    if path is None:
        return None
    from imprint.registry.signing.external import read_public_key

    return read_public_key(path.read_bytes())
