"""Packuments of upstreams, judged, rendered and compressed once, then sent as they are.

A read is a look-up in memory and a send, for as long as clock and policy say that nothing can have
changed. Not here: what upstreams say (`documents`), what policy says of it (`judging`), and what a
document is without what is withheld (`rendering`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, TypeVar

from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.gate import withholding
from imprint.gate.addresses import GateAddresses
from imprint.gate.flights import shared
from imprint.gate.packuments.notices import telling_tags
from imprint.gate.packuments.readiness import GZIP_LEVEL, ReadyDocument, asking_of
from imprint.gate.packuments.rendering import NO_TAGS, Packument
from imprint.gate.telling import by_address
from imprint.gate.upstream.keeping import Held
from imprint.gate.upstream.windows import USUAL_WINDOWS
from imprint.gate.withholding import page_of
from imprint.http.encodings import compressed
from imprint.http.pool import Pool
from imprint.http.ready import Form
from imprint.http.replies import JSON_TYPE, Reply, json_reply, refusal_reply
from imprint.policy.decisions import Admitted
from imprint.refusals import Malformed, Refusal, quoted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from imprint.gate.model import JudgedDocument, Upstream, UpstreamDocument
    from imprint.gate.packuments.readiness import Shape
    from imprint.gate.upstream.documents import Documents
    from imprint.gate.upstream.windows import Windows
    from imprint.http.ready import Asking, ReadyBody, ReadyReply
    from imprint.http.requests import Request
    from imprint.npm.names import PackageName

T = TypeVar("T")

log = logging.getLogger("imprint.gate")

READY_BYTES: Final = 128 * 1024 * 1024
"""Of bodies that are ready; a body that is there is the only copy of it."""
RECHECK_SECONDS: Final = 1.0
"""How long something is served without another look that could not be confirmed."""
RENDERING_AT_ONCE: Final = 2
"""Each takes a few times the size of its document."""
SINGLES_BYTES: Final = 4 * 1024 * 1024
"""Of manifests and dist-tags that were asked for one by one."""
_SINGLE_BYTES: Final = 256
ATTEMPTS: Final = 3
_TAGS: Final = ""
"""In the place of a version: the dist-tags."""
MOST_DOUBTS_TOLD = 1000
"""Upstreams with their doubts that the log has had already."""


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
        self._singles = Held[tuple[str, bytes, str], bytes](SINGLES_BYTES)
        self._looking: dict[
            tuple[str, bool, str], asyncio.Task[ReadyDocument | NotThere | NotLooked]
        ] = {}
        self._corrections = 0
        """How often it was told that a package is judged otherwise by now."""
        self._rendering: dict[tuple[str, bytes, Shape], asyncio.Task[ReadyBody | None]] = {}
        self._pool = Pool(RENDERING_AT_ONCE)
        # A document is in memory from here on, so that those that wait take none.
        self._slots = asyncio.Semaphore(RENDERING_AT_ONCE)
        self._doubts_told: set[tuple[str, str]] = set()
        self.size_bytes = 0
        """Of all that is ready."""
        self.hits = 0
        """How often what was ready was enough."""
        self.renderings = 0

    def close(self) -> None:
        """Give up what is waited for; what is being rendered comes to its end."""
        for task in (*self._looking.values(), *self._rendering.values()):
            task.cancel()
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
            or ready.document.upstream is not upstream
        ):
            return None
        body = ready.bodies.get(ready.shape(asking))
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
        asking = asking_of(request)

        async def body_of(ready: ReadyDocument) -> ReadyBody | Reply | None:
            if ready.is_empty and (why := self._nothing_left(package, ready, request)) is not None:
                return why
            shape = ready.shape(asking)
            return ready.bodies.get(shape) or await self._render(package, ready, shape)

        found: tuple[ReadyDocument, ReadyBody | Reply] | Reply
        found = await self._found(package, upstream, request, body_of)
        body = found if isinstance(found, Reply) else found[1]
        return body if isinstance(body, Reply) else asking.choose(body, method=request.method)

    async def manifest(
        self, package: PackageName, upstream: Upstream, selector: str, request: Request
    ) -> Reply:
        """Return the entry of one version, by the version or by a dist-tag."""

        def entry(whole: Packument, withheld: frozenset[str]) -> bytes:
            version = selector
            if version not in whole.versions:
                version = whole.tags(withheld=withheld).get(selector, selector)
            if version in withheld:
                return b""
            return whole.manifest(version, addresses=self._addresses(package)) or b""

        found = await self._found(
            package, upstream, request, lambda ready: self._single(ready, selector, entry)
        )
        if isinstance(found, Reply):
            return found
        ready, body = found
        if body:
            return Reply(status=200, headers=(*ready.common, JSON_TYPE), body=body)
        verdict = ready.verdicts.get(selector)
        if selector in ready.withheld and verdict is not None:
            return withholding.withheld(verdict, page=page_of(self._public_url, str(package)))
        message = f"`{package}` has no version or dist-tag {quoted(selector)}"
        return refusal_reply(Refusal(code="no-version", message=message), 404, noticed=False)

    async def dist_tags(self, package: PackageName, upstream: Upstream, request: Request) -> Reply:
        """Return the dist-tags, none of which names what is withheld."""

        def tags(whole: Packument, withheld: frozenset[str]) -> bytes:
            return json_reply(whole.tags(withheld=withheld)).body

        found = await self._found(
            package, upstream, request, lambda ready: self._single(ready, _TAGS, tags)
        )
        if isinstance(found, Reply):
            return found
        ready, body = found
        return Reply(status=200, headers=(*ready.common, JSON_TYPE), body=body)

    def forget(self, name: str) -> None:
        """Drop what is ready: what is withheld of the package is another by now."""
        self._corrections += 1
        self._drop(name)

    def _drop(self, name: str) -> None:
        ready = self._ready.pop(name, None)
        if ready is not None:
            self.size_bytes -= ready.size_bytes

    async def _found(
        self,
        package: PackageName,
        upstream: Upstream,
        request: Request,
        take: Callable[[ReadyDocument], Awaitable[T | None]],
    ) -> tuple[ReadyDocument, T] | Reply:
        """Return what is served, and what `take` makes of it; or why there is nothing."""
        anew = request.parameter("write") == "true"
        for _ in range(ATTEMPTS):
            ready = await self._look(package, upstream, anew=anew)
            if not isinstance(ready, ReadyDocument):
                return self._nothing_known(package, upstream, ready, request)
            try:
                found = await take(ready)
            except Malformed as err:
                return withholding.no_document(package, upstream, err.message)
            if found is not None:
                return ready, found
        return withholding.no_document(package, upstream, "it changes while it is read")

    async def _look(
        self, package: PackageName, upstream: Upstream, *, anew: bool
    ) -> ReadyDocument | NotThere | NotLooked:
        """Return what is served of a package, looked at once for all who want it now."""
        return await asyncio.shield(
            shared(
                self._looking,
                # Who asks under another policy is not told what the one before it says.
                (str(package), anew, self._policy_digest()),
                lambda: self._looked(package, upstream, anew=anew),
            )
        )

    async def _looked(
        self, package: PackageName, upstream: Upstream, *, anew: bool
    ) -> ReadyDocument | NotThere | NotLooked:
        looked = await self._documents.get(str(package), upstream, anew=anew)
        if not isinstance(looked, Had):
            return looked
        corrections = self._corrections
        judged = await self._judge(looked.value)
        if corrections != self._corrections:
            # A tarball came out otherwise in the moment between: what is known now is at hand.
            judged = await self._judge(looked.value)
        return self._take(looked.value, judged)

    def _nothing_known(
        self,
        package: PackageName,
        upstream: Upstream,
        looked: NotThere | NotLooked,
        request: Request,
    ) -> Reply:
        match looked:
            case NotThere():
                message = f"there is no package `{package}` at the upstream `{upstream.label}`"
                # No notice: every first publication asks whether there is a package already.
                refusal = Refusal(code="no-package", message=message)
                return refusal_reply(refusal, 404, noticed=False)
            case NotLooked(why=why, is_held=True):
                address = f"{self._public_url}/{package.escaped}"
                return withholding.held(package, upstream, why, request=request, address=address)
            case NotLooked(why=why):
                return withholding.no_document(package, upstream, why)

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
        self._drop(document.name)
        self._ready[document.name] = latest
        self.size_bytes += latest.size_bytes
        if latest.doubt and (ready is None or ready.doubt != latest.doubt):
            self._tell_doubt(document, latest.doubt)
        return latest

    def _tell_doubt(self, document: UpstreamDocument, reason: str) -> None:
        """Log a doubt: once for an upstream that has it of every package, and of the rest quietly.

        Which packages it is of, the status and the metrics tell.
        """
        about = {"package.name": document.name, "upstream": document.upstream.label}
        key = (document.upstream.label, reason)
        level = logging.DEBUG if key in self._doubts_told else logging.WARNING
        if len(self._doubts_told) >= MOST_DOUBTS_TOLD:
            self._doubts_told.clear()
        self._doubts_told.add(key)
        log.log(level, "gate-doubt", extra={**about, "reason": reason})

    def _nothing_left(
        self, package: PackageName, ready: ReadyDocument, request: Request
    ) -> Reply | None:
        """Return the 403 of a package of which no version is admitted.

        Of a packument without versions clients say that the package is unpublished, or nothing.
        """
        latest = ready.document.history.dist_tags.get("latest", "")
        verdict = ready.verdicts.get(latest) or [None, *ready.verdicts.values()][-1]
        if verdict is None or isinstance(verdict.decision, Admitted):
            return None
        refusal = withholding.withheld(verdict, page=page_of(self._public_url, str(package)))
        address = f"{self._public_url}/{package.escaped}"
        return by_address(refusal, request, address=address, sentence=verdict.sentence)

    async def _render(
        self, package: PackageName, ready: ReadyDocument, shape: Shape
    ) -> ReadyBody | None:
        key = (str(package), ready.mark, shape)
        return await asyncio.shield(
            shared(self._rendering, key, lambda: self._rendered(package, ready, shape))
        )

    async def _rendered(
        self, package: PackageName, ready: ReadyDocument, shape: Shape
    ) -> ReadyBody | None:
        """Return a body, which is ready from now on; None: the document is gone meanwhile."""
        async with self._slots:
            document = await self._documents.body(ready.document)
            if document is None:
                return None
            tags = self._telling(package, ready) if shape[2] else NO_TAGS
            data = await self._pool.run(
                _data, document, shape, ready.withheld, self._addresses(package), tags
            )
        self.renderings += 1
        # What is served may be looked at again meanwhile, and come to the same.
        kept = self._ready.get(ready.document.name)
        if kept is None or kept.mark != ready.mark:
            return ready.add(shape, data)
        body = kept.add(shape, data)
        self.size_bytes += len(data)
        self._make_room()
        return body

    def _make_room(self) -> None:
        while self.size_bytes > self._ready_bytes and len(self._ready) > 1:
            _, oldest = self._ready.popitem(last=False)
            self.size_bytes -= oldest.size_bytes

    async def _single(
        self,
        ready: ReadyDocument,
        selector: str,
        take: Callable[[Packument, frozenset[str]], bytes],
    ) -> bytes | None:
        key = (ready.document.name, ready.mark, selector)
        found = self._singles.get(key)
        if found is not None:
            return found
        async with self._slots:
            document = await self._documents.body(ready.document)
            if document is None:
                return None
            found = await self._pool.run(lambda: take(Packument(document), ready.withheld))
        self._singles.put(key, found, len(found) + _SINGLE_BYTES)
        return found

    def _telling(self, package: PackageName, ready: ReadyDocument) -> Mapping[str, str]:
        page = page_of(self._public_url, str(package))
        return telling_tags(ready.withheld, verdicts=ready.verdicts, page=page)

    def _addresses(self, package: PackageName) -> GateAddresses:
        return GateAddresses(base_url=self._public_url, package=package)


def _data(
    document: bytes,
    shape: Shape,
    withheld: frozenset[str],
    addresses: GateAddresses,
    telling: Mapping[str, str],
) -> bytes:
    form, encoding, _ = shape
    whole = Packument(document)
    render = whole.full if form is Form.FULL else whole.abbreviated
    body = render(withheld=withheld, addresses=addresses, telling=telling).body
    return compressed(body, encoding, gzip_level=GZIP_LEVEL)
