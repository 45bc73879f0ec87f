"""What a renewal changes of a trust domain or of a registry's keys: shown before it is written."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec.structs import asdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.attestations.roots import CertificateAuthority, Log, Window
    from imprint.upstream.trust.trust import KeptDomain, KeptKeys

Fact: TypeAlias = tuple[str, str, str]
"""What, which one, and what is said of it."""


class ChangeKind(StrEnum):
    """What happens to something that is believed."""

    REMOVED = "removed"
    CHANGED = "changed"
    ADDED = "added"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is believed from now on, is not any more, or otherwise than before."""

    kind: ChangeKind
    what: str
    """Such as `transparency log`."""
    name: str
    before: str | None
    after: str | None


def domain_changes(before: KeptDomain | None, after: KeptDomain) -> tuple[Change, ...]:
    """Return what differs, removals first; all of it is new where there was no domain before."""
    return _differences(() if before is None else _of_domain(before), _of_domain(after))


def keys_changes(before: KeptKeys | None, after: KeptKeys) -> tuple[Change, ...]:
    """Return what differs, removals first; all of it is new where there were no keys before."""
    return _differences(() if before is None else _of_keys(before), _of_keys(after))


def fingerprint(authority: CertificateAuthority) -> str:
    """Return the sha256 of the authority's certificates, hex: renewed ones have another."""
    chain = b"".join(one.der for one in authority.certificates)
    return sha256(chain).hexdigest()


def described_window(window: Window) -> str:
    """Return a window for people, such as `2021-01-12 to 2022-12-31`."""
    if window.start is None:
        return "never"
    return f"from {_day(window.start)}" + ("" if window.end is None else f" to {_day(window.end)}")


def _day(moment: float) -> str:
    try:
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return "beyond all calendars"


def _differences(before: Iterable[Fact], after: Iterable[Fact]) -> tuple[Change, ...]:
    old = {(what, name): said for what, name, said in before}
    new = {(what, name): said for what, name, said in after}
    found = [
        Change(
            kind=_kind(old.get(key), new.get(key)),
            what=key[0],
            name=key[1],
            before=old.get(key),
            after=new.get(key),
        )
        for key in {**old, **new}
        if old.get(key) != new.get(key)
    ]
    return tuple(sorted(found, key=lambda one: list(ChangeKind).index(one.kind)))


def _kind(before: str | None, after: str | None) -> ChangeKind:
    if after is None:
        return ChangeKind.REMOVED
    return ChangeKind.ADDED if before is None else ChangeKind.CHANGED


def _of_domain(kept: KeptDomain) -> Iterator[Fact]:
    root = kept.domain.root
    yield from _of_authorities("signing authority", root.signing_authorities)
    yield from _of_authorities("timestamp authority", root.timestamp_authorities)
    yield from _of_logs("transparency log", root.logs)
    yield from _of_logs("certificate transparency log", root.certificate_logs)
    for issuer in kept.domain.issuers:
        more = ", its organizations too" if issuer.organizations else ""
        yield "issuer", issuer.url, f"{issuer.provider.value}{more}"
    for name, number in asdict(kept.domain.thresholds).items():
        yield "threshold", name, str(number)
    if kept.document.signing is not None:
        for name, url in asdict(kept.document.signing).items():
            yield "address", name, url or "none"
    if kept.document.tuf is not None:
        yield "address", "TUF repository", kept.document.tuf.repository


def _of_authorities(what: str, authorities: Iterable[CertificateAuthority]) -> Iterator[Fact]:
    for one in authorities:
        yield what, f"{one.uri} {fingerprint(one)[:16]}", described_window(one.window)


def _of_logs(what: str, logs: Iterable[Log]) -> Iterator[Fact]:
    for log in logs:
        yield what, f"{log.base_url} {log.log_id.hex()[:16]}", described_window(log.window)


def _of_keys(kept: KeptKeys) -> Iterator[Fact]:
    for key in kept.keys.keys:
        uses = ", ".join(sorted(key.usages))
        # The id is what the registry calls it: the key itself may not change below it unseen.
        spki = sha256(key.spki).hexdigest()[:16]
        yield f"key for {uses}", f"{key.key_id} {spki}", described_window(key.window)
