"""Reads that take more than a look-up: tarballs, single manifests, restricted packuments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.http.ready import CORGI_TYPE
from imprint.http.replies import JSON_TYPE, NO_STORE, FileReply, Headers, Reply
from imprint.npm.packument import render_corgi, render_full, render_manifest
from imprint.publishers.credentials import judge_read
from imprint.refusals import Refusal, quoted
from imprint.registry.authority.principals import Anonymous, CredentialHolder, TokenHolder, identify
from imprint.registry.outcomes import Outcome, refused
from imprint.registry.reading.rendering import parts_of
from imprint.storage import packages

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.http.routes import Manifest, Packument, Tarball
    from imprint.npm.names import PackageName
    from imprint.registry.context import Registry
    from imprint.storage.packages import Package

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z")


def readable(
    registry: Registry, connection: Connection, request: Request, name: PackageName
) -> Package | Refusal:
    """Return the package when the sender may read it, else why not.

    A restricted package looks like none to whoever may not read it.
    """
    principal = identify(registry, connection, request)
    package = packages.find(connection, str(name))
    missing = Refusal(code="no-package", message=f"there is no package `{name}` in this registry")
    if isinstance(principal, CredentialHolder):
        refusal = judge_read(
            principal.credential,
            package=name,
            now=registry.clock(),
            publisher_revision=principal.publisher_revision,
        )
        if refusal is not None:
            return refusal
        if package is None or package.unpublished_at is not None:
            return missing
        # Whoever took over a repository's name reads nothing of it before an owner looks.
        hidden = principal.credential.stage_only and package.access != "public"
        return missing if hidden else package
    if package is None or package.unpublished_at is not None:
        return missing
    if package.access == "public":
        return package
    match principal:
        case Refusal():
            return principal
        case Anonymous():
            return missing
        case TokenHolder(user=user):
            if not principal.is_for(name):
                return missing
            owners = packages.owners_of(connection, package.id)
            if user.is_admin or any(owner.user_id == user.id for owner in owners):
                return package
            return missing


def packument(registry: Registry, request: Request, route: Packument) -> Outcome:
    """`GET /<name>` for restricted packages, for publish credentials and before an edit."""
    with registry.database.reading() as connection:
        package = readable(registry, connection, request, route.package)
        if isinstance(package, Refusal):
            # Every first publication asks whether there is a package already: no notice then.
            return refused(package, noticed=package.code != "no-package")
        parts = parts_of(registry, connection, package)
    if not parts.versions:
        return refused(_no_version(route.package, "latest"))
    is_corgi = CORGI_TYPE in (request.header("accept") or "")
    is_edit = request.parameter("write") is not None
    document = render_corgi(parts) if is_corgi and not is_edit else render_full(parts)
    return Outcome(_json_bytes(document))


def manifest(registry: Registry, request: Request, route: Manifest) -> Outcome:
    """`GET /<name>/<version or tag>`."""
    with registry.database.reading() as connection:
        package = readable(registry, connection, request, route.package)
        if isinstance(package, Refusal):
            return refused(package)
        parts = parts_of(registry, connection, package)
    wanted = parts.dist_tags.get(route.selector, route.selector)
    for version in parts.versions:
        if version.version == wanted:
            return Outcome(_json_bytes(render_manifest(parts, version)))
    return refused(_no_version(route.package, route.selector))


def tarball(registry: Registry, request: Request, route: Tarball) -> Outcome:
    """`GET /<name>/-/<file>.tgz`, whole or a range of it."""
    with registry.database.reading() as connection:
        blob = packages.blob_of(connection, str(route.package), route.version)
        if blob is None or blob[2] != "public" or _has_ours(request):
            package = readable(registry, connection, request, route.package)
            if isinstance(package, Refusal):
                return refused(package)
    if blob is None:
        return refused(_no_version(route.package, route.version))
    sha256, size, access = blob
    return Outcome(blob_reply(registry, request, sha256, size, is_public=access == "public"))


def blob_reply(
    registry: Registry, request: Request, sha256: str, size: int, *, is_public: bool
) -> FileReply:
    """Return a blob as a reply, with `range` and `if-none-match` answered."""
    etag = f'"{sha256}"'
    cache = "public, max-age=31536000, immutable" if is_public else "private, no-store"
    headers: Headers = (
        (b"content-type", b"application/octet-stream"),
        (b"etag", etag.encode()),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", cache.encode()),
    )
    first, last, status = 0, size - 1, 200
    asked = _RANGE.match(request.header("range") or "")
    if asked is not None and (found := _range(asked[1], asked[2], size)) is not None:
        first, last = found
        status = 206
        headers += ((b"content-range", f"bytes {first}-{last}/{size}".encode()),)
    headers += ((b"content-length", str(last - first + 1).encode()),)
    return FileReply(
        headers=headers,
        sha256=sha256,
        path=registry.blobs.path(sha256),
        first=first,
        last=last,
        status=status,
    )


def _range(first: str, last: str, size: int) -> tuple[int, int] | None:
    if not first:
        return (max(size - int(last), 0), size - 1) if last and int(last) > 0 else None
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    return (start, end) if start <= end else None


def _has_ours(request: Request) -> bool:
    return "imp_" in (request.header("authorization") or "")


def _json_bytes(document: bytes) -> Reply:
    return Reply(status=200, headers=(JSON_TYPE, NO_STORE), body=document)


def _no_version(name: PackageName, selector: str) -> Refusal:
    return Refusal(code="no-version", message=f"`{name}` has no version or tag {quoted(selector)}")
