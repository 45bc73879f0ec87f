"""What is believed, piece by piece: as lines for people, and as values for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict

from imprint.cli.report import table
from imprint.upstream.trust.changes import described_window, fingerprint
from imprint.upstream.trust.staleness import DAY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.attestations.roots import CertificateAuthority, Log, Window
    from imprint.upstream.trust.trust import KeptDomain, KeptKeys

SHOWN_CHARACTERS = 16
"""Of a fingerprint, for people."""


def facts(kept: KeptDomain) -> Iterator[str]:
    """Yield the lines of a domain: what it owes, who may sign, authorities and logs."""
    owed = ", ".join(f"{name} {n}" for name, n in asdict(kept.document.thresholds).items())
    yield f"  thresholds: {owed}"
    for issuer in kept.document.issuers:
        more = ", its organizations too" if issuer.organizations else ""
        yield f"  issuer: {issuer.url} ({issuer.provider.value}{more})"
    if kept.document.tuf is not None:
        needs = "" if kept.document.tuf.root is not None else ", whose root has to be given once"
        yield f"  TUF: {kept.document.tuf.repository}{needs}"
    root = kept.domain.root
    rows = [
        *_authority_rows("signing authority", root.signing_authorities),
        *_authority_rows("timestamp authority", root.timestamp_authorities),
        *_log_rows("transparency log", root.logs),
        *_log_rows("certificate log", root.certificate_logs),
    ]
    yield from (f"  {line}" for line in table(rows))


def domain_values(kept: KeptDomain, now: float) -> dict[str, object]:
    """Return a domain for programs."""
    document, root = kept.document, kept.domain.root
    return {
        "name": document.name,
        "place": kept.place,
        "source": document.source,
        "updated_at": document.updated_at,
        "age_days": _age(document.updated_at, now),
        "digest": document.digest,
        "thresholds": asdict(document.thresholds),
        "issuers": [asdict(issuer) for issuer in document.issuers],
        "signing": None if document.signing is None else asdict(document.signing),
        "tuf": None if document.tuf is None else document.tuf.repository,
        "has_tuf_root": document.tuf is not None and document.tuf.root is not None,
        "authorities": [_authority(one) for one in root.signing_authorities],
        "timestamp_authorities": [_authority(one) for one in root.timestamp_authorities],
        "logs": [_log(one) for one in root.logs],
        "certificate_logs": [_log(one) for one in root.certificate_logs],
    }


def keys_values(kept: KeptKeys, now: float) -> dict[str, object]:
    """Return a registry's keys for programs."""
    document = kept.document
    return {
        "registry": document.label,
        "place": kept.place,
        "source": document.source,
        "updated_at": document.updated_at,
        "age_days": _age(document.updated_at, now),
        "digest": document.digest,
        "domain": document.domain,
        "keys": [
            {"key_id": key.key_id, "usages": sorted(key.usages), **_window(key.window)}
            for key in kept.keys.keys
        ],
    }


def _authority_rows(
    what: str, authorities: tuple[CertificateAuthority, ...]
) -> Iterator[tuple[str, ...]]:
    for one in authorities:
        shown = fingerprint(one)[:SHOWN_CHARACTERS]
        yield what, one.uri, shown, described_window(one.window)


def _log_rows(what: str, logs: tuple[Log, ...]) -> Iterator[tuple[str, ...]]:
    for log in logs:
        shown = log.log_id.hex()[:SHOWN_CHARACTERS]
        yield what, log.base_url, shown, described_window(log.window)


def _authority(one: CertificateAuthority) -> dict[str, object]:
    return {"uri": one.uri, "sha256": fingerprint(one), **_window(one.window)}


def _log(log: Log) -> dict[str, object]:
    return {"base_url": log.base_url, "log_id": log.log_id.hex(), **_window(log.window)}


def _window(window: Window) -> dict[str, float | None]:
    return {"start": window.start, "end": window.end}


def _age(updated_at: float, now: float) -> int:
    return int((now - updated_at) // DAY_SECONDS)
