"""What is passed on from upstreams as they say it: attestations, and reads that we have no part in.

Requests are made anew: of the client's nothing goes upstream but path and query, no header, no
credential, and none of ours either (credentials are for packages). Answers are capped, and shown
as data: an upstream's page must not run as one of ours.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, unquote_plus, urlsplit

from imprint.gate.faults import fetch_failed, refused
from imprint.gate.model import NameStanding
from imprint.gate.upstream.onward import AS_DATA, Onward, type_of
from imprint.http.replies import NO_STORE, Reply
from imprint.npm.advisories.flaws import version_of
from imprint.npm.names import PackageName
from imprint.refusals import Malformed, Refusal, quoted
from imprint.upstream.documents import Validators
from imprint.upstream.failures import FetchFailed
from imprint.upstream.fetch import Reach
from imprint.upstream.registries import UpstreamRegistry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from imprint.gate.model import Upstream
    from imprint.gate.names import Standings
    from imprint.gate.upstream.upstreams import Upstreams
    from imprint.upstream.fetch import Fetcher

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of an answer that is passed on."""
AT_ONCE: Final = 16
PASSED_AT_ONCE: Final = 8
"""Far fewer than there are connections to an upstream: where it does not answer, or a client takes
nothing, each holds one for `TIMEOUT_SECONDS`, and packages are what everybody waits for."""
TIMEOUT_SECONDS: Final = 30.0
MOST_QUERY_BYTES: Final = 4096
MOST_WORDS: Final = 64
"""In one request: more are not looked up."""
_PARAMETERS: Final = frozenset({"text", "size", "from", "quality", "popularity", "maintenance"})
"""Of npm's search: everybody's requests have them."""
_QUERY: Final = re.compile(r"[\x21-\x7e]*\Z")
_ETAGS: Final = re.compile(r"[\x20-\x7e]{0,512}\Z")
_SEARCH: Final = "/-/v1/search"
_WORDS: Final = re.compile(r"@?[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)?")
_DOUBT: Final = (b"imprint-doubt", b"not confirmed: the upstream did not answer")


class Passing:
    """Reads that are passed on; one for each process and event loop."""

    def __init__(
        self,
        upstreams: Upstreams,
        standings: Standings,
        fetcher: Fetcher,
        *,
        kept: Callable[[str, str], Awaitable[bytes | None]] | None = None,
    ) -> None:
        """Ask `upstreams`, and never for a name that is ours by `standings`.

        `kept` gives the attestations that were had before of a name and version.
        """
        self._kept_of = kept
        self._upstreams = upstreams
        self._standings = standings
        self._fetcher = fetcher
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._passing = asyncio.Semaphore(PASSED_AT_ONCE)

    async def read(
        self, path: str, query: str, *, match: str = "", onward: Onward | None = None
    ) -> Reply | None:
        """Return what the general upstream has at a path below `/-/`.

        `match` is what the client knows (`if-none-match`). What is large goes `onward` as it comes:
        None is returned then. A request that names anything of ours is refused: it would tell the
        upstream that it exists. Raises Malformed.
        """
        upstream = self._upstreams.general
        if upstream is None:
            return refused(_NOT_HERE)
        if len(query) > MOST_QUERY_BYTES or not _QUERY.match(query):
            raise Malformed(
                "query-too-long" if len(query) > MOST_QUERY_BYTES else "query",
                f"the query is none: up to {MOST_QUERY_BYTES} printable ASCII characters",
            )
        if (refusal := await self._named(path, query)) is not None:
            return refused(refusal)
        return await self.passed(upstream, path, query, match=match, onward=onward)

    async def passed(
        self,
        upstream: Upstream,
        path: str,
        query: str = "",
        *,
        match: str = "",
        onward: Onward | None = None,
    ) -> Reply | None:
        """Return what `upstream` has at `path`, of which is known that it names nothing of ours.

        As `read` does.
        """
        onward = onward or Onward(None)
        url = upstream.url + path.removeprefix("/") + (f"?{query}" if query else "")
        known = Validators(etag=match if _ETAGS.match(match) else "")
        async with self._passing:
            try:
                found = await self._fetcher.get_if_changed(
                    url,
                    reach=Reach.REGISTERED,
                    timeout_seconds=TIMEOUT_SECONDS,
                    max_bytes=MOST_BYTES,
                    accept="application/json, */*",
                    known=known,
                    into=onward.take,
                )
            except FetchFailed as err:
                if onward.failed(err):
                    return None
                return fetch_failed(err, upstream, what="this answer")
            if found is None:
                return Reply(status=304, headers=(NO_STORE,))
            return await onward.end(found.validators)

    async def attestations(
        self, package: PackageName, version: str, upstream: Upstream, *, claimed_url: str | None
    ) -> Reply:
        """Return the attestations of a version as its upstream has them.

        `claimed_url` is where its packument says they are. Anywhere but at the usual address of
        this version's attestations it is asked without our credential: what that may read is not
        for everybody, and whoever publishes a package there can claim any address.
        """
        try:
            version_of(version)
        except Malformed:  # it could lead to any other address
            return refused(_no_attestations(package, version))
        registry = self._upstreams.registry(upstream, self._fetcher)
        if claimed_url is not None and not _is_of(claimed_url, package, version):
            registry = UpstreamRegistry(fetcher=self._fetcher, url=upstream.url)
        async with self._turns:
            try:
                body = await registry.attestations(package, version, claimed_url=claimed_url)
            except FetchFailed as err:
                return await self._before(package, version) or fetch_failed(
                    err, upstream, what=f"the attestations of `{package}`"
                )
        if body is None:
            return refused(_no_attestations(package, version))
        return Reply(status=200, headers=(type_of(body), NO_STORE, *AS_DATA), body=body)

    async def _before(self, package: PackageName, version: str) -> Reply | None:
        """Return the attestations of before: what they prove, they prove by themselves."""
        body = None if self._kept_of is None else await self._kept_of(str(package), version)
        if body is None:
            return None
        return Reply(status=200, headers=(type_of(body), NO_STORE, *AS_DATA, _DOUBT), body=body)

    async def _named(self, path: str, query: str) -> Refusal | None:
        """Refuse a name or scope that is not the general upstream's, written in any way."""
        # What everybody's requests have in them tells nothing: the words of a search's address.
        told = [] if path == _SEARCH else [path.removeprefix("/-/")]
        for field in query.split("&"):
            parameter, _, value = field.partition("=")
            told += [value] if parameter in _PARAMETERS else [parameter, value]
        words = set(_WORDS.findall(unquote_plus(unquote_plus(" ".join(told)))))
        if len(words) > MOST_WORDS:
            raise Malformed("query", f"the request has more than {MOST_WORDS} words")
        names = sorted({one for word in words for one in _read_as(word)}, key=str)
        if not names:
            return None
        found = await self._standings.of_many(names)
        for name, standing in zip(names, found, strict=True):
            if standing is not NameStanding.UPSTREAM:
                return _ours(str(name))
        # A scope that is written as one: there are words enough that some scope is called by.
        scoped = (one for word in sorted(words) if word[0] == "@" for one in _read_as(word))
        for name in scoped:
            upstream = self._upstreams.of(name)
            if upstream is not None and upstream is not self._upstreams.general:
                return _anothers(name, upstream)
        return None


def _is_of(url: str, package: PackageName, version: str) -> bool:
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return False
    place, _, specifier = path.partition("/-/npm/v1/attestations/")
    return specifier == f"{package}@{version}" and not set(place.split("/")) & {".", ".."}


def _read_as(word: str) -> list[PackageName]:
    """Return the names that a word can mean: itself, its parts, and packages of such a scope."""
    scope = word.partition("/")[0].removeprefix("@")
    found = []
    for text in (word, f"@{scope}/x", f"@{word}", *word.split("/")):
        try:
            found.append(PackageName.parse_existing(text))
        except Malformed:
            continue
    return found


_NOT_HERE = Refusal(code="no-route", message="there is nothing at this path")


def _ours(name: str) -> Refusal:
    return Refusal(
        code="name-reserved-here",
        message=f"the request names `{name}`, which is kept for this registry:"
        " it is not asked upstream",
    )


def _anothers(name: PackageName, upstream: Upstream) -> Refusal:
    return Refusal(
        code="name-of-another-upstream",
        message=f"the request names `{name}`, which comes from the upstream `{upstream.label}`:"
        " no other one is told of it",
    )


def _no_attestations(package: PackageName, version: str) -> Refusal:
    return Refusal(
        code="no-attestations",
        message=f"the upstream has no attestations of {quoted(f'{package}@{version}')}",
    )
