"""What other npm registries say of a package: documents as they came. Not here: what they prove."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlsplit

import msgspec

from imprint.npm.published import MAX_PACKUMENT_BYTES
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.fetch import Reach

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.npm.names import PackageName
    from imprint.publishers.credentials import Secret
    from imprint.upstream.fetch import Fetcher

TIMEOUT_SECONDS: Final = 30.0
TARBALL_TIMEOUT_SECONDS: Final = 300.0
MAX_ATTESTATIONS_BYTES: Final = 4 * 1024 * 1024
MAX_TARBALL_BYTES: Final = 512 * 1024 * 1024
KEPT_TARBALL_BYTES: Final = 64 * 1024 * 1024
"""A tarball up to here is kept in memory, to be looked into; a larger one is only hashed."""

_NOT_THERE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_NO_KEYS: Final = _NOT_THERE | {HTTPStatus.BAD_REQUEST}
"""How registries say that they have no keys (npm's client takes it so too)."""


class FetchedTarball(msgspec.Struct, frozen=True, kw_only=True):
    """A tarball that came over the wire."""

    sha512: str
    """Of the bytes that came: 128 hex digits."""
    size_bytes: int
    data: bytes | None
    """None: too large to be kept."""


class UpstreamRegistry(msgspec.Struct, frozen=True, kw_only=True):
    """A registry by its address. Every method raises FetchFailed; None means: it has no such."""

    fetcher: Fetcher
    url: str
    """With a slash at its end."""
    credential_for: Callable[[str], Secret | None] = lambda _: None
    """The credential that the configuration has for an address: asked anew for every address, so
    that none goes to a host that it is not for."""

    async def packument(self, name: PackageName) -> bytes | None:
        """Return the full document of a package."""
        return await self._document(self.url + name.escaped, max_bytes=MAX_PACKUMENT_BYTES)

    async def keys(self) -> bytes | None:
        """Return the keys that the registry signs with."""
        return await self._document(self.url + "-/npm/v1/keys", not_there=_NO_KEYS)

    async def attestations(
        self, name: PackageName, version: str, *, claimed_url: str | None
    ) -> bytes | None:
        """Return the attestations of a version.

        Of the address that the packument claims the path alone is taken, as npm does: the host is
        the registry's. The credential goes to the registry's own route of that version's
        attestations and nowhere else: whoever publishes a package may claim any path of the host,
        and what the credential may read there is not for them to choose.
        """
        route = f"{self.url}-/npm/v1/attestations/"
        url = f"{route}{name.escaped}@{quote(version, safe='')}"
        path = "" if claimed_url is None else _path_of(claimed_url)
        if path:
            url = _origin(self.url) + path
        is_own = url.startswith(route) and unquote(url.removeprefix(route)) == f"{name}@{version}"
        return await self._document(url, max_bytes=MAX_ATTESTATIONS_BYTES, sends_credential=is_own)

    async def timeline(self, name: PackageName, *, limit: int) -> bytes | None:
        """Return the timeline that imprint keeps; None from any other registry."""
        path = f"-/imprint/v1/packages/{name.escaped}/timeline?limit={limit}"
        return await self._document(self.url + path)

    async def tarball(self, url: str) -> FetchedTarball | None:
        """Return what is at the address that a packument gives for a tarball, hashed.

        On another host than the registry's it must be https and public.
        """
        digest, kept = hashlib.sha512(), bytearray()
        size = 0

        def take(chunk: bytes) -> None:
            nonlocal size
            size += len(chunk)
            digest.update(chunk)
            if size <= KEPT_TARBALL_BYTES:
                kept.extend(chunk)

        is_ours = _origin(url) == _origin(self.url)
        try:
            await self.fetcher.stream(
                url,
                into=take,
                reach=Reach.REGISTERED if is_ours else Reach.LEARNED,
                timeout_seconds=TARBALL_TIMEOUT_SECONDS,
                max_bytes=MAX_TARBALL_BYTES,
                accept="*/*",
                bearer=self.credential_for(url),
                may_move=True,
            )
        except FetchFailed as err:
            if err.status in _NOT_THERE:
                return None
            raise
        data = bytes(kept) if size <= KEPT_TARBALL_BYTES else None
        return FetchedTarball(sha512=digest.hexdigest(), size_bytes=size, data=data)

    async def _document(
        self,
        url: str,
        *,
        max_bytes: int = MAX_ATTESTATIONS_BYTES,
        not_there: frozenset[HTTPStatus] = _NOT_THERE,
        sends_credential: bool = True,
    ) -> bytes | None:
        try:
            return await self.fetcher.get(
                url,
                reach=Reach.REGISTERED,
                timeout_seconds=TIMEOUT_SECONDS,
                max_bytes=max_bytes,
                bearer=self.credential_for(url) if sends_credential else None,
            )
        except FetchFailed as err:
            if err.reason is FetchReason.STATUS and err.status in not_there:
                return None
            raise


def _origin(url: str) -> str:
    """Return scheme, host and port; of what is no URL, the text itself: it is nobody's."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _path_of(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return path if path.startswith("/") and not path.startswith("//") else ""
