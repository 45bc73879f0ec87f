"""What is trusted for a package: asked of stores at hand, or of a registry's trust routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.cli.local import local_registry
from imprint.cli.session import say
from imprint.cli.trust.places import client_for, listed
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.cli.local import Store
    from imprint.identity.workload import Provider
    from imprint.npm.names import PackageName
    from imprint.publishers.publisher import TrustedPublisher


class Knowledge(msgspec.Struct, frozen=True, kw_only=True):
    """What is trusted for a package, and which issuers are registered."""

    publishers: tuple[TrustedPublisher, ...]
    issuers: Mapping[str, Provider]
    """URL to provider; a registry does not list it, and then it is that of the claims."""
    exists: bool = True
    unread: int = 0
    """How many a registry lists in a form that is not known here."""


def from_stores(name: PackageName, store: Store) -> Knowledge:
    """Return what stores at hand say."""
    from imprint.storage import issuers, packages, publishers

    with local_registry(store) as registry, registry.database.reading() as connection:
        registered = issuers.list_all(connection)
        return Knowledge(
            publishers=publishers.for_package(connection, name),
            issuers={one.issuer.url: one.issuer.provider for one in registered},
            exists=packages.find(connection, str(name)) is not None,
        )


def from_registry(
    name: PackageName, claims: Mapping[str, object] | None, *, otp: str | None
) -> Knowledge:
    """Return what the registry lists that npm's configuration names."""
    from imprint.identity.workload import Provider
    from imprint.publish.trust_client import NOT_LISTED, publisher_of

    issuer = None if claims is None else claims.get("iss")
    url = issuer if isinstance(issuer, str) else NOT_LISTED
    found = listed(client_for(name.scope, otp=otp), name)
    urls = dict.fromkeys(Provider, url)
    read = [publisher_of(one, name, issuer_urls=urls) for one in found]
    known = tuple(one for one in read if one is not None)
    if unread := len(read) - len(known):
        say(f"{unread} of {len(read)} are listed in a form unknown here: they were not tried")
    if url != NOT_LISTED:
        say(f"the registry does not list issuers by URL: {quoted(url)} is taken for theirs")
    return Knowledge(
        publishers=known,
        issuers=_by_form(url, known, claims or {}),
        # A pending publisher is there only as long as its package is not.
        exists=not any(one.pending for one in known),
        unread=unread,
    )


def _by_form(
    url: str, known: tuple[TrustedPublisher, ...], claims: Mapping[str, object]
) -> Mapping[str, Provider]:
    """Return whose claims these are, of the providers that are trusted: by what must be there."""
    from imprint.identity.claims import table_of

    providers = list(dict.fromkeys(one.provider for one in known))
    fitting = [one for one in providers if all(name in claims for name in table_of(one).required)]
    return dict.fromkeys([url], (fitting or providers)[0]) if providers else {}
