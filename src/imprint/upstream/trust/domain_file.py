"""The file of a trust domain: `read_domain` and `render_domain`. Not here: where it lies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from msgspec.structs import asdict

from imprint.attestations.domains import AllowedIssuer, Thresholds
from imprint.identity.workload import Provider
from imprint.refusals import Malformed, quoted
from imprint.tokens.registration import check_issuer_url
from imprint.upstream.trust.addresses import check_service_address
from imprint.upstream.trust.documents import (
    DomainDocument,
    SigningAddresses,
    TufSource,
    check_thresholds,
    is_domain_name,
)
from imprint.upstream.trust.members import (
    CODE,
    moment_of,
    object_of,
    parse,
    render,
    rendered_moment,
    text_of,
    wrong,
)

if TYPE_CHECKING:
    from imprint.npm.strict_json import Json, JsonObject

MAX_ISSUERS: Final = 256


def read_domain(raw: bytes) -> DomainDocument:
    """Return what a domain's file says.

    Raises Malformed: `trust-file`, `trust-thresholds`, `trust-address`, `malformed-issuer-url`.
    """
    members = parse(raw, "trust domain")
    name = text_of(members, "name")
    if not is_domain_name(name):
        raise wrong("name", name, "lower-case letters, digits and dashes")
    return DomainDocument(
        name=name,
        source=text_of(members, "source"),
        updated_at=moment_of(members, "updated_at"),
        thresholds=_thresholds(object_of(members, "thresholds")),
        issuers=_issuers(members.get("issuers")),
        raw_trusted_root=json.dumps(object_of(members, "trusted_root")).encode(),
        signing=_signing(object_of(members, "signing")) if "signing" in members else None,
        tuf=_tuf(object_of(members, "tuf")) if "tuf" in members else None,
    )


def render_domain(document: DomainDocument) -> bytes:
    """Return the file; `read_domain` reads the same from it."""
    members: dict[str, object] = {
        "name": document.name,
        "source": document.source,
        "updated_at": rendered_moment(document.updated_at),
        "thresholds": asdict(document.thresholds),
        "issuers": [asdict(issuer) for issuer in document.issuers],
    }
    if document.signing is not None:
        named = asdict(document.signing)
        members["signing"] = {name: url for name, url in named.items() if url is not None}
    if (tuf := document.tuf) is not None:
        root = {} if tuf.root is None else {"root": json.loads(tuf.root)}
        members["tuf"] = {"repository": tuf.repository, **root}
    members["trusted_root"] = json.loads(document.raw_trusted_root)
    return render(members)


def _thresholds(members: JsonObject) -> Thresholds:
    numbers = {}
    for name in Thresholds.__struct_fields__:
        number = members.get(name)
        if not isinstance(number, int) or isinstance(number, bool):
            raise Malformed(CODE, f"the threshold `{name}` is no whole number")
        numbers[name] = number
    found = Thresholds(**numbers)
    check_thresholds(found)
    return found


def _issuers(value: Json) -> tuple[AllowedIssuer, ...]:
    # Whom a domain lets sign is never left open: an empty list is a mistake, too.
    if not isinstance(value, list) or not 0 < len(value) <= MAX_ISSUERS:
        raise Malformed(CODE, f"`issuers` is no list of 1 to {MAX_ISSUERS} issuers")
    return tuple(_issuer(one) for one in value)


def _issuer(value: Json) -> AllowedIssuer:
    if not isinstance(value, dict):
        raise Malformed(CODE, "an issuer is no JSON object")
    url, word = text_of(value, "url"), text_of(value, "provider")
    organizations = value.get("organizations", False)
    if not isinstance(organizations, bool):
        raise Malformed(CODE, f"`organizations` of the issuer {quoted(url)} is not true or false")
    try:
        provider = Provider(word)
    except ValueError as err:
        raise wrong("provider", word, ", ".join(f"`{one}`" for one in Provider)) from err
    check_issuer_url(url, provider=provider)
    return AllowedIssuer(url=url, provider=provider, organizations=organizations)


def _signing(members: JsonObject) -> SigningAddresses:
    fulcio, rekor, timestamp = (
        check_service_address(text_of(members, name), name) if name in members else None
        for name in ("fulcio", "rekor", "timestamp")
    )
    if fulcio is None:
        raise Malformed(CODE, "`signing` has no `fulcio`: without a certificate nothing is signed")
    return SigningAddresses(fulcio=fulcio, rekor=rekor, timestamp=timestamp)


def _tuf(members: JsonObject) -> TufSource:
    repository = check_service_address(text_of(members, "repository"), "repository")
    root = json.dumps(object_of(members, "root")).encode() if "root" in members else None
    return TufSource(repository=repository, root=root)
