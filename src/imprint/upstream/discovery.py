"""An issuer's key set by OpenID Connect Discovery, pinned to the issuer's own host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yarl import URL

from imprint.npm import strict_json
from imprint.refusals import Malformed, quoted
from imprint.tokens.keysets import KeySet
from imprint.upstream.fetch import MAX_DOCUMENT_BYTES, Fetcher, Reach

if TYPE_CHECKING:
    from collections.abc import Collection

    from imprint.tokens.issuers import Issuer

PATH: Final = "/.well-known/openid-configuration"
MAX_DEPTH: Final = 16


async def fetch_key_set(
    fetcher: Fetcher,
    issuer: Issuer,
    *,
    key_hosts: Collection[str] = (),
    timeout_seconds: float,
) -> KeySet:
    """Return the keys that `issuer` publishes now.

    (1) the discovery document is fetched from the issuer's URL
    (2) it says that it is this issuer's, to the letter (Discovery 1.0 §4.3)
    (3) its `jwks_uri` is on the issuer's host and port, or on one that an administrator named
    (4) the key set has a usable key

    `key_hosts` are such hosts, as `host` or `host:port`. `timeout_seconds` is for each request.
    Raises FetchFailed; Malformed `malformed-discovery`, `malformed-key-set`, `empty-key-set`.
    """
    # (1) the discovery document is fetched from the issuer's URL
    raw = await fetcher.get(
        issuer.url.rstrip("/") + PATH, reach=Reach.REGISTERED, timeout_seconds=timeout_seconds
    )
    url = _read_jwks_uri(raw, issuer, key_hosts)
    # (4) the key set has a usable key
    return KeySet.parse(
        await fetcher.get(url, reach=Reach.REGISTERED, timeout_seconds=timeout_seconds)
    )


def _read_jwks_uri(raw: bytes, issuer: Issuer, key_hosts: Collection[str]) -> str:
    document = strict_json.parse_object(
        raw,
        max_bytes=MAX_DOCUMENT_BYTES,
        max_depth=MAX_DEPTH,
        code="malformed-discovery",
        what="discovery document",
    )
    # (2) it says that it is this issuer's, to the letter
    claimed = document.get("issuer")
    if claimed != issuer.url:
        shown = quoted(claimed) if isinstance(claimed, str) else "missing"
        raise _malformed(f"issuer of the discovery document is {shown}, expected `{issuer.url}`")
    # (3) its `jwks_uri` is on the issuer's host and port, or on one that an administrator named
    found = document.get("jwks_uri")
    if not isinstance(found, str) or not found:
        raise _malformed("discovery document has no `jwks_uri`, expected the URL of the keys")
    if not _may_hold_keys(found, issuer, key_hosts):
        raise _malformed(
            f"`jwks_uri` is {quoted(found)}, expected one on the host of `{issuer.url}`"
        )
    return found


def _may_hold_keys(url: str, issuer: Issuer, key_hosts: Collection[str]) -> bool:
    try:
        origin = URL(url).origin()
    except ValueError:
        return False
    if origin == URL(issuer.url).origin():
        return True
    return origin.scheme == "https" and (origin.authority in key_hosts)


def _malformed(message: str) -> Malformed:
    return Malformed("malformed-discovery", message)
