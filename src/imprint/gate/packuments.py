"""Packuments of upstreams, judged, rendered and compressed once, then sent as they are.

A read is a look-up in memory and a send, for as long as clock and policy say that nothing can have
changed. Not here: what upstreams say (`documents`), what policy says of it (`judging`), and what a
document is without what is withheld (`rendering`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.gate import tarball_replies
from imprint.gate.addresses import GateAddresses
from imprint.gate.flights import shared
from imprint.gate.readiness import ReadyDocument, Variant, asking_of, compressed
from imprint.gate.rendering import Packument
from imprint.gate.windows import USUAL_WINDOWS
from imprint.http.pool import Pool
from imprint.http.ready import Form
from imprint.http.replies import JSON_TYPE, Reply, json_reply, refusal_reply
from imprint.refusals import Malformed, Refusal, quoted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from imprint.gate.documents import Documents
    from imprint.gate.model import JudgedDocument, Upstream, UpstreamDocument
    from imprint.gate.windows import Windows
    from imprint.http.ready import Asking, ReadyBody, ReadyReply
    from imprint.http.requests import Request
    from imprint.npm.names import PackageName

log = logging.getLogger("imprint.gate")

READY_BYTES: Final = 128 * 1024 * 1024
"""Of bodies that are ready; a body that is there is the only copy of it."""
RECHECK_SECONDS: Final = 1.0
"""How long something is served without another look that could not be confirmed."""
RENDERING_AT_ONCE: Final = 2
"""Each takes a few times the size of its document."""
SINGLES_KEPT: Final = 512
"""Manifests and dist-tags that were asked for one by one."""


class Packuments:
    """Ready packuments. Used from one event loop alone."""

    def __init__(
        self,
        *,
        documents: Documents,
        judge: Callable[[UpstreamDocument], Awaitable[JudgedDocument]],
        policy_digest: Callable[[], str],
        public_url: str,
        clock: Callable[[], float],
        windows: Windows = USUAL_WINDOWS,
        ready_bytes: int = READY_BYTES,
    ) -> None:
        """Serve `documents` as `judge` judges them under the policy that is in force.

        `policy_digest` says which one that is: with another one everything is looked at again.
        `clock` gives Unix seconds.
        """
        self._documents = documents
        self._judge = judge
        self._policy_digest = policy_digest
        self._public_url = public_url.rstrip("/")
        self._clock = clock
        self._windows = windows
        self._ready_bytes = ready_bytes
        self._ready: OrderedDict[str, ReadyDocument] = OrderedDict()
        self._singles: OrderedDict[tuple[str, bytes, str], bytes | None] = OrderedDict()
        self._looking: dict[
            tuple[str, bool], asyncio.Task[tuple[ReadyDocument, UpstreamDocument] | Reply]
        ] = {}
        self._rendering: dict[tuple[str, bytes, Variant], asyncio.Task[ReadyBody]] = {}
        self._pool = Pool(RENDERING_AT_ONCE)
        self.size_bytes = 0
        """Of all that is ready."""
        self.hits = 0
        """How often what was ready was enough."""
        self.renderings = 0

    def close(self) -> None:
        """Let what is being rendered come to its end."""
        self._pool.close()

    def at_hand(
        self, package: PackageName, upstream: Upstream, asking: Asking, *, method: str
    ) -> ReadyReply | None:
        """Return what can be sent at once: the hot path, no waiting. None: ask `reply`."""
        name = str(package)
        ready = self._ready.get(name)
        if (
            ready is None
            or not ready.looked_at <= self._clock() < ready.good_until
            or ready.policy_digest != self._policy_digest()
            or ready.upstream is not upstream
        ):
            return None
        body = ready.bodies.get((asking.form, asking.takes_gzip))
        if body is None:
            return None
        self._ready.move_to_end(name)
        self.hits += 1
        return asking.choose(body, method=method)

    async def reply(
        self, package: PackageName, upstream: Upstream, request: Request
    ) -> Reply | ReadyReply:
        """Return the packument of a name that is the upstream's, as policy leaves it.

        `?write=true` has the upstream asked, whatever is known.
        """
        found = await self._look(package, upstream, anew=request.parameter("write") == "true")
        if isinstance(found, Reply):
            return found
        ready, document = found
        asking = asking_of(request)
        variant = (asking.form, asking.takes_gzip)
        try:
            body = ready.bodies.get(variant) or await self._render(
                package, ready, document, variant
            )
        except Malformed as err:
            return tarball_replies.no_document(package, upstream, err.message)
        return asking.choose(body, method=request.method)

    async def manifest(
        self, package: PackageName, upstream: Upstream, selector: str, request: Request
    ) -> Reply:
        """Return the entry of one version, by the version or by a dist-tag."""
        found = await self._look(package, upstream, anew=request.parameter("write") == "true")
        if isinstance(found, Reply):
            return found
        ready, document = found
        verdict = ready.verdicts.get(selector)
        if selector in ready.withheld and verdict is not None:
            page = f"{self._public_url}/-/imprint/v1/gate/decisions?name={package.escaped}"
            return tarball_replies.withheld(package, verdict, page=page)

        def entry(whole: Packument) -> bytes | None:
            version = selector
            if version not in whole.versions:
                version = whole.tags(withheld=ready.withheld).get(selector, selector)
            if version in ready.withheld:
                return None
            return whole.manifest(version, addresses=self._addresses(package))

        try:
            body = await self._single(package, ready, document, selector, entry)
        except Malformed as err:
            return tarball_replies.no_document(package, upstream, err.message)
        if body is None:
            message = f"`{package}` has no version or dist-tag {quoted(selector)}"
            return refusal_reply(Refusal(code="no-version", message=message), 404, noticed=False)
        return Reply(status=200, headers=(*ready.common, JSON_TYPE), body=body)

    async def dist_tags(self, package: PackageName, upstream: Upstream, request: Request) -> Reply:
        """Return the dist-tags, none of which names what is withheld."""
        found = await self._look(package, upstream, anew=request.parameter("write") == "true")
        if isinstance(found, Reply):
            return found
        ready, document = found
        try:
            body = await self._single(
                package,
                ready,
                document,
                "",
                lambda whole: json_reply(whole.tags(withheld=ready.withheld)).body,
            )
        except Malformed as err:
            return tarball_replies.no_document(package, upstream, err.message)
        return Reply(status=200, headers=(*ready.common, JSON_TYPE), body=body or b"{}")

    def forget(self, name: str) -> None:
        """Drop what is ready: what is withheld of the package is another by now."""
        ready = self._ready.pop(name, None)
        if ready is not None:
            self.size_bytes -= ready.size_bytes

    async def _look(
        self, package: PackageName, upstream: Upstream, *, anew: bool
    ) -> tuple[ReadyDocument, UpstreamDocument] | Reply:
        """Return what is served of a package, looked at once for all who want it now."""
        return await asyncio.shield(
            shared(
                self._looking,
                (str(package), anew),
                lambda: self._looked(package, upstream, anew=anew),
            )
        )

    async def _looked(
        self, package: PackageName, upstream: Upstream, *, anew: bool
    ) -> tuple[ReadyDocument, UpstreamDocument] | Reply:
        match await self._documents.get(str(package), upstream, anew=anew):
            case NotThere():
                message = f"there is no package `{package}` in the upstream `{upstream.label}`"
                # No notice: every first publication asks whether there is a package already.
                refusal = Refusal(code="no-package", message=message)
                return refusal_reply(refusal, 404, noticed=False)
            case NotLooked(why=why):
                return tarball_replies.no_document(package, upstream, why)
            case Had(document):
                judged = await self._judge(document)
                return self._take(document, judged), document

    def _take(self, document: UpstreamDocument, judged: JudgedDocument) -> ReadyDocument:
        """Return what is ready of a document so judged: what there is, or nothing yet."""
        now = self._clock()
        good_until = max(document.confirmed_at + self._windows.max_age, now + RECHECK_SECONDS)
        if judged.next_change is not None:
            good_until = min(good_until, judged.next_change)
        latest = ReadyDocument.of(
            document, judged, base_url=self._public_url, looked_at=now, good_until=good_until
        )
        ready = self._ready.get(document.name)
        if ready is not None and ready.mark == latest.mark:
            latest.take_bodies_of(ready)
        self.forget(document.name)
        self._ready[document.name] = latest
        self.size_bytes += latest.size_bytes
        if latest.doubt and (ready is None or ready.doubt != latest.doubt):
            about = {"package.name": document.name, "reason": latest.doubt}
            log.warning("gate-doubt", extra=about)
        return latest

    async def _render(
        self,
        package: PackageName,
        ready: ReadyDocument,
        document: UpstreamDocument,
        variant: Variant,
    ) -> ReadyBody:
        key = (str(package), ready.mark, variant)
        return await asyncio.shield(
            shared(self._rendering, key, lambda: self._rendered(package, ready, document, variant))
        )

    async def _rendered(
        self,
        package: PackageName,
        ready: ReadyDocument,
        document: UpstreamDocument,
        variant: Variant,
    ) -> ReadyBody:
        data = await self._pool.run(
            _data, document.body, variant, ready.withheld, self._addresses(package)
        )
        self.renderings += 1
        # What is served may be looked at again meanwhile, and come to the same.
        kept = self._ready.get(document.name)
        is_kept = kept is not None and kept.mark == ready.mark
        body = (kept if kept is not None and is_kept else ready).add(variant, data)
        if is_kept:
            self.size_bytes += len(data)
            self._make_room()
        return body

    def _make_room(self) -> None:
        while self.size_bytes > self._ready_bytes and len(self._ready) > 1:
            _, oldest = self._ready.popitem(last=False)
            self.size_bytes -= oldest.size_bytes

    async def _single(
        self,
        package: PackageName,
        ready: ReadyDocument,
        document: UpstreamDocument,
        selector: str,
        take: Callable[[Packument], bytes | None],
    ) -> bytes | None:
        key = (str(package), ready.mark, selector)
        if key not in self._singles:
            found = await self._pool.run(lambda: take(Packument(document.body)))
            self._singles[key] = found
            if len(self._singles) > SINGLES_KEPT:
                self._singles.popitem(last=False)
        return self._singles[key]

    def _addresses(self, package: PackageName) -> GateAddresses:
        return GateAddresses(base_url=self._public_url, package=package)


def _data(
    document: bytes, variant: Variant, withheld: frozenset[str], addresses: GateAddresses
) -> bytes:
    form, is_compressed = variant
    whole = Packument(document)
    render = whole.full if form is Form.FULL else whole.abbreviated
    body = render(withheld=withheld, addresses=addresses).body
    return compressed(body) if is_compressed else body
