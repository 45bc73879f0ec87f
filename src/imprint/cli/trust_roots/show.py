"""`imprint trust-roots show`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.report import Report
from imprint.cli.session import show
from imprint.cli.times import day
from imprint.cli.trust_roots.folder import kept_trust_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from imprint.upstream.trust.staleness import StaleTrust
    from imprint.upstream.trust.trust import KeptDomain, KeptKeys, Trust


@click.command(
    cls=Command,
    epilog="""\b
Example, for yourself and for a registry:
  imprint trust-roots show
  imprint trust-roots show --data /srv/imprint --format json""",
)
@click.option("--strict", is_flag=True, help="Exit with 1 where something is stale.")
@kept_trust_options
def command(*, strict: bool, folder: Path) -> int:
    """Show whose signatures are believed, where that comes from, and what of it is stale."""
    from imprint.upstream.trust.staleness import staleness
    from imprint.upstream.trust.store import load_trust

    now = time.time()
    trust = load_trust(folder)
    stale = staleness(trust, now, names={*trust.kept_domains, *trust.kept_keys})
    show(_report(trust, folder, stale, now))
    return 1 if strict and stale else 0


def _report(trust: Trust, folder: Path, stale: Sequence[StaleTrust], now: float) -> Report:
    from imprint.cli.trust_roots.listing import domain_values, keys_values

    lines = [f"folder of trust: {folder}" + ("" if folder.is_dir() else ", which is not there")]
    for name, domain in trust.kept_domains.items():
        lines += ["", *_domain_lines(domain, now), *_stale_lines(stale, name)]
    for label, keys in trust.kept_keys.items():
        lines += ["", *_keys_lines(keys, now), *_stale_lines(stale, label)]
    return Report(
        lines=tuple(lines),
        summary={
            "domains": len(trust.kept_domains),
            "registries": len(trust.kept_keys),
            "stale": len(stale),
        },
        values={
            "folder": str(folder),
            "digest": trust.digest,
            "domains": [domain_values(one, now) for one in trust.kept_domains.values()],
            "keys": [keys_values(one, now) for one in trust.kept_keys.values()],
            "stale": [
                {"name": one.name, "age_days": one.age_days, "message": one.message}
                for one in stale
            ],
        },
    )


def _domain_lines(kept: KeptDomain, now: float) -> Iterator[str]:
    from imprint.cli.trust_roots.listing import facts

    yield f"{kept.document.name}: {_origin(kept.document.updated_at, kept.place, now)}"
    yield f"  {kept.document.source}"
    yield from facts(kept)


def _keys_lines(kept: KeptKeys, now: float) -> Iterator[str]:
    from imprint.upstream.trust.changes import described_window

    origin = _origin(kept.document.updated_at, kept.place, now)
    yield f"keys of the registry {kept.document.label}: {origin}"
    yield f"  {kept.document.source}"
    for key in kept.keys.keys:
        uses = ", ".join(sorted(key.usages))
        yield f"  {key.key_id}  {uses}  {described_window(key.window)}"


def _stale_lines(stale: Sequence[StaleTrust], name: str) -> Iterator[str]:
    for one in stale:
        if one.name == name:
            yield f"  stale: {one.message}"


def _origin(updated_at: float, place: str, now: float) -> str:
    age = int((now - updated_at) // 86_400)
    return f"of {day(updated_at)}, {age} days old, {place}"
