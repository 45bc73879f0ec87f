"""`imprint verify NAME@VERSION | FILE`: gathered from a registry, judged, remembered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.cli.session import current, say
from imprint.cli.verify.judging import judging
from imprint.cli.verify.targets import File, Named, parse_target, read
from imprint.refusals import Malformed, Refusal, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imprint.cli.verify.basis import Given
    from imprint.cli.verify.judging import Judging
    from imprint.cli.verify.targets import Target
    from imprint.evidence.looked import Looked
    from imprint.evidence.pieces import Pieces, TarballFacts
    from imprint.evidence.verdict import Verdict
    from imprint.publish.configuration import Configuration
    from imprint.upstream.registries import UpstreamRegistry

MOST_TARBALL_BYTES = 512 * 1024 * 1024


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says."""

    targets: tuple[str, ...]
    fetches_tarball: bool
    is_offline: bool
    uses_cache: bool


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One version, and its tarball where it is in hand."""

    named: Named
    facts: TarballFacts | None = None


def judge(wish: Wish, *, given: Given, environment: Mapping[str, str], now: float) -> list[Verdict]:
    """Return the verdicts in the order of the targets.

    Raises Malformed for what cannot be asked, Unavailable where one target alone was asked for and
    its registry does not answer: of several, the others are still judged.
    """
    from imprint.publish.configuration import Surroundings, read_configuration

    wanted = [_wanted(parse_target(text)) for text in wish.targets]
    if wish.is_offline:
        raise Unavailable(
            "offline",
            "offline nothing is fetched, and there is no stored document to judge",
            hint="`imprint verify --document FILE NAME@VERSION --sha512 HEX` asks nobody",
        )
    around = Surroundings(folder=Path.cwd(), home=Path.home(), environment=environment)
    configuration = read_configuration(around, registry=current().registry)
    groups: dict[str, list[int]] = {}
    for number, one in enumerate(wanted):
        groups.setdefault(configuration.registry_of(one.named.name.scope).url, []).append(number)
    verdicts: dict[int, Verdict] = {}
    with judging(given, uses_cache=wish.uses_cache, now=now) as judge_by:
        run = _Run(wish=wish, configuration=configuration, judging=judge_by)
        for url, numbers in groups.items():
            say(f"asking {url}")
            found = run.judge([wanted[number] for number in numbers], url)
            verdicts.update(zip(numbers, found, strict=True))
    return [verdicts[number] for number in range(len(wanted))]


def _wanted(target: Target) -> _Wanted:
    match target:
        case Named():
            return _Wanted(named=target)
        case File(path=path):
            return _in_hand(path)


def _in_hand(path: Path) -> _Wanted:
    from imprint.evidence.collect import facts_of
    from imprint.npm.names import PackageName

    facts = facts_of(read(path, most_bytes=MOST_TARBALL_BYTES, what="tarball"))
    package_json = facts.package_json
    if isinstance(package_json, Refusal):
        raise Malformed(package_json.code, package_json.message, package_json.hint)
    name, version = (package_json or {}).get("name"), (package_json or {}).get("version")
    if not isinstance(name, str) or not isinstance(version, str):
        raise Malformed(
            "malformed-package-json", "the tarball's package.json has no `name` and `version`"
        )
    return _Wanted(named=Named(name=PackageName.parse_existing(name), version=version), facts=facts)


class _Run(msgspec.Struct, frozen=True, kw_only=True):
    """What every registry that is asked has in common."""

    wish: Wish
    configuration: Configuration
    judging: Judging

    def judge(self, wanted: Sequence[_Wanted], url: str) -> list[Verdict]:
        """Return the verdicts on what is of one registry."""
        keys, gathered = asyncio.run(self._gather(wanted, url))
        if len(gathered) == 1 and isinstance(gathered[0], Malformed | Unavailable):
            raise gathered[0]

        had = [one for one in gathered if not isinstance(one, Malformed | Unavailable)]
        verdicts = iter(self.judging.judge(had, registry=url, keys=keys))
        return [
            _undecided(one, asked) if isinstance(one, Malformed | Unavailable) else next(verdicts)
            for one, asked in zip(gathered, wanted, strict=True)
        ]

    async def _gather(
        self, wanted: Sequence[_Wanted], url: str
    ) -> tuple[Looked[bytes], list[Pieces | Malformed | Unavailable]]:
        from imprint.evidence.collect import a_few_at_once, keys_of
        from imprint.upstream.fetch import Fetcher
        from imprint.upstream.registries import UpstreamRegistry

        async with Fetcher(by_proxy=True) as fetcher:
            registry = UpstreamRegistry(
                fetcher=fetcher, url=url, credential_for=self.configuration.token_for
            )
            pieces = a_few_at_once(self._pieces(registry, one) for one in wanted)
            keys, found = await asyncio.gather(keys_of(registry), pieces)
        return keys, found

    async def _pieces(
        self, registry: UpstreamRegistry, wanted: _Wanted
    ) -> Pieces | Malformed | Unavailable:
        from imprint.evidence.collect import collect, packument_of, version_of
        from imprint.evidence.looked import Had

        named = wanted.named
        try:
            published = version_of(await packument_of(registry, named.name), named.version)
        except (Malformed, Unavailable) as err:
            return err
        fetches = self.wish.fetches_tarball and wanted.facts is None
        pieces = await collect(registry, published, named.name, tarball=fetches)
        return pieces if wanted.facts is None else replace(pieces, tarball=Had(wanted.facts))


def _undecided(reason: Malformed | Unavailable, wanted: _Wanted) -> Verdict:
    from imprint.evidence.verdict import Outcome, SignatureStanding, Standing, Verdict

    return Verdict(
        name=str(wanted.named.name),
        version=wanted.named.version,
        sha512=None if wanted.facts is None else wanted.facts.sha512,
        outcome=Outcome.UNDECIDED,
        code=reason.code,
        message=reason.message,
        hint=reason.hint,
        signature=SignatureStanding(state=Standing.UNDECIDED),
    )
