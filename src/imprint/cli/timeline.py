"""`imprint timeline`."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from msgspec.structs import asdict

from imprint.cli.commands import Command
from imprint.cli.report import Report
from imprint.cli.session import current, say, show
from imprint.cli.times import moment
from imprint.cli.trust_roots.folder import trust_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imprint.evidence.looked import Looked
    from imprint.evidence.pieces import Pieces
    from imprint.evidence.recorded import Recorded
    from imprint.evidence.timeline import Entry
    from imprint.evidence.verdict import Verdict
    from imprint.evidence.weighing import Weighed
    from imprint.history.projection import PackumentHistory
    from imprint.npm.names import PackageName
    from imprint.npm.published import Packument
    from imprint.upstream.registries import UpstreamRegistry

FINDINGS, UNDECIDED = 1, 3


@click.command(
    cls=Command,
    epilog="""\b
Example, the newest publications, and of the newest three what is proven:
  imprint timeline @acme/widget --limit 20 --verify 3""",
)
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N")
@click.option(
    "--verify",
    type=click.IntRange(0, 100),
    default=0,
    metavar="N",
    help="Fetch and verify the attestations of the newest N.",
)
@click.option("--cache/--no-cache", default=True, help="Take valid verdicts of earlier runs.")
@trust_options
def command(*, name: str, limit: int, verify: int, cache: bool, folder: Path) -> int:
    """Say who published NAME, version by version, and what changed from one to the next.

    From the packument of any registry, and from imprint's own record where the registry is one.
    What the registry merely says is `claimed`; --verify says what is proven. The grade (L0 to L7,
    `imprint audit` has the same) sums it up; each event has a page, `imprint explain ID`.
    """
    from imprint.evidence.timeline import build_timeline
    from imprint.evidence.weighing import weigh
    from imprint.npm.names import PackageName

    package = PackageName.parse_existing(name)
    gathered = asyncio.run(_gather(package, limit=limit, verify=verify))
    verdicts = _verdicts(gathered, folder, uses_cache=cache)
    entries = build_timeline(
        gathered.packument, recorded=gathered.recorded, verdicts=verdicts, limit=limit
    )
    shown = [entry.version for entry in entries]
    weighed = weigh(gathered.history, shown, verdicts=verdicts, now=time.time())
    show(_report(package, entries, weighed))
    outcomes = {verdict.outcome.value for verdict in verdicts.values()}
    if "invalid" in outcomes:
        return FINDINGS
    return UNDECIDED if "undecided" in outcomes else 0


class _Gathered(msgspec.Struct, frozen=True, kw_only=True):
    registry: str
    packument: Packument
    history: PackumentHistory
    recorded: Mapping[str, Recorded]
    pieces: Sequence[Pieces]
    keys: Looked[bytes]


async def _gather(package: PackageName, *, limit: int, verify: int) -> _Gathered:
    from imprint.evidence.collect import (
        UNASKED,
        a_few_at_once,
        collect,
        keys_of,
        raw_packument_of,
        version_of,
    )
    from imprint.evidence.timeline import newest
    from imprint.publish.configuration import Surroundings, read_configuration
    from imprint.upstream.fetch import Fetcher
    from imprint.upstream.registries import UpstreamRegistry

    around = Surroundings(folder=Path.cwd(), home=Path.home(), environment=os.environ)
    configuration = read_configuration(around, registry=current().registry)
    url = configuration.registry_of(package.scope).url
    say(f"asking {url}")
    async with Fetcher(by_proxy=True) as fetcher:
        registry = UpstreamRegistry(
            fetcher=fetcher, url=url, credential_for=configuration.token_for
        )
        raw, recorded = await asyncio.gather(
            raw_packument_of(registry, package), _recorded(registry, package, limit)
        )
        packument, history = _read(raw, package)
        there = [one for one in newest(packument, recorded) if one in packument.raw_versions]
        wanted = [version_of(packument, version) for version in there[:verify]]
        pieces = await a_few_at_once(
            collect(registry, one, package, tarball=False) for one in wanted
        )
        keys = await keys_of(registry) if wanted else UNASKED
    return _Gathered(
        registry=url,
        packument=packument,
        history=history,
        recorded=recorded,
        pieces=pieces,
        keys=keys,
    )


def _read(raw: bytes, package: PackageName) -> tuple[Packument, PackumentHistory]:
    """Return a packument for its facts, and for what judging goes by."""
    from imprint.history.projection import PackumentHistory, project
    from imprint.npm.published import read_packument
    from imprint.refusals import Malformed, Unavailable

    try:
        history = PackumentHistory.of(project(raw, str(package)))
        return read_packument(raw, name=str(package)), history
    except Malformed as err:
        raise Unavailable(err.code, err.message, err.hint) from err


async def _recorded(
    registry: UpstreamRegistry, package: PackageName, limit: int
) -> Mapping[str, Recorded]:
    """Return imprint's own record; of any other registry there is none."""
    from imprint.evidence.recorded import read_timeline
    from imprint.refusals import Malformed
    from imprint.upstream.failures import FetchFailed

    try:
        raw = await registry.timeline(package, limit=min(limit + 1, 1000))
        return {} if raw is None else read_timeline(raw)
    except (FetchFailed, Malformed):
        return {}  # a registry that takes the route for something else


def _verdicts(gathered: _Gathered, folder: Path, *, uses_cache: bool) -> Mapping[str, Verdict]:
    from imprint.cli.verify.basis import given_trust
    from imprint.cli.verify.judging import judging

    if not gathered.pieces:
        return {}
    given = given_trust(folder)
    with judging(given, uses_cache=uses_cache, now=time.time()) as judge_by:
        found = judge_by.judge(gathered.pieces, registry=gathered.registry, keys=gathered.keys)
    return {verdict.version: verdict for verdict in found if verdict.version is not None}


def _report(
    package: PackageName, entries: Sequence[Entry], weighed: Mapping[str, Weighed]
) -> Report:
    publications = [
        asdict(entry) | _weighed_values(weighed.get(entry.version)) for entry in entries
    ]
    return Report(
        lines=tuple(line for entry in entries for line in _lines(entry, weighed)),
        summary={"publications": len(entries), "changed": sum(bool(e.changes) for e in entries)},
        values={"package": str(package), "publications": publications},
    )


def _weighed_values(weighed: Weighed | None) -> dict[str, object]:
    if weighed is None:
        return {"grade": None, "grade_verified": False, "events": []}
    return {
        "grade": weighed.grade.value,
        "grade_verified": weighed.is_verified,
        "events": [
            {
                "id": event.id.value,
                "severity": event.severity.word,
                "message": event.message,
                "before": event.before,
                "after": event.after,
                "since": event.since,
            }
            for event in weighed.events
        ],
    }


def _lines(entry: Entry, weighed: Mapping[str, Weighed]) -> Iterator[str]:
    when = "at an unknown time" if entry.published is None else moment(entry.published)
    gone = ", unpublished since" if entry.unpublished else ""
    reason = f" ({entry.code})" if entry.code else ""
    known = weighed.get(entry.version)
    grade = "" if known is None else f"  {known.grade.value}"
    yield (
        f"{when}  {entry.version}{gone}{grade}: by {_who(entry)};"
        f" provenance {entry.provenance}, registry signature {entry.signature}{reason}"
    )
    if entry.repository is not None:
        words = [f"{entry.repository}"]
        words += [entry.workflow] if entry.workflow else []
        words += [f"at {entry.ref}"] if entry.ref else []
        words += [f"in environment {entry.environment}"] if entry.environment else []
        proof = "verified" if entry.identity_source == "certificate" else "the registry's word"
        yield f"  {' '.join(words)} ({proof})"
    for change in entry.changes:
        yield f"  {change.fact.replace('_', ' ')}: {change.before} -> {change.after}"
    for event in () if known is None else known.events:
        yield f"  {event.severity.word}: {event.message} ({event.id.value})"


def _who(entry: Entry) -> str:
    words = [entry.credential or "an unknown credential"]
    words += [entry.publisher] if entry.publisher else [f"of {entry.user}"] if entry.user else []
    words += [f"approved by {entry.approver}"] if entry.approver else []
    return ", ".join([" ".join(words[:2]), *words[2:]])
