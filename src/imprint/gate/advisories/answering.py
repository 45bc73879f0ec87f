"""`POST …/advisories/bulk`, and the older audit routes: what every install asks, answered.

Clients post their whole graph, locked and cached versions too, which no packument and no tarball
ever asks about: so what policy refuses is told here as well. It reports, and cannot block. Names
that are ours go nowhere; of the others each upstream gets its own (facts/wire.md §0.9, §2.11).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, ParamSpec, TypeAlias, TypeVar

import msgspec

from imprint.gate.advisories.advised import advised
from imprint.gate.advisories.audit_trees import legacy_answer, read_tree
from imprint.gate.advisories.notices import notice_of
from imprint.gate.advisories.unlooked import (
    BESIDE_OURS,
    LEFT_OUT_REPLY,
    doubted,
    unknown_reply,
    unlooked_in,
)
from imprint.gate.judging.names import BUDGET_SECONDS, JudgedNames
from imprint.gate.model import Effect, NameStanding, Recorded
from imprint.gate.records import client_of
from imprint.gate.withholding import codes_of, page_of
from imprint.http.pool import Pool
from imprint.http.replies import json_reply
from imprint.npm.advisories.flaws import version_of
from imprint.npm.names import PackageName
from imprint.npm.ranges import VersionRange
from imprint.policy.decisions import Admitted, Refused, Undecided, verdict_of
from imprint.policy.model import Mode
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from imprint.gate.advisories.advised import Entry, Told
    from imprint.gate.advisories.archived import ArchivedAdvisories
    from imprint.gate.advisories.asking import Said, UpstreamAdvisories
    from imprint.gate.advisories.audit_trees import AuditTree
    from imprint.gate.judging.names import NamesJudge
    from imprint.gate.judging.policies import Policies
    from imprint.gate.metrics import Metrics
    from imprint.gate.model import Upstream, VersionVerdict
    from imprint.gate.names import Standings
    from imprint.gate.records import Records
    from imprint.gate.upstream.upstreams import Upstreams
    from imprint.http.replies import Reply
    from imprint.http.requests import Request

log = logging.getLogger("imprint.gate")

MOST_VERSIONS: Final = 50_000
"""Of one graph."""
LARGE_BYTES: Final = 64 * 1024
"""A larger graph is read in a thread: 200,000 places of a tree take the processor for a second."""
READING_AT_ONCE: Final = 2
MOST_VERSION_CHARACTERS: Final = 256
_AUDITS: Final = "audit"
"""What npm says in `npm-command`; an install has `install` or `ci` there."""


_Named: TypeAlias = "Mapping[str, tuple[PackageName, tuple[str, ...]]]"
"""What is asked about, by how it is spelled: names with their versions, all of them well-formed."""
P = ParamSpec("P")
T = TypeVar("T")


class _Graph(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked about, by where it comes from."""

    versions: Mapping[str, tuple[str, ...]]
    """All that are names with versions, ours too."""
    upstream: Mapping[str, tuple[Upstream, tuple[str, ...]]]
    """Those that come from an upstream."""


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a graph."""

    ours: Mapping[str, tuple[Told, ...]]
    theirs: Mapping[str, tuple[Entry, ...]]
    notice: str | None
    doubt: str
    """Why upstreams' advisories are not all here; empty: they are."""
    is_unknown: bool
    """Whether nobody looked for advisories, and policy has nothing against any version either: an
    empty answer would say that nothing is wrong with them."""


class GateAdvisories:
    """Answers what clients ask about their graphs; used from one event loop alone."""

    def __init__(
        self,
        *,
        standings: Standings,
        upstreams: Upstreams,
        asked: UpstreamAdvisories | ArchivedAdvisories,
        judge: NamesJudge,
        policies: Policies,
        records: Records,
        metrics: Metrics,
        clock: Callable[[], float],
        public_url: str,
        budget_seconds: float = BUDGET_SECONDS,
    ) -> None:
        """Answer by these parts; `budget_seconds` is how long a client waits for what is judged."""
        self._standings = standings
        self._upstreams = upstreams
        self._asked = asked
        self._judge = judge
        self._policies = policies
        self._records = records
        self._metrics = metrics
        self._clock = clock
        self._public_url = public_url
        self._budget_seconds = budget_seconds
        self._pool = Pool(READING_AT_ONCE, name="gate-graphs")

    async def bulk(self, request: Request) -> Reply:
        """Answer for a whole graph, whose body is inflated; raises Malformed for none."""
        named = await self._apart(request, _named_in_graph, request.body)
        answer = await self._answered(named, request)
        if answer.is_unknown:
            return unknown_reply(answer.notice)
        entries: dict[str, list[Entry]] = {}
        for name, told in answer.ours.items():
            entries.setdefault(name, []).extend(one.entry for one in told)
        for name, theirs in answer.theirs.items():
            if theirs:
                entries.setdefault(name, []).extend(theirs)
        # What was not asked for crashes yarn: these are names of the request, each of them.
        return doubted(json_reply(entries, notice=answer.notice), answer.doubt)

    async def legacy(self, request: Request, *, is_quick: bool) -> Reply:
        """Answer a tree of packages as the older routes do: quick or not, the answer is one.

        Raises Malformed for a body that is none.
        """
        del is_quick
        tree, named = await self._apart(request, _named_in_tree, request.body)
        if tree.is_left_out:
            return LEFT_OUT_REPLY
        answer = await self._answered(named, request)
        if answer.is_unknown:
            return unknown_reply(answer.notice)
        reply = await self._apart(request, _legacy_reply, tree, named, answer)
        return doubted(reply, answer.doubt)

    def forget(self, name: str) -> None:
        """Judge a package again: one of its tarballs came out otherwise than its packument."""
        self._judge.forget(name)

    async def close(self) -> None:
        """Give up what is being judged."""
        await self._judge.close()
        self._pool.close()

    async def _apart(
        self, request: Request, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what `function` returns; for a large request others are served meanwhile."""
        if len(request.body) <= LARGE_BYTES:
            return function(*args, **kwargs)
        return await self._pool.run(function, *args, **kwargs)

    async def _answered(self, named: _Named, request: Request) -> _Answer:
        graph = await self._sorted(named)
        client = client_of(request)
        pairs = [(name, each) for name, versions in graph.versions.items() for each in versions]
        self._records.asked(client, pairs)
        judged, said, own = await asyncio.gather(
            self._judged(graph), self._said(graph), self._said_of_own(graph)
        )
        verdicts = {
            name: [found.verdicts[one] for one in graph.versions[name] if one in found.verdicts]
            for name, found in judged.judged.items()
        }
        self._record(verdicts, client)
        sources = {name: upstream for name, (upstream, _) in graph.upstream.items()}
        unlooked = unlooked_in(graph.versions, sources, said, own=own)
        told = self._told(verdicts, beside=BESIDE_OURS if unlooked.is_all else "")
        # An install says nothing of what is the same at each one; who asks is answered.
        is_asked = bool(told) or request.header("npm-command") == _AUDITS
        notice = notice_of(
            judged=judged,
            told={
                name: [verdict for verdict in found if self._is_told(verdict)]
                for name, found in verdicts.items()
            },
            undecided=self._undecided(verdicts),
            said=[own, *(one for _, one in said.values())],
            unlooked=unlooked.names if is_asked else (),
            versions=len(pairs),
            page=f"{self._public_url}/-/imprint/gate/packages/NAME",
        )
        return _Answer(
            ours=told,
            theirs={
                name: entries
                for one in (own, *(one for _, one in said.values()))
                for name, entries in one.entries.items()
            },
            notice=notice,
            doubt=unlooked.doubt,
            is_unknown=unlooked.is_all and not told,
        )

    async def _sorted(self, named: _Named) -> _Graph:
        standings = await self._standings.of_many([name for name, _ in named.values()])
        upstream: dict[str, tuple[Upstream, tuple[str, ...]]] = {}
        for (text, (name, versions)), standing in zip(named.items(), standings, strict=True):
            if standing is not NameStanding.UPSTREAM:
                continue
            source = self._upstreams.of(name)
            if source is not None:
                upstream[text] = (source, versions)
        versions_of = {text: versions for text, (_, versions) in named.items()}
        return _Graph(versions=versions_of, upstream=upstream)

    async def _judged(self, graph: _Graph) -> JudgedNames:
        if self._policies.current is None:
            return JudgedNames()
        found = await self._judge.judge(graph.upstream, budget_seconds=self._budget_seconds)
        self._metrics.unjudged("late", len(found.late))
        self._metrics.unjudged("absent", len(found.absent))
        self._metrics.unjudged("failed", len(found.failed))
        if found.late or found.failed:
            counts = {"late": len(found.late), "failed": len(found.failed)}
            log.warning("graph-judged-in-part", extra={**counts, "packages": len(graph.upstream)})
        return found

    async def _said(self, graph: _Graph) -> dict[str, tuple[Upstream, Said]]:
        """Return what each upstream of the graph says, by its address."""
        by_upstream: dict[str, tuple[Upstream, dict[str, tuple[str, ...]]]] = {}
        for name, (upstream, versions) in graph.upstream.items():
            by_upstream.setdefault(upstream.url, (upstream, {}))[1][name] = versions
        asked = by_upstream.values()
        said = await asyncio.gather(*(self._asked.of(source, names) for source, names in asked))
        found = {}
        for (upstream, _), one in zip(asked, said, strict=True):
            found[upstream.url] = (upstream, one)
            if one.has_none or one.lacking is not None:
                self._metrics.doubted(upstream.label)
        return found

    async def _said_of_own(self, graph: _Graph) -> Said:
        wanted = {name: each for name, each in graph.versions.items() if name not in graph.upstream}
        return await self._asked.of_own(wanted)

    def _told(
        self, verdicts: Mapping[str, Sequence[VersionVerdict]], *, beside: str
    ) -> dict[str, tuple[Told, ...]]:
        found: dict[str, tuple[Told, ...]] = {}
        for name, judged in verdicts.items():
            told = [verdict for verdict in judged if self._is_told(verdict)]
            if told:
                page = page_of(self._public_url, name)
                found[name] = advised(name, told, page=page, beside=beside)
        return found

    def _is_told(self, verdict: VersionVerdict) -> bool:
        """Whether it is an advisory: what is withheld, and what is served with a warning alone."""
        if verdict.effect is Effect.WITHHOLD:
            return True
        return isinstance(verdict.decision, Refused) and not self._only_observes

    def _undecided(self, verdicts: Mapping[str, Sequence[VersionVerdict]]) -> list[str]:
        """Return what is served though nobody could decide: told, but where policy observes."""
        if self._only_observes:
            return []
        return [
            f"{name}@{one.version}"
            for name, found in verdicts.items()
            for one in found
            if isinstance(one.decision, Undecided) and one.effect is Effect.SERVE
        ]

    @property
    def _only_observes(self) -> bool:
        current = self._policies.current
        return current is None or current.mode(self._clock()) is Mode.OBSERVE

    def _record(self, verdicts: Mapping[str, Sequence[VersionVerdict]], client: str) -> None:
        current, now = self._policies.current, self._clock()
        for name, found in verdicts.items():
            for verdict in found:
                if isinstance(verdict.decision, Admitted):
                    continue
                self._records.told(
                    Recorded(
                        at=now,
                        name=name,
                        version=verdict.version,
                        integrity=None,
                        verdict=verdict_of(verdict.decision),
                        effect=verdict.effect,
                        codes=codes_of(verdict),
                        sentence=verdict.sentence,
                        client=client,
                        channel="advisories",
                        policy_digest="" if current is None else current.digest,
                    )
                )


def read_graph(raw: bytes) -> dict[str, list[str]]:
    """Return what a body asks about; raises Malformed (`malformed-body`)."""
    try:
        wanted = msgspec.json.decode(raw, type=dict[str, list[str]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise Malformed(
            "malformed-body",
            f"the body is not package names with their versions: {quoted(str(err))}",
        ) from err
    if sum(map(len, wanted.values())) > MOST_VERSIONS or len(wanted) > MOST_VERSIONS:
        raise Malformed("body-too-large", f"the body has more than {MOST_VERSIONS} versions")
    return wanted


def _named_in_graph(raw: bytes) -> _Named:
    return _named(read_graph(raw))


def _named_in_tree(raw: bytes) -> tuple[AuditTree, _Named]:
    tree = read_tree(raw)
    return tree, _named(tree.versions())


def _named(wanted: Mapping[str, Sequence[str]]) -> _Named:
    """Return what of it can be asked about."""
    found = {}
    for text, versions in wanted.items():
        name, known = _name(text), tuple(_versions(versions))
        if name is not None and known:
            found[text] = (name, known)
    return found


def _legacy_reply(tree: AuditTree, named: _Named, answer: _Answer) -> Reply:
    found: list[tuple[str, Entry, Sequence[str]]] = [
        (name, one.entry, one.versions) for name, told in answer.ours.items() for one in told
    ]
    found += [
        (name, entry, _affected(entry, named[name][1]))
        for name, entries in answer.theirs.items()
        for entry in entries
    ]
    return json_reply(legacy_answer(tree, found), notice=answer.notice)


def _name(text: str) -> PackageName | None:
    """Return the name; None for what is none: nobody is asked about it."""
    try:
        return PackageName.parse_existing(text)
    except Malformed:
        return None


def _versions(texts: Sequence[str]) -> Iterator[str]:
    """Yield what are versions: nothing else is told to an upstream, or answered."""
    for text in dict.fromkeys(texts):
        if len(text) > MOST_VERSION_CHARACTERS:
            continue
        try:
            version_of(text)
        except Malformed:
            continue
        yield text


def _affected(entry: Entry, versions: Sequence[str]) -> list[str]:
    """Return which of the versions an upstream's advisory is of; all, where nobody can tell."""
    try:
        affected = VersionRange.parse(entry.vulnerable_versions, include_prerelease=True)
    except Malformed:
        return list(versions)
    return [one for one in versions if affected.admits(version_of(one))]
