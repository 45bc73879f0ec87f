"""`imprint gate prefetch`."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.report import Report, table
from imprint.cli.session import current, show
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from imprint.gate.prefetching import Ask, LockedTarball, Prefetched
    from imprint.settings import LoadedSettings

CLEAN, FINDINGS, UNDECIDED = 0, 1, 3
MOST_SECONDS = 900.0
"""How long the gate may take for one tarball."""


@click.command(
    "prefetch",
    cls=Command,
    epilog="""\b
Example, through a running gate, and into its folder before it runs:
  imprint gate prefetch --gate https://npm.example.test package-lock.json
  imprint gate prefetch --data /srv/imprint --upstream https://registry.example.test
An interrupted run is begun again: what is there costs nothing.""",
)
@click.argument(
    "path", required=False, default=".", type=click.Path(path_type=Path), metavar="[LOCKFILE|DIR]"
)
@click.option("--gate", metavar="URL", help="Ask this gate.  [default: what npm is configured to]")
@click.option("--data", metavar="DIR", help="Fill the gate's part of this folder instead.")
@click.option("--upstream", metavar="URL", help="With --data: as `imprint serve` takes it.")
@click.option("--policy", metavar="FILE", help="With --data: as `imprint serve` takes it.")
@click.option("--at-once", type=click.IntRange(1, 64), default=16, show_default=True, metavar="N")
def command(
    *,
    path: Path,
    gate: str | None,
    data: str | None,
    upstream: str | None,
    policy: str | None,
    at_once: int,
) -> int:
    """Have the gate fetch every tarball that a lockfile names, and say what it refuses.

    Of npm, pnpm, yarn or bun. Each is judged as an install would be; what is refused is not
    fetched. Exits with 1 where something is refused or missing, with 3 where it could not be told.
    """
    if gate is not None and data is not None:
        raise click.UsageError("--gate and --data are two ways to the same thing: name one")
    if data is None and (upstream or policy):
        raise click.UsageError("--upstream and --policy belong to --data")
    from imprint import settings
    from imprint.audit.lockfiles import find_lockfile
    from imprint.gate.prefetching import locked_tarballs

    tarballs = locked_tarballs(find_lockfile(path).lockfile)
    if data is None:
        found = _by_gate(tarballs, gate, at_once)
    else:
        flags = {"data": data, "upstream": upstream, "policy": policy}
        loaded = settings.load(file=current().config, environment=os.environ, flags=flags)
        found = _into_folder(tarballs, loaded, at_once)
    show(_report(found))
    return _exit_code(found)


def _by_gate(
    tarballs: tuple[LockedTarball, ...], gate: str | None, at_once: int
) -> tuple[Prefetched, ...]:
    from imprint.gate.prefetching import FIRST_BYTE
    from imprint.gate.upstream.upstreams import address_of
    from imprint.publish.configuration import Surroundings, read_configuration
    from imprint.upstream.fetch import Answer, Fetcher, Reach

    around = Surroundings(folder=Path.cwd(), home=Path.home(), environment=os.environ)
    configuration = read_configuration(around, registry=gate or current().registry)
    url = address_of(configuration.registry_of(None).url).rstrip("/")

    async def prefetched() -> tuple[Prefetched, ...]:
        async with Fetcher(by_proxy=True, connections_per_host=at_once) as fetcher:

            async def ask(place: str) -> Answer:
                address = url + place
                return await fetcher.ask(
                    address,
                    more=FIRST_BYTE,
                    reach=Reach.REGISTERED,
                    timeout_seconds=MOST_SECONDS,
                    bearer=configuration.token_for(address),
                )

            return await _with_progress(tarballs, ask, at_once)

    return asyncio.run(prefetched())


def _into_folder(
    tarballs: tuple[LockedTarball, ...], loaded: LoadedSettings, at_once: int
) -> tuple[Prefetched, ...]:
    from imprint.cli.local import PLACEHOLDER_URL
    from imprint.gate.prefetching import FIRST_BYTE
    from imprint.server.inside import inside

    settings = loaded.settings
    if not settings.has_gate:
        raise Malformed(
            "no-upstream",
            "there is no upstream to fetch from",
            hint="name one by `--upstream URL`, or in the server's settings",
        )

    async def prefetched() -> tuple[Prefetched, ...]:
        url = settings.public_url or PLACEHOLDER_URL
        async with inside(settings, public_url=url, headers=FIRST_BYTE) as ask:
            return await _with_progress(tarballs, ask, at_once)

    return asyncio.run(prefetched())


async def _with_progress(
    tarballs: tuple[LockedTarball, ...], ask: Ask, at_once: int
) -> tuple[Prefetched, ...]:
    from imprint.cli.audit.progress import progress
    from imprint.gate.prefetching import prefetch

    with progress() as shown:
        return await prefetch(tarballs, ask, at_once=at_once, progress=shown)


def _report(found: tuple[Prefetched, ...]) -> Report:
    from imprint.gate.prefetching import Outcome

    told = [one for one in found if one.outcome is not Outcome.FETCHED]
    counts = {outcome: sum(one.outcome is outcome for one in found) for outcome in Outcome}
    rows = [
        (one.outcome.value, f"{one.tarball.name}@{one.tarball.version}", one.why) for one in told
    ]
    others = ", ".join(
        f"{count} {outcome}"
        for outcome, count in counts.items()
        if count and outcome is not Outcome.FETCHED
    )
    line = f"the gate has {counts[Outcome.FETCHED]} of {len(found)} tarballs"
    packages = [
        {
            "name": one.tarball.name,
            "version": one.tarball.version,
            "outcome": one.outcome.value,
            "why": one.why,
        }
        for one in told
    ]
    return Report(
        lines=(*table(rows), f"{line}: {others}" if others else line),
        summary={"tarballs": len(found), **{str(name): count for name, count in counts.items()}},
        values={"packages": packages},
    )


def _exit_code(found: tuple[Prefetched, ...]) -> int:
    from imprint.gate.prefetching import Outcome

    outcomes = {one.outcome for one in found}
    if outcomes & {Outcome.REFUSED, Outcome.MISSING, Outcome.OTHER_BYTES}:
        return FINDINGS
    return UNDECIDED if Outcome.FAILED in outcomes else CLEAN
