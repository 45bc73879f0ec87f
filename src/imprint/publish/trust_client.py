"""npm's trust routes from the client's side: any registry that has them, and what ours adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.identity.workload import Provider
from imprint.npm.names import PackageName, ScopePattern
from imprint.publish.trust_body import trust_body
from imprint.publishers.configuration import build_publisher
from imprint.publishers.npm_trust import ListedPublisher, parse_trust_list
from imprint.publishers.publisher import PublisherState
from imprint.refusals import Malformed, Refusal, Unavailable
from imprint.tokens.issuers import Issuer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.publish.registry_client import RegistryClient
    from imprint.publishers.configuration import PublisherRequest
    from imprint.publishers.publisher import TrustedPublisher

NOT_LISTED = "https://not-listed.invalid"
"""Stands for an issuer's URL: lists have its name alone."""


class TrustEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A trusted publisher as a registry lists it: read, and as it was sent."""

    listed: ListedPublisher
    raw: msgspec.Raw


class _Life(msgspec.Struct, frozen=True):
    """What our part says of a publisher's life, beside what makes such a publisher."""

    pending: bool = False
    pin_until: float | None = None
    expires_at: float | None = None
    created_at: float = 0.0
    created_by: str = ""
    revision: int = 1


class _Lived(msgspec.Struct, frozen=True):
    imprint: _Life = msgspec.field(default_factory=_Life)


def list_trust(client: RegistryClient, package: PackageName) -> tuple[TrustEntry, ...] | Refusal:
    """Return what the registry lists for `package`."""
    answer = client.call("GET", _path(package))
    return answer if isinstance(answer, Refusal) else _parsed(answer)


def add_trust(
    client: RegistryClient, package: PackageName, request: PublisherRequest
) -> TrustEntry | Refusal:
    """Add a trusted publisher; returns it as the registry lists it.

    Raises Malformed for what the registry says cannot be one.
    """
    answer = client.call("POST", _path(package), body=trust_body(request))
    if isinstance(answer, Refusal):
        if answer.code.startswith("invalid-") or answer.code == "unknown-issuer-name":
            raise Malformed(answer.code, answer.message, answer.hint)
        return answer
    listed = _parsed(answer)
    if len(listed) != 1:
        raise Unavailable("foreign-answer", "the registry's answer is not one trusted publisher")
    return listed[0]


def revoke_trust(client: RegistryClient, package: PackageName, publisher_id: str) -> Refusal | None:
    """Revoke a trusted publisher by its id."""
    if not publisher_id.replace("-", "").isalnum() or not publisher_id.isascii():
        raise Malformed("publisher-id", "an id has letters, digits and `-` alone: see the list")
    answer = client.call("DELETE", f"{_path(package)}/{publisher_id}")
    return answer if isinstance(answer, Refusal) else None


def publisher_of(
    entry: TrustEntry,
    package: PackageName,
    *,
    issuer_urls: Mapping[Provider, str] | None = None,
) -> TrustedPublisher | None:
    """Return a listed publisher as one that can be described and judged; None where it cannot.

    Its issuer's URL is not listed: `issuer_urls` say what to take for it.
    """
    listed = entry.listed
    if listed.request is None:
        return None
    provider = listed.request.provider
    url = (issuer_urls or {}).get(provider, NOT_LISTED)
    name = listed.request.issuer_name or provider.value
    try:
        life = msgspec.json.decode(entry.raw, type=_Lived).imprint
        publisher = build_publisher(
            listed.request,
            publisher_id=listed.id,
            target=_target(listed.target) or package,
            issuer=Issuer(name=name, url=url, provider=provider),
            pending=life.pending,
            now=life.created_at,
            created_by=life.created_by,
        )
        state = publisher.state if listed.state is None else PublisherState(listed.state)
    except (Malformed, ValueError):
        # A later version may list what this one cannot read.
        return None
    return replace(
        publisher,
        state=state,
        pin_until=life.pin_until,
        expires_at=life.expires_at,
        revision=life.revision,
    )


def _path(package: PackageName) -> str:
    return f"-/package/{package.escaped}/trust"


def _parsed(answer: bytes) -> tuple[TrustEntry, ...]:
    try:
        listed = parse_trust_list(answer)
        raws = msgspec.json.decode(answer, type=list[msgspec.Raw])
    except (Malformed, msgspec.DecodeError) as err:
        raise Unavailable(
            "foreign-answer", "the registry's answer is no list of trusted publishers"
        ) from err
    return tuple(TrustEntry(listed=one, raw=raw) for one, raw in zip(listed, raws, strict=True))


def _target(text: str | None) -> PackageName | ScopePattern | None:
    if text is None:
        return None
    return ScopePattern.parse(text) if text.endswith("*") else PackageName.parse(text)
