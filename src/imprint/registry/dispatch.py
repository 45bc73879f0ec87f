"""Which use case answers which route and method. Nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.http import routes
from imprint.http.replies import Reply, json_reply
from imprint.refusals import Refusal, quoted
from imprint.registry.accounts import sessions, tokens
from imprint.registry.outcomes import Outcome, refused
from imprint.registry.publishing import dist_tags, edits, publish, staged
from imprint.registry.reading import advisories, attestations, keys, reads
from imprint.registry.trust import access, publishers

if TYPE_CHECKING:
    from imprint.http.requests import Request
    from imprint.registry.context import Registry


def answer(registry: Registry, request: Request, route: routes.Route) -> Outcome:
    """Answer any route but the exchange, which waits for keys (`exchange_route.py`)."""
    method = "GET" if request.method == "HEAD" else request.method
    match route:
        case routes.Word(word=word):
            outcome = _word(registry, request, word, method)
        case routes.Packument() | routes.Manifest() | routes.Tarball() | routes.Revision():
            outcome = _package(registry, request, route, method)
        case routes.Attestations(package=name, version=version):
            outcome = None
            if method == "GET":
                outcome = attestations.npm_document(registry, request, name, version)
        case routes.Stage() | routes.StagedItems() | routes.StagedItem():
            outcome = _stage(registry, request, route, method)
        case routes.Account() | routes.OwnToken() | routes.Tokens():
            outcome = _account(registry, request, route, method)
        case routes.DistTags() | routes.Trust():
            outcome = _tags_and_trust(registry, request, route, method)
        case routes.PackageAspect():
            outcome = _aspect(registry, request, route, method)
        case routes.Exchange():
            outcome = None  # `RegistryApp` has answered it
    if outcome is not None:
        return outcome
    return refused(
        Refusal(
            code="method-not-allowed", message=f"this path does not take {quoted(request.method)}"
        )
    )


def _word(registry: Registry, request: Request, word: str, method: str) -> Outcome | None:
    match word, method:
        case "root", "GET":
            location = (b"location", b"/-/imprint/")
            return Outcome(Reply(status=302, headers=(location,)))
        case "ping", "GET":
            return Outcome(json_reply({}))
        case "whoami", "GET":
            return sessions.whoami(registry, request)
        case "profile", "GET":
            return sessions.profile(registry, request)
        case "advisories", "POST":
            return advisories.answered(registry, request)
        case "keys", "GET":
            return keys.keys(registry)
    return None


def _package(
    registry: Registry,
    request: Request,
    route: routes.Packument | routes.Manifest | routes.Tarball | routes.Revision,
    method: str,
) -> Outcome | None:
    match route, method:
        case routes.Packument(), "GET":
            return reads.packument(registry, request, route)
        case routes.Packument(), "PUT":
            return publish.put(registry, request, route.package)
        case routes.Manifest(), "GET":
            return reads.manifest(registry, request, route)
        case routes.Tarball(revision=None), "GET":
            return reads.tarball(registry, request, route)
        case routes.Tarball(), "DELETE":
            return edits.remove_tarball(registry, request, route)
        case routes.Revision(), "PUT":
            return edits.put_revision(registry, request, route.package)
        case routes.Revision(), "DELETE":
            return edits.unpublish_package(registry, request, route.package)
    return None


def _stage(
    registry: Registry,
    request: Request,
    route: routes.Stage | routes.StagedItems | routes.StagedItem,
    method: str,
) -> Outcome | None:
    match route, method:
        case routes.Stage(), "POST":
            return publish.stage(registry, request, route.package)
        case routes.StagedItems(), "GET":
            return staged.list_staged(registry, request)
        case routes.StagedItem(action=None), "GET":
            return staged.view(registry, request, route)
        case routes.StagedItem(action="tarball"), "GET":
            return staged.download(registry, request, route)
        case routes.StagedItem(action="approve"), "POST":
            return staged.approve(registry, request, route)
        case routes.StagedItem(action=None), "DELETE":
            return staged.reject(registry, request, route)
    return None


def _account(
    registry: Registry,
    request: Request,
    route: routes.Account | routes.OwnToken | routes.Tokens,
    method: str,
) -> Outcome | None:
    match route, method:
        case routes.Account(), "PUT":
            return sessions.login(registry, request, route)
        case routes.Account(), "GET":
            return sessions.show_user(registry, request, route)
        case routes.OwnToken(), "DELETE":
            return tokens.logout(registry, request, route)
        case routes.Tokens(key=None), "GET":
            return tokens.list_tokens(registry, request)
        case routes.Tokens(key=None), "POST":
            return tokens.create_token(registry, request)
        case routes.Tokens(), "DELETE":
            return tokens.revoke_token(registry, request, route)
    return None


def _tags_and_trust(
    registry: Registry, request: Request, route: routes.DistTags | routes.Trust, method: str
) -> Outcome | None:
    match route, method:
        case routes.DistTags(tag=None), "GET":
            return dist_tags.list_tags(registry, request, route)
        case routes.DistTags(tag=str()), "PUT":
            return dist_tags.set_tag(registry, request, route)
        case routes.DistTags(tag=str()), "DELETE":
            return dist_tags.drop_tag(registry, request, route)
        case routes.Trust(publisher_id=None), "GET":
            return publishers.list_publishers(registry, request, route.package)
        case routes.Trust(publisher_id=None), "POST":
            return publishers.add_publisher(registry, request, route.package)
        case routes.Trust(publisher_id=str() as publisher_id), "DELETE":
            return publishers.revoke_publisher(registry, request, route.package, publisher_id)
    return None


def _aspect(
    registry: Registry, request: Request, route: routes.PackageAspect, method: str
) -> Outcome | None:
    match route.aspect, method:
        case "visibility", "GET":
            return access.visibility(registry, request, route.package)
        case "access", "GET":
            return access.show_access(registry, request, route.package)
        case "access", "POST":
            return access.set_access(registry, request, route.package)
        case "collaborators", "GET":
            return access.collaborators(registry, request, route.package)
    return None
