"""Which registry a name comes from, how far requests for it reach, and with which credential.

A credential goes to the addresses of the upstream that it is for. What a packument says of
addresses is another party's word: it can point into another upstream of ours, and gets nothing of
it (SSRF by `dist.tarball`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from imprint.gate.model import Upstream
from imprint.npm.names import PackageName
from imprint.npm.npmrc import NpmrcLayer, auth_token
from imprint.publishers.credentials import Secret
from imprint.refusals import Malformed, quoted
from imprint.tokens.loopback import is_loopback
from imprint.upstream.registries import UpstreamRegistry
from imprint.upstream.targets import Reach

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.upstream.fetch import Fetcher

CODE = "upstream-address"
MOST_URL_CHARACTERS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstreams:
    """The registries behind the gate. Scopes are compared in lower case."""

    general: Upstream | None
    """Where everything comes from that has no scope with an upstream of its own."""
    scoped: tuple[Upstream, ...] = ()
    credentials: NpmrcLayer = field(default=NpmrcLayer(origin="", values={}), repr=False)

    @classmethod
    def parse(
        cls, general: str, scoped: Iterable[str], *, credentials: NpmrcLayer | None = None
    ) -> Self:
        """Read an address, `""` for none, and `@SCOPE=URL` for scopes.

        Raises Malformed (`upstream-address`) for what can be no upstream.
        """
        by_url: dict[str, set[str]] = {}
        taken: set[str] = set()
        for text in scoped:
            scope, _, url = text.strip().partition("=")
            name = _scope(scope.strip(), text)
            if name in taken:
                raise Malformed(CODE, f"the scope `@{name}` has two upstreams, expected one")
            taken.add(name)
            by_url.setdefault(address_of(url), set()).add(name)
        return cls(
            general=_upstream(address_of(general)) if general else None,
            scoped=tuple(_upstream(url, frozenset(names)) for url, names in by_url.items()),
            credentials=credentials or NpmrcLayer(origin="", values={}),
        )

    @property
    def all(self) -> tuple[Upstream, ...]:
        """Every upstream, the general one first."""
        return (() if self.general is None else (self.general,)) + self.scoped

    def of(self, name: PackageName) -> Upstream | None:
        """Return where `name` comes from; None: from nowhere."""
        scope = None if name.scope is None else name.scope.lower()
        for upstream in self.scoped:
            if scope in upstream.scopes:
                return upstream
        return self.general

    def registry(self, upstream: Upstream, fetcher: Fetcher) -> UpstreamRegistry:
        """Return `upstream` to be asked by `fetcher`, with its credential and no other."""
        return UpstreamRegistry(
            fetcher=fetcher,
            url=upstream.url,
            credential_for=lambda url: self.credential_for(upstream, url),
        )

    def reach_of(self, upstream: Upstream, url: str) -> Reach:
        """Return how far a request may reach for `url`, which came from a packument of `upstream`.

        Its own host may be private, an administrator named it; all others are learned, even those
        of other upstreams.
        """
        is_its_own = _origin(url) == _origin(upstream.url) and self._is_not_anothers(upstream, url)
        return Reach.REGISTERED if is_its_own else Reach.LEARNED

    def credential_for(self, upstream: Upstream, url: str) -> Secret | None:
        """Return the token for `url`, which `upstream` gave or which is below its address.

        None for every host but the upstream's, and below another upstream's address.
        """
        if not self.credentials.values or self.reach_of(upstream, url) is not Reach.REGISTERED:
            return None
        found = auth_token((self.credentials,), url) or auth_token(
            (self.credentials,), upstream.url
        )
        return None if found is None or found.is_unexpanded else Secret(found.token)

    def _is_not_anothers(self, upstream: Upstream, url: str) -> bool:
        """Whether the longest upstream address that `url` is below is not another upstream's."""
        # By the path as servers may read it: `a/../b` and `a/%2e%2e/b` are below nothing.
        path = _plain_path(url)
        if path is None:
            return False
        below = [one for one in self.all if _is_below(path, url, one.url)]
        longest = max((len(one.url) for one in below), default=0)
        owners = [one for one in below if len(one.url) == longest]
        return not owners or upstream in owners


def address_of(text: str) -> str:
    """Return an upstream's address with a slash at its end; raises Malformed.

    https, or http on loopback; it may have a path, and nothing that would be part of a request.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or len(text) > MOST_URL_CHARACTERS or not (text.isascii() and text.isprintable()):
        raise Malformed(CODE, f"{quoted(text)} is no address of a registry, expected `https://…`")
    if parts.username is not None or parts.query or parts.fragment or "?" in text or "#" in text:
        raise Malformed(
            CODE,
            f"the address of the upstream `{host}` has a user, a query or a fragment",
            hint="name a file with its token by `upstream_npmrc`",
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise Malformed(
            CODE, f"the upstream {quoted(text)} is not reached by https, http is for loopback alone"
        )
    if _plain_path(text) is None:
        raise Malformed(CODE, f"the address {quoted(text)} has a path that can be read in two ways")
    netloc = parts.netloc.lower()
    return f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}/"


def _upstream(url: str, scopes: frozenset[str] = frozenset()) -> Upstream:
    parts = urlsplit(url)
    return Upstream(label=parts.netloc + parts.path.rstrip("/"), url=url, scopes=scopes)


def _scope(text: str, whole: str) -> str:
    try:
        scope = PackageName.parse_existing(f"{text}/x").scope
    except Malformed:
        scope = None
    if scope is None:
        raise Malformed(CODE, f"{quoted(whole)} is no upstream of a scope, expected `@SCOPE=URL`")
    return scope.lower()


def _origin(url: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", default if port is None else port


def _plain_path(url: str) -> str | None:
    """Return the path; None where steps upwards or odd marks make it another's to some server."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    lower = path.lower()
    plain = lower.replace("%2e", ".").replace("%2f", "/")
    has_steps = any(part in {".", ".."} for part in plain.split("/"))
    is_odd = any(mark in lower for mark in ("\\", "%5c", "%25"))
    return None if has_steps or is_odd else path


def _is_below(path: str, url: str, address: str) -> bool:
    return _origin(url) == _origin(address) and path.startswith(urlsplit(address).path)
