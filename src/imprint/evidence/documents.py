"""Gathering the attestation documents of the versions that need one, each its own outcome.

A document that speaks of the very bytes of a version will never be another, so it is kept for good.
Not here: what documents prove (`judge`).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.evidence.histories import AT_MOST, OFFLINE
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.npm.names import PackageName
from imprint.refusals import Malformed
from imprint.storage.projections import AttestedVersion
from imprint.upstream.failures import FetchFailed
from imprint.upstream.packuments import USUAL_RETRIES, Retries, persistently
from imprint.upstream.registries import UpstreamRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from imprint.evidence.looked import Looked
    from imprint.publishers.credentials import Secret
    from imprint.storage.projections import ProjectionStore
    from imprint.upstream.fetch import Fetcher

KEPT_AT_ONCE: Final = 64
_SHA512: Final = "sha512-"


class WantedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A version whose attestations are wanted."""

    name: str
    version: str
    integrity: str
    """Of the tarball, an SRI text: the lockfile's where there is one."""
    registry: str
    """Its address, with a slash at its end."""
    claimed_url: str | None = None
    """Where its packument says that they are."""

    @property
    def attested(self) -> AttestedVersion:
        """What the document is kept by."""
        return AttestedVersion(self.name, self.version, self.integrity)


async def gather_documents(
    wanted: Iterable[WantedDocument],
    *,
    fetcher: Fetcher,
    credential_for: Callable[[str], Secret | None] = lambda _: None,
    store: ProjectionStore | None,
    at_most: int = AT_MOST,
    is_offline: bool = False,
    retries: Retries = USUAL_RETRIES,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Mapping[AttestedVersion, Looked[bytes]]:
    """Return the attestation document of each version; raises nothing."""
    asked = {one.attested: one for one in wanted}
    kept = {} if store is None else store.get_documents(asked)
    found: dict[AttestedVersion, Looked[bytes]] = {key: Had(raw) for key, raw in kept.items()}
    missing = [one for key, one in asked.items() if key not in found]
    progress(len(found), len(asked))
    if is_offline:
        return found | {one.attested: OFFLINE for one in missing}
    waiting, new = iter(missing), dict[AttestedVersion, bytes]()

    def keep() -> None:
        if store is not None:
            store.put_documents(new)
        new.clear()

    async def work() -> None:
        for one in waiting:
            registry = UpstreamRegistry(
                fetcher=fetcher, url=one.registry, credential_for=credential_for
            )
            looked = found[one.attested] = await _ask(registry, one, retries)
            progress(len(found), len(asked))
            if isinstance(looked, Had) and speaks_of(looked.value, one.integrity):
                new[one.attested] = looked.value
            if len(new) >= KEPT_AT_ONCE:
                keep()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_most, len(missing))):
                group.create_task(work())
    finally:
        keep()
    return found


async def _ask(registry: UpstreamRegistry, one: WantedDocument, retries: Retries) -> Looked[bytes]:
    try:
        name = PackageName.parse_existing(one.name)
        raw = await persistently(
            lambda: registry.attestations(name, one.version, claimed_url=one.claimed_url),
            retries=retries,
        )
    except (FetchFailed, Malformed) as err:
        return NotLooked(why=err.message, is_failure=True)
    return NotThere() if raw is None else Had(raw)


class _Envelope(msgspec.Struct):
    payload: str


class _Bundle(msgspec.Struct, rename="camel"):
    dsse_envelope: _Envelope


class _Attestation(msgspec.Struct):
    bundle: _Bundle


class _AttestationDocument(msgspec.Struct):
    attestations: list[_Attestation]


def speaks_of(document: bytes, integrity: str) -> bool:
    """Tell whether every statement of a document names the digest of `integrity`.

    It proves nothing: a document of other bytes, or a page that says that something went wrong, is
    to be asked for again, and not to be kept.
    """
    try:
        digest = base64.b64decode(integrity.removeprefix(_SHA512), validate=True).hex().encode()
        read = msgspec.json.decode(document, type=_AttestationDocument)
        payloads = [base64.b64decode(one.bundle.dsse_envelope.payload) for one in read.attestations]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, binascii.Error, ValueError):
        return False
    is_sha512 = integrity.startswith(_SHA512) and len(digest) == 128  # noqa: PLR2004 - hex digits
    return is_sha512 and bool(payloads) and all(digest in payload for payload in payloads)
