"""What becomes of a request, by its route, its method, and whose its name is. Nothing is done here.

Only reads of upstream's names ever go upstream. Whatever writes, logs in or mints stays here: the
registry answers it for our names, and for upstream's it is refused with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

import msgspec

from imprint.gate.model import NameStanding, Upstream
from imprint.http import routes
from imprint.refusals import Refusal, quoted

if TYPE_CHECKING:
    from imprint.npm.names import PackageName

READS = frozenset({"GET", "HEAD"})


class Own(msgspec.Struct, frozen=True):
    """The registry answers it. `writes`: whose names are whose may be another thereafter."""

    writes: bool = False


class UpstreamPackument(msgspec.Struct, frozen=True):
    """A packument of the upstream, by policy."""

    package: PackageName
    upstream: Upstream


class UpstreamManifest(msgspec.Struct, frozen=True):
    """One version of it."""

    package: PackageName
    upstream: Upstream
    selector: str
    """A version or a dist-tag."""


class UpstreamDistTags(msgspec.Struct, frozen=True):
    """Its dist-tags, as policy leaves them."""

    package: PackageName
    upstream: Upstream


class UpstreamTarball(msgspec.Struct, frozen=True):
    """A tarball of the upstream, by policy."""

    package: PackageName
    upstream: Upstream
    version: str


class UpstreamAttestations(msgspec.Struct, frozen=True):
    """The attestations of a version of the upstream, as it has them."""

    package: PackageName
    upstream: Upstream
    version: str


class UpstreamAspect(msgspec.Struct, frozen=True):
    """Whether a package of the upstream is public, and the like: passed through."""

    package: PackageName
    upstream: Upstream
    path: str


class Keys(msgspec.Struct, frozen=True):
    """Our signing keys and the upstreams'."""


class Advisories(msgspec.Struct, frozen=True):
    """`POST …/advisories/bulk`."""


class LegacyAudit(msgspec.Struct, frozen=True):
    """`POST …/audits` and `…/audits/quick`."""

    is_quick: bool


class PassThrough(msgspec.Struct, frozen=True):
    """A read below `/-/` that no route of ours has."""


class Denied(msgspec.Struct, frozen=True):
    """It is answered with the reason, and goes nowhere."""

    refusal: Refusal


Destination: TypeAlias = (
    Own
    | UpstreamPackument
    | UpstreamManifest
    | UpstreamDistTags
    | UpstreamTarball
    | UpstreamAttestations
    | UpstreamAspect
    | Keys
    | Advisories
    | LegacyAudit
    | PassThrough
    | Denied
)

_KINDS: dict[type, str] = {
    UpstreamPackument: "packument",
    UpstreamManifest: "manifest",
    UpstreamDistTags: "dist-tags",
    UpstreamAttestations: "attestations",
    UpstreamAspect: "passed",
    Keys: "keys",
    Advisories: "advisories",
    LegacyAudit: "advisories",
    PassThrough: "passed",
    Denied: "denied",
}
_LEGACY = {
    "/-/npm/v1/security/audits": False,
    "/-/npm/v1/security/audits/quick": True,
}
# What logs in, or is about accounts: never passed on, not even to be read. Segments from the left.
_ACCOUNTS = frozenset(
    {
        ("v1", "login"),
        ("v1", "done"),
        ("npm", "v1", "user"),
        ("npm", "v1", "tokens"),
        ("npm", "v1", "hooks"),
        ("npm", "v1", "oidc"),
        ("user",),
        ("org",),
        ("team",),
        ("stage",),
        ("whoami",),
        ("imprint",),
    }
)


def kind_of(found: Destination) -> str | None:
    """Return what is counted of a request; None: the registry's, and tarballs count themselves."""
    return _KINDS.get(type(found))


def package_of(route: routes.Route | None) -> PackageName | None:
    """Return the package that a route is about; None: it is about none."""
    match route:
        case (
            routes.Packument(package=package)
            | routes.Manifest(package=package)
            | routes.Tarball(package=package)
            | routes.Revision(package=package)
            | routes.Exchange(package=package)
            | routes.DistTags(package=package)
            | routes.Trust(package=package)
            | routes.PackageAspect(package=package)
            | routes.Attestations(package=package)
            | routes.Stage(package=package)
        ):
            return package
        case _:
            return None


def nameless_destination(route: routes.Route | None, method: str, path: str) -> Destination:
    """Return what becomes of a request that is about no package. `path` has no query."""
    match route, method:
        case routes.Word(word="keys"), ("GET" | "HEAD"):
            return Keys()
        # The registry answers all three in one way; the gate knows what each of them says.
        case routes.Word(word="advisories"), "POST" if path in _LEGACY:
            return LegacyAudit(_LEGACY[path])
        case routes.Word(word="advisories"), "POST":
            return Advisories()
        case None, ("GET" | "HEAD") if _may_pass(path):
            return PassThrough()
        case _:
            return Own(writes=method not in READS)


def destination(
    route: routes.Route,
    method: str,
    path: str,
    *,
    package: PackageName,
    standing: NameStanding,
    upstream: Upstream | None,
) -> Destination:
    """Return what becomes of a request about `package`; `upstream` None: nothing has such names."""
    is_read = method in READS
    match standing:
        case NameStanding.OWN:
            return Own(writes=not is_read)
        case NameStanding.RESERVED:
            is_document = isinstance(route, routes.Packument | routes.Manifest | routes.Tarball)
            return _reserved(package) if is_read and is_document else Own(writes=not is_read)
        case NameStanding.BOTH:
            return _both(package) if is_read else Own(writes=True)
        case NameStanding.UPSTREAM:
            if upstream is None:
                return _nowhere(package) if is_read else Own(writes=True)
            if is_read:
                return _read(route, path, package, upstream)
            return _write_refused(package, upstream)


def _read(route: routes.Route, path: str, package: PackageName, upstream: Upstream) -> Destination:
    match route:
        case routes.Packument():
            return UpstreamPackument(package, upstream)
        case routes.Manifest(selector=selector):
            return UpstreamManifest(package, upstream, selector)
        case routes.Tarball(version=version, revision=None):
            return UpstreamTarball(package, upstream, version)
        case routes.DistTags(tag=None):
            return UpstreamDistTags(package, upstream)
        case routes.Attestations(version=version):
            return UpstreamAttestations(package, upstream, version)
        case routes.PackageAspect():
            return UpstreamAspect(package, upstream, path)
        case _:
            return _write_refused(package, upstream)


def _may_pass(path: str) -> bool:
    """Whether a path is below `/-/`, and about nothing that has to do with accounts.

    By the path as an upstream may read it: with everything decoded that is encoded in it.
    """
    plain = unquote(path)
    if not plain.startswith("/-/") or "%" in plain or "\\" in plain:
        return False
    parts = tuple(plain[3:].split("/"))
    if parts[0] == "-":  # `/-/-/…` are the files of the package `-`, and policy is not asked here
        return False
    has_steps = any(part in {"", ".", ".."} for part in parts[:-1]) or parts[-1] in {".", ".."}
    lower = tuple(part.lower() for part in parts)
    return not has_steps and not any(lower[: len(prefix)] == prefix for prefix in _ACCOUNTS)


def _write_refused(package: PackageName, upstream: Upstream) -> Denied:
    return Denied(
        Refusal(
            code="upstream-name",
            message=f"`{package}` is a package of the upstream `{upstream.label}`:"
            " publish goes to that registry, and not through this one",
            hint="a name that is to be ours is set aside first, by `own_scopes` or `gate_names`",
        )
    )


def _reserved(package: PackageName) -> Denied:
    return Denied(
        Refusal(
            code="name-reserved-here",
            message=f"`{package}` is not published here, and its name is kept for this registry:"
            " it is not asked upstream",
            hint="to take it from the upstream, an administrator sets"
            f" `gate_names` to `{package}=upstream`",
        )
    )


def _both(package: PackageName) -> Denied:
    return Denied(
        Refusal(
            code="name-on-both-sides",
            message=f"`{package}` is published here and upstream, and nobody said which one is"
            " meant: neither is served",
            hint=f"an administrator sets `gate_names` to `{package}=own` or `{package}=upstream`",
        )
    )


def _nowhere(package: PackageName) -> Denied:
    return Denied(
        Refusal(
            code="no-package",
            message=f"there is no package {quoted(str(package))} here, and no upstream for it",
        )
    )
