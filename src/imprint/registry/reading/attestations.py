"""Attestations over HTTP: npm's document of one version, ours beside it, and many in one answer.

What is served at npm's route is verified; what is merely signed, because there is no log or it has
not answered yet, stands in our own answer alone, under a name of its own.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated

import msgspec

from imprint.http.replies import JSON_TYPE, Reply
from imprint.npm.names import PackageName
from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry.attesting.serving import listed
from imprint.registry.outcomes import Outcome, refused
from imprint.registry.reading.reads import readable
from imprint.storage import attestations, packages
from imprint.storage.attestations import Kind, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.registry.context import Registry
    from imprint.storage.attestations import AttestedVersion, ServedAttestation, StoredAttestation
    from imprint.storage.packages import Package

MOST_ASKED = 500
MOST_BULK_BODY_BYTES = 256 * 1024
MOST_ANSWER_BYTES = 32 * 1024 * 1024
"""Of bundles in one answer: they have up to 256 kB each, and usually seven."""
_READ_AT_ONCE = 50
_MOST_NAME_CHARACTERS = 512


def npm_document(registry: Registry, request: Request, name: PackageName, version: str) -> Outcome:
    """`GET /-/npm/v1/attestations/<name>@<version>`: npm's shape, with what is verified."""
    with registry.database.reading() as connection:
        package = readable(registry, connection, request, name)
        if isinstance(package, Refusal):
            return refused(package)
        found = attestations.served_of(connection, str(name), version)
    if found is None:
        return refused(_no_version(name, version))
    if not found.attestations:
        return refused(_no_attestations(name, version))
    document = msgspec.json.encode({"attestations": _listed(found.attestations)})
    # Provenance comes with the version or never; the registry's own statement may come later.
    is_complete = any(one.kind is Kind.PUBLISH for one in found.attestations)
    return Outcome(_cached(request, document, package, is_complete=is_complete))


def own_document(registry: Registry, request: Request, name: PackageName, version: str) -> Outcome:
    """`GET /-/imprint/v1/attestations/<name>@<version>`: that, and what is signed and waits.

    `waiting` has bundles with a signature of the registry's and no log entry: nothing but its key
    proves them, so no stock client is told of them.
    """
    with registry.database.reading() as connection:
        package = readable(registry, connection, request, name)
        if isinstance(package, Refusal):
            return refused(package)
        stored = packages.version_of(connection, package.id, version)
        if stored is None or stored.unpublished_at is not None:
            return refused(_no_version(name, version))
        found = attestations.of_version(connection, stored.id)
    verified = [one for one in found if one.state is State.VERIFIED]
    waiting = [one for one in found if one.state is State.WAITING]
    if not verified and not waiting:
        return refused(_no_attestations(name, version))
    document = msgspec.json.encode({"attestations": _listed(verified), "waiting": _listed(waiting)})
    is_complete = any(one.kind is Kind.PUBLISH for one in verified)
    return Outcome(_cached(request, document, package, is_complete=is_complete))


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(max_length=_MOST_NAME_CHARACTERS)]
    sha512: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{128}$")] | None = None


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    packages: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=_MOST_NAME_CHARACTERS)] | _Asked],
        msgspec.Meta(max_length=MOST_ASKED),
    ]


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a bulk request; `refusal` where it cannot be one."""

    id: str
    sha512: str | None
    name: PackageName | None = None
    version: str = ""
    refusal: Refusal | None = None


def bulk(registry: Registry, request: Request) -> Outcome:
    """`POST /-/imprint/v1/attestations`: the verified attestations of many versions, in order.

    The body is `{"packages": ["name@version", {"id": "name@version", "sha512": hex}, …]}`. Each of
    them is answered for itself, with `attestations` or with the `code` and `message` of a refusal.
    Raises Malformed for a body that is none.
    """
    try:
        body = msgspec.json.decode(request.body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Malformed(
            "malformed-body",
            f"the body is not a list of at most {MOST_ASKED} `name@version`: {quoted(str(err))}",
            hint='send `{"packages": ["@acme/widget@1.0.0"]}`',
        ) from err
    wanted = [_wanted(one if isinstance(one, _Asked) else _Asked(id=one)) for one in body.packages]
    with registry.database.reading() as connection:
        readers = _readers(registry, connection, request, wanted)
        found = _found(
            connection,
            (
                (str(one.name), one.version)
                for one in wanted
                if one.name is not None and not isinstance(readers[one.name], Refusal)
            ),
        )
    items = _answered(wanted, readers, found)
    body_bytes = msgspec.json.encode({"packages": items})
    headers = (JSON_TYPE, (b"cache-control", b"private, no-store"))
    return Outcome(Reply(status=200, headers=headers, body=body_bytes))


def _wanted(asked: _Asked) -> _Wanted:
    name, _, version = asked.id.rpartition("@")
    try:
        parsed = PackageName.parse(name)
    except Malformed as err:
        return _Wanted(id=asked.id, sha512=asked.sha512, refusal=err.refusal())
    return _Wanted(id=asked.id, sha512=asked.sha512, name=parsed, version=version)


def _readers(
    registry: Registry, connection: Connection, request: Request, wanted: Iterable[_Wanted]
) -> Mapping[PackageName, Package | Refusal]:
    names = dict.fromkeys(one.name for one in wanted if one.name is not None)
    return {name: readable(registry, connection, request, name) for name in names}


def _found(
    connection: Connection, pairs: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], AttestedVersion | None]:
    """Return the versions in their order, up to where the answer is full; those after are missing.

    None: there is no such version. A few at a time: all of them may have hundreds of megabytes.
    """
    asked = list(dict.fromkeys(pairs))
    found: dict[tuple[str, str], AttestedVersion | None] = {}
    size_bytes = 0
    for start in range(0, len(asked), _READ_AT_ONCE):
        if size_bytes > MOST_ANSWER_BYTES:
            break
        some = asked[start : start + _READ_AT_ONCE]
        there = attestations.of_versions(connection, some)
        found |= {pair: there.get(pair) for pair in some}
        size_bytes += sum(map(_size_of, there.values()))
    return found


def _size_of(version: AttestedVersion) -> int:
    return sum(len(attestation.bundle) for attestation in version.attestations)


def _answered(
    wanted: Iterable[_Wanted],
    readers: Mapping[PackageName, Package | Refusal],
    found: Mapping[tuple[str, str], AttestedVersion | None],
) -> list[dict[str, object]]:
    items: list[dict[str, object]] = []
    size_bytes = 0
    for one in wanted:
        answer = _judged(one, readers, found)
        if not isinstance(answer, Refusal):
            size_bytes += _size_of(answer)
            if size_bytes > MOST_ANSWER_BYTES:
                answer = _ANSWER_FULL
        if isinstance(answer, Refusal):
            items.append({"id": one.id, "code": answer.code, "message": answer.message})
        else:
            items.append({"id": one.id, "attestations": _listed(answer.attestations)})
    return items


def _judged(
    one: _Wanted,
    readers: Mapping[PackageName, Package | Refusal],
    found: Mapping[tuple[str, str], AttestedVersion | None],
) -> AttestedVersion | Refusal:
    if one.name is None or one.refusal is not None:
        return one.refusal or Refusal(code="no-package", message="there is no such package")
    reader = readers[one.name]
    if isinstance(reader, Refusal):
        return reader
    pair = (str(one.name), one.version)
    if pair not in found:
        return _ANSWER_FULL
    version = found[pair]
    if version is None:
        return _no_version(one.name, one.version)
    if one.sha512 is not None and one.sha512 != version.sha512:
        return Refusal(
            code="artifact-differs",
            message=f"the tarball of `{one.name}@{one.version}` has another sha512 here:"
            f" `{version.sha512}`",
            hint="what you have did not come from this registry: compare the lockfile",
        )
    if not version.attestations:
        return _no_attestations(one.name, one.version)
    return version


def _listed(found: Iterable[ServedAttestation | StoredAttestation]) -> list[dict[str, object]]:
    return listed((one.predicate_type, one.bundle) for one in found)


def _cached(request: Request, document: bytes, package: Package, *, is_complete: bool) -> Reply:
    """Return the document, and for how long it may be kept: a withdrawn key changes whole ones."""
    etag = f'"{hashlib.sha256(document).hexdigest()[:32]}"'
    is_public = package.access == "public"
    if not is_public:
        cache = "private, no-store"
    elif is_complete:
        cache = "public, max-age=300"
    else:
        cache = "public, no-cache"
    headers = ((b"etag", etag.encode()), (b"cache-control", cache.encode()))
    if etag in (request.header("if-none-match") or ""):
        return Reply(status=304, headers=headers)
    return Reply(status=200, headers=(JSON_TYPE, *headers), body=document)


def _no_version(name: PackageName, version: str) -> Refusal:
    return Refusal(code="no-version", message=f"`{name}` has no version {quoted(version)}")


def _no_attestations(name: PackageName, version: str) -> Refusal:
    return Refusal(
        code="no-attestations",
        message=f"there are no verified attestations of `{name}@{version}` here",
        hint=f"`/-/imprint/v1/attestations/{name}@{version}` has what still waits for its log",
    )


_ANSWER_FULL = Refusal(
    code="answer-full",
    message=f"the answer has {MOST_ANSWER_BYTES} bytes of attestations already: ask for it again",
)
