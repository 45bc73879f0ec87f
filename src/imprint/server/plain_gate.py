"""The gate's parts in their plainest form: nothing is kept, and nothing is judged.

What stands here goes when the part of its name in `gate/` is there.
"""

from __future__ import annotations

import time
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from imprint.evidence.looked import Had, Looked, NotLooked, NotThere
from imprint.gate.addresses import GateAddresses
from imprint.gate.faults import fetch_failed
from imprint.gate.model import UpstreamDocument
from imprint.gate.rendering import Packument
from imprint.history.projection import PackumentHistory, project
from imprint.http.asgi import send_reply
from imprint.http.ready import Asking, Form
from imprint.http.replies import Reply, json_reply, refusal_reply
from imprint.npm.names import PackageName
from imprint.refusals import Refusal
from imprint.upstream.failures import FetchFailed

if TYPE_CHECKING:
    from imprint.gate.model import Upstream
    from imprint.gate.upstreams import Upstreams
    from imprint.http.asgi import Scope, Send
    from imprint.http.ready import ReadyReply
    from imprint.http.requests import Request
    from imprint.upstream.fetch import Fetcher


class PlainDocuments:
    """Packuments, asked for each time."""

    def __init__(self, upstreams: Upstreams, fetcher: Fetcher) -> None:
        """Ask by `fetcher`."""
        self._upstreams = upstreams
        self._fetcher = fetcher

    async def get(self, name: str, upstream: Upstream) -> Looked[UpstreamDocument]:
        """Return the packument of `name`."""
        registry = self._upstreams.registry(upstream, self._fetcher)
        try:
            body = await registry.packument(PackageName.parse_existing(name))
        except FetchFailed as err:
            return NotLooked(why=err.message, is_failure=True)
        if body is None:
            return NotThere()
        document = UpstreamDocument(
            name=name,
            upstream=upstream,
            body=body,
            digest=sha256(body).hexdigest(),
            etag="",
            last_modified="",
            confirmed_at=time.time(),
            history=PackumentHistory.of(project(body, name)),
        )
        return Had(document)


class PlainPackuments:
    """Packuments, rendered each time."""

    def __init__(self, documents: PlainDocuments, public_url: str) -> None:
        """Render what `documents` have."""
        self._documents = documents
        self._url = public_url.rstrip("/")

    def at_hand(
        self, _package: PackageName, _upstream: Upstream, _asking: Asking, *, method: str
    ) -> ReadyReply | None:
        """Return None: nothing is kept."""
        del method

    async def reply(self, package: PackageName, upstream: Upstream, request: Request) -> Reply:
        """Return the packument."""
        found = await self._found(package, upstream)
        if isinstance(found, Reply):
            return found
        asking = Asking(accept=request.headers.get("accept", "").encode("latin-1"))
        addresses = self._addresses(package)
        is_full = asking.form is Form.FULL
        rendered = (
            found.full(addresses=addresses) if is_full else found.abbreviated(addresses=addresses)
        )
        headers = ((b"content-type", asking.form.content_type), (b"vary", b"accept"))
        return Reply(status=200, headers=headers, body=rendered.body)

    async def manifest(
        self, package: PackageName, upstream: Upstream, selector: str, _request: Request
    ) -> Reply:
        """Return one version."""
        found = await self._found(package, upstream)
        if isinstance(found, Reply):
            return found
        version = found.tags().get(selector, selector)
        body = found.manifest(version, addresses=self._addresses(package))
        if body is None:
            return refusal_reply(Refusal(code="no-version", message="no such version"), 404)
        return Reply(status=200, headers=((b"content-type", b"application/json"),), body=body)

    async def dist_tags(self, package: PackageName, upstream: Upstream, _request: Request) -> Reply:
        """Return the dist-tags."""
        found = await self._found(package, upstream)
        return found if isinstance(found, Reply) else json_reply(found.tags())

    async def _found(self, package: PackageName, upstream: Upstream) -> Packument | Reply:
        match await self._documents.get(str(package), upstream):
            case Had(document):
                return Packument(document.body)
            case NotThere():
                refusal = Refusal(code="no-package", message=f"there is no package `{package}`")
                return refusal_reply(refusal, 404, noticed=False)
            case NotLooked(why=why):
                return refusal_reply(Refusal(code="upstream-failed", message=why), 502)

    def _addresses(self, package: PackageName) -> GateAddresses:
        return GateAddresses(base_url=self._url, package=package)


class PlainTarballs:
    """Tarballs, fetched each time and held in memory."""

    def __init__(self, documents: PlainDocuments, upstreams: Upstreams, fetcher: Fetcher) -> None:
        """Fetch from where `documents` say."""
        self._documents = documents
        self._upstreams = upstreams
        self._fetcher = fetcher

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
        """Send the tarball."""
        del request
        await send_reply(scope, send, await self._reply(package, version, upstream))

    async def _reply(self, package: PackageName, version: str, upstream: Upstream) -> Reply:
        document = await self._documents.get(str(package), upstream)
        none = refusal_reply(Refusal(code="no-version", message="no such version"), 404)
        if not isinstance(document, Had):
            return none
        entries = Packument(document.value.body).versions
        if version not in entries:
            return none
        url = msgspec.json.decode(entries[version])["dist"]["tarball"]
        body = bytearray()
        try:
            await self._fetcher.stream(
                url,
                into=body.extend,
                reach=self._upstreams.reach_of(upstream, url),
                timeout_seconds=60,
                max_bytes=64 * 1024 * 1024,
                bearer=self._upstreams.credential_for(upstream, url),
            )
        except FetchFailed as err:
            return fetch_failed(err, upstream, what="the tarball")
        kind = (b"content-type", b"application/octet-stream")
        return Reply(status=200, headers=(kind,), body=bytes(body))


class PlainAdvisories:
    """No advisories."""

    async def bulk(self, _request: Request) -> Reply:
        """Return none."""
        return json_reply({})

    async def legacy(self, _request: Request, *, is_quick: bool) -> Reply:
        """Return none."""
        del is_quick
        return json_reply({})
