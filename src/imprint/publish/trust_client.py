"""npm's trust routes from the client's side: any registry that has them, and what ours adds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from imprint.identity.workload import Provider
from imprint.npm.names import PackageName, ScopePattern
from imprint.publish.trust_body import trust_body
from imprint.publishers.configuration import build_publisher
from imprint.publishers.npm_trust import parse_trust_list
from imprint.publishers.publisher import PublisherState
from imprint.refusals import Malformed, Refusal, Unavailable
from imprint.tokens.issuers import Issuer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.publish.registry_client import RegistryClient
    from imprint.publishers.configuration import PublisherRequest
    from imprint.publishers.npm_trust import ListedPublisher
    from imprint.publishers.publisher import TrustedPublisher

NOT_LISTED = "https://not-listed.invalid"
"""Stands for an issuer's URL: lists have its name alone."""


def list_trust(
    client: RegistryClient, package: PackageName
) -> tuple[ListedPublisher, ...] | Refusal:
    """Return what the registry lists for `package`."""
    answer = client.call("GET", _path(package))
    return answer if isinstance(answer, Refusal) else _parsed(answer)


def add_trust(
    client: RegistryClient, package: PackageName, request: PublisherRequest
) -> ListedPublisher | Refusal:
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
    listed: ListedPublisher,
    package: PackageName,
    *,
    issuer_urls: Mapping[Provider, str] | None = None,
) -> TrustedPublisher | None:
    """Return a listed publisher as one that can be described and judged; None where it cannot.

    Its issuer's URL is not listed: `issuer_urls` say what to take for it.
    """
    if listed.request is None:
        return None
    provider = listed.request.provider
    url = (issuer_urls or {}).get(provider, NOT_LISTED)
    try:
        publisher = build_publisher(
            listed.request,
            publisher_id=listed.id,
            target=_target(listed.target) or package,
            issuer=Issuer(
                name=listed.request.issuer_name or provider.value, url=url, provider=provider
            ),
            pending=False,
            now=0.0,
            created_by="",
        )
        state = PublisherState(listed.state) if listed.state is not None else publisher.state
    except (Malformed, ValueError):
        # A later version may list what this one cannot read.
        return None
    is_unpinned = state is PublisherState.UNPINNED
    # When its window ends is not judged from here.
    return replace(publisher, state=state, pin_until=float("inf") if is_unpinned else None)


def _path(package: PackageName) -> str:
    return f"-/package/{package.escaped}/trust"


def _parsed(answer: bytes) -> tuple[ListedPublisher, ...]:
    try:
        return parse_trust_list(answer)
    except Malformed as err:
        raise Unavailable("foreign-answer", err.message) from err


def _target(text: str | None) -> PackageName | ScopePattern | None:
    if text is None:
        return None
    return ScopePattern.parse(text) if text.endswith("*") else PackageName.parse(text)
