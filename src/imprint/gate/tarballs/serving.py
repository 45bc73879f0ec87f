"""Tarballs of upstreams: the decision first, then the kept file, or the flight that brings it.

No client gets the end of a wrong tarball: an answer that was begun is broken off, without the end
that HTTP gives to whole bodies. Not here: the decision (`judging`), and fetching (`downloads`).
"""

from __future__ import annotations

from collections import OrderedDict
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.gate import withholding
from imprint.gate.addresses import GateAddresses
from imprint.gate.digests import stated_digest
from imprint.gate.faults import fetch_failed
from imprint.gate.metrics import Metrics
from imprint.gate.model import Effect, Recorded
from imprint.gate.records import client_of
from imprint.gate.tarballs import replies
from imprint.gate.tarballs.downloads import WantedTarball, WrongBytes
from imprint.gate.tarballs.replies import Said, said_of
from imprint.gate.tarballs.sending import send_download, send_head, send_kept, send_small
from imprint.gate.tarballs.small import SmallTarball, SmallTarballs
from imprint.gate.tarballs.wrong import WrongTarballs
from imprint.gate.telling import by_address
from imprint.gate.withholding import codes_of, page_of
from imprint.http.asgi import send_reply
from imprint.http.ranges import is_unchanged
from imprint.npm.integrity import integrity_of
from imprint.policy.decisions import verdict_of
from imprint.storage.events import Event
from imprint.storage.gate_tarballs import sha512_of
from imprint.upstream.failures import FetchFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imprint.evidence.looked import Looked
    from imprint.gate.judging.judging import Judging
    from imprint.gate.model import Upstream, UpstreamDocument, VersionVerdict
    from imprint.gate.tarballs.downloads import Downloads
    from imprint.gate.upstream.documents import Documents
    from imprint.gate.upstream.upstreams import Upstreams
    from imprint.history.publications import Publication
    from imprint.http.asgi import Scope, Send
    from imprint.http.pool import Pool
    from imprint.http.replies import Reply
    from imprint.http.requests import Request
    from imprint.npm.names import PackageName
    from imprint.storage.gate_tarballs import KeptTarball, TarballDigest, TarballStore

SURE_SECONDS: Final = 5.0
"""How new a packument is of which nobody asks whether there is a newer one."""
_MOST_DIGESTS: Final = 8192
_MOST_DIGEST_CHARACTERS: Final = 4096


class _Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """A tarball that may be sent."""

    package: PackageName
    document: UpstreamDocument
    publication: Publication
    digest: TarballDigest
    said: Said

    @property
    def version(self) -> str:
        return self.publication.version

    @property
    def upstream(self) -> Upstream:
        return self.document.upstream

    @property
    def is_weakly_known(self) -> bool:
        """Whether policy, which knows bytes by their sha512, has yet to be asked about them."""
        return self.digest.algorithm != "sha512"


class Tarballs:
    """Answers requests for upstreams' tarballs. Used from the event loop alone."""

    def __init__(
        self,
        *,
        documents: Documents,
        judging: Judging,
        upstreams: Upstreams,
        downloads: Downloads,
        store: TarballStore,
        pool: Pool,
        clock: Callable[[], float],
        told: Callable[[Recorded], None],
        happened: Callable[[Event], None],
        public_url: str,
        asked: Callable[[str, Iterable[tuple[str, str]]], None] = lambda _client, _versions: None,
        metrics: Metrics | None = None,
    ) -> None:
        """Answer by these parts.

        `told` is given every decision that a client heard, but plain ones, and `asked` which client
        wanted what; neither may block. `happened`, which may, is given what an administrator should
        know.
        """
        self._documents = documents
        self._judging = judging
        self._upstreams = upstreams
        self._downloads = downloads
        self._store = store
        self._pool = pool
        self._clock = clock
        self._told = told
        self._public_url = public_url
        self._asked = asked
        self._metrics = metrics or Metrics()
        self._digests: OrderedDict[tuple[str | None, str | None], TarballDigest | None] = (
            OrderedDict()
        )
        self._small = SmallTarballs(store, pool, clock=clock)
        self._wrong = WrongTarballs(happened=happened, pool=pool, clock=clock)

    @property
    def size_bytes(self) -> int | None:
        """How much is kept, about; None: nobody has looked yet."""
        return self._store.size_bytes

    @property
    def held_bytes(self) -> int:
        """How much memory small tarballs take, about."""
        return self._small.size_bytes

    @property
    def failure(self) -> str | None:
        """Why nothing could be kept, one line; None: all is well."""
        return self._store.failure

    async def answer(
        self,
        scope: Scope,
        send: Send,
        *,
        package: PackageName,
        version: str,
        upstream: Upstream,
        request: Request,
    ) -> None:
        """Answer GET and HEAD of a tarball."""
        reply: Reply | None = None
        allowed = await self._decided(package, version, upstream, request)
        if not isinstance(allowed, _Allowed):
            reply = allowed
        else:
            reply = await self._sent(scope, send, allowed, request)
        if reply is not None:
            await send_reply(scope, send, reply)
        self._metrics.request("tarball", _outcome(reply))

    async def _decided(
        self, package: PackageName, version: str, upstream: Upstream, request: Request
    ) -> _Allowed | Reply:
        """Return what may be sent, or why it may not."""
        match await self._document(package, version, upstream):
            case NotThere():
                return withholding.no_package(package, upstream)
            case NotLooked(why=why, is_held=True):
                address = self._gate_address(package, version)
                return withholding.held(package, upstream, why, request=request, address=address)
            case NotLooked(why=why):
                return withholding.no_document(package, upstream, why)
            case Had(document):
                pass
        publication = document.history.publication(version)
        if publication is None:
            return withholding.no_version(package, version, upstream)
        digest = self._digest(publication)
        if digest is None:
            return replies.no_digest(package, version, upstream)
        verdict = await self._judging.judge_tarball(document, version, publication.integrity)
        self._asked(client_of(request), ((document.name, version),))
        if (refused := self._refused(package, document, publication, verdict, request)) is not None:
            return refused
        said = said_of(document, verdict, mode=self._judging.mode)
        if said.doubt:
            self._metrics.doubted(upstream.label)
        return _Allowed(
            package=package,
            document=document,
            publication=publication,
            digest=digest,
            said=said,
        )

    def _digest(self, publication: Publication) -> TarballDigest | None:
        stated = (publication.integrity, publication.shasum)
        if sum(len(text or "") for text in stated) > _MOST_DIGEST_CHARACTERS:
            return None  # it would be held, and noted, once for each version
        try:
            return self._digests[stated]
        except KeyError:
            found = self._digests[stated] = stated_digest(publication)
            if len(self._digests) > _MOST_DIGESTS:
                self._digests.popitem(last=False)
            return found

    async def _document(
        self, package: PackageName, version: str, upstream: Upstream
    ) -> Looked[UpstreamDocument]:
        """Return the packument, asked for anew where it does not have the version.

        A lockfile that was written a minute ago names what was published since ours was asked for.
        """
        if not self._documents.is_at_hand(str(package), upstream):
            self._judging.expect(upstream, str(package), version)
        looked = await self._documents.get(str(package), upstream)
        if not isinstance(looked, Had) or looked.value.history.publication(version) is not None:
            return looked
        if 0 <= self._clock() - looked.value.confirmed_at <= SURE_SECONDS:
            return looked
        return await self._documents.get(str(package), upstream, anew=True)

    async def _sent(
        self, scope: Scope, send: Send, allowed: _Allowed, request: Request
    ) -> Reply | None:
        """Send a tarball; returns what is to be answered where it could not be, or must not."""
        digest = allowed.digest
        found = self._small.at_hand(digest) or await self._kept(allowed)
        self._metrics.cache("tarball", is_hit=found is not None)
        if found is None:
            return await self._sent_from_upstream(scope, send, allowed, request)
        if isinstance(found, SmallTarball):
            await send_small(scope, send, found, digest, request, said=allowed.said)
            return None
        if allowed.is_weakly_known:
            sha512 = await self._pool.run(sha512_of, found)
            if (refused := await self._refused_by_bytes(allowed, sha512, request)) is not None:
                return refused
        await send_kept(scope, send, found, digest, request, said=allowed.said)
        return None

    async def _kept(self, allowed: _Allowed) -> SmallTarball | KeptTarball | None:
        """Return what is kept of a tarball; None: it is to be fetched."""
        digest = allowed.digest
        kept = self._store.at_hand(digest)
        if kept is None and self._store.has(digest):
            kept = await self._pool.run(self._store.look, digest)
        if kept is not None and not allowed.is_weakly_known:
            small = await self._small.of(digest, kept)
            if small is not None:
                return small
        # It may have come, or gone, while it was looked for; from here on nothing waits.
        kept = self._store.at_hand(digest)
        if kept is None:
            self._small.forget(digest)
        return kept

    async def _sent_from_upstream(
        self, scope: Scope, send: Send, allowed: _Allowed, request: Request
    ) -> Reply | None:
        """Send a tarball as it comes; returns what is to be answered where nothing could be."""
        if scope["method"] == "HEAD" or is_unchanged(
            request.headers, etag=replies.etag_of(allowed.digest)
        ):
            await send_head(scope, send, allowed.digest, request, said=allowed.said)
            return None
        wanted = self._wanted(allowed)
        if (wrong := self._wrong.before(wanted)) is not None:
            return replies.wrong_bytes(wrong, allowed.upstream)
        flight = self._downloads.of(wanted)
        with flight.reading():
            try:
                if allowed.is_weakly_known:
                    await flight.right()
                    sha512 = flight.sha512
                    refused = await self._refused_by_bytes(allowed, sha512, request)
                    if refused is not None:
                        return refused
                await send_download(scope, send, flight, request, said=allowed.said)
            except WrongBytes as err:
                return replies.wrong_bytes(err.found, allowed.upstream)
            except FetchFailed as err:
                what = f"the tarball of `{wanted.label}`"
                return fetch_failed(err, allowed.upstream, what=what)
            finally:
                if isinstance(flight.failure, WrongBytes):
                    await self._wrong.note(
                        flight.failure.found, allowed.document, allowed.publication.version
                    )
        return None

    def _wanted(self, allowed: _Allowed) -> WantedTarball:
        upstream = allowed.upstream
        usual = GateAddresses(base_url=upstream.url.rstrip("/"), package=allowed.package)
        stated = _address(allowed.publication.tarball, upstream)
        url = usual.tarball(allowed.version) if stated is None else stated
        return WantedTarball(
            label=f"{allowed.package}@{allowed.version}",
            url=url,
            reach=self._upstreams.reach_of(upstream, url),
            bearer=self._upstreams.credential_for(upstream, url),
            digest=allowed.digest,
        )

    async def _refused_by_bytes(
        self, allowed: _Allowed, sha512: str, request: Request
    ) -> Reply | None:
        """Judge by the bytes themselves what its packument knows by a weaker digest alone."""
        document, publication = allowed.document, allowed.publication
        verdict = await self._judging.judge_tarball(
            document, publication.version, integrity_of(sha512)
        )
        return self._refused(allowed.package, document, publication, verdict, request)

    def _refused(
        self,
        package: PackageName,
        document: UpstreamDocument,
        publication: Publication,
        verdict: VersionVerdict,
        request: Request,
    ) -> Reply | None:
        """Record a decision, unless it is a plain one; returns the answer of one against it."""
        if verdict.sentence:
            self._told(
                Recorded(
                    at=self._clock(),
                    name=document.name,
                    version=publication.version,
                    integrity=publication.integrity,
                    verdict=verdict_of(verdict.decision),
                    effect=verdict.effect,
                    codes=codes_of(verdict),
                    sentence=verdict.sentence,
                    client=client_of(request),
                    channel="tarball",
                    policy_digest=self._judging.policy_digest,
                )
            )
        if verdict.effect is Effect.SERVE:
            return None
        refusal = withholding.withheld(verdict, page=page_of(self._public_url, document.name))
        address = self._gate_address(package, publication.version)
        return by_address(refusal, request, address=address, sentence=verdict.sentence)

    def _gate_address(self, package: PackageName, version: str) -> str:
        at = GateAddresses(base_url=self._public_url.rstrip("/"), package=package)
        return at.tarball(version)


def _outcome(reply: Reply | None) -> str:
    """Return what an answer counts as; None: it was sent as it came."""
    if reply is None:
        return "served"
    match reply.status:
        case HTTPStatus.FORBIDDEN | HTTPStatus.FOUND:
            return "refused"
        case HTTPStatus.NOT_FOUND:
            return "missing"
        case _:
            return "failed"


def _address(stated: str | None, upstream: Upstream) -> str | None:
    """Return where the upstream says that the tarball is, by https where it is itself by https.

    Old registries write `http://` of themselves, whatever they are reached by.
    """
    if stated is None:
        return None
    try:
        parts, ours = urlsplit(stated), urlsplit(upstream.url)
        is_its_own = parts.hostname == ours.hostname and parts.port in {None, ours.port}
    except ValueError:
        return stated  # whoever fetches says what is wrong with it
    if parts.scheme == "http" and ours.scheme == "https" and is_its_own:
        return parts._replace(scheme="https").geturl()
    return stated
