"""Renewing trust: what would be kept from now on, judged, with what changes. Nothing is written.

`store.keep_domain` and `store.keep_keys` write it, once whoever asked has seen the changes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.attestations.domains import Thresholds
from imprint.attestations.reading.key_sets import read_key_set
from imprint.attestations.reading.trusted_roots import read_trusted_root
from imprint.refusals import Malformed, quoted
from imprint.upstream.trust.addresses import check_service_address
from imprint.upstream.trust.changes import Change, domain_changes, keys_changes
from imprint.upstream.trust.documents import (
    DomainDocument,
    KeysDocument,
    TufSource,
    check_thresholds,
    is_domain_name,
)
from imprint.upstream.trust.instance import check_owed, derived_thresholds, read_instance
from imprint.upstream.trust.registry_labels import host_of_label
from imprint.upstream.trust.trust import EMBEDDED, STAGING, KeptDomain, KeptKeys
from imprint.upstream.trust.tuf import TRUSTED_ROOT_TARGET, check_root, fetch_targets, keys_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from imprint.attestations.domains import AllowedIssuer
    from imprint.upstream.trust.instance import Instance
    from imprint.upstream.trust.trust import Trust


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of a domain beside its root; None and empty: as it was."""

    issuers: tuple[AllowedIssuer, ...] = ()
    thresholds: Mapping[str, int] | None = None
    """By the names of `Thresholds`; those that are missing stay."""
    tuf_repository: str | None = None
    tuf_root: bytes | None = None


class DomainRenewal(msgspec.Struct, frozen=True, kw_only=True):
    """A domain as it would be kept."""

    document: DomainDocument
    changes: tuple[Change, ...]


class KeysRenewal(msgspec.Struct, frozen=True, kw_only=True):
    """A registry's keys as they would be kept."""

    document: KeysDocument
    changes: tuple[Change, ...]


def renewed_from_file(
    trust: Trust, name: str, raw: bytes, *, source: str, wishes: Wishes, now: float
) -> DomainRenewal:
    """Return the domain with the root of a file: a client trust configuration, or a trusted root.

    Raises Malformed with the code of what is wrong.
    """
    instance = read_instance(raw, now=now)
    tuf = _tuf_source(trust, name, wishes)
    if wishes.tuf_root is not None:
        check_root(wishes.tuf_root)
    return _renewed(trust, name, instance, tuf=tuf, source=source, wishes=wishes, now=now)


def renewed_by_tuf(
    trust: Trust, name: str, *, folder: Path, labels: tuple[str, ...], wishes: Wishes, now: float
) -> tuple[DomainRenewal, tuple[KeysRenewal, ...]]:
    """Return the domain, and registries' keys, as its TUF repository has them now.

    `labels` are registries whose keys are wanted from there, beside those that came from there
    before. Raises Malformed (`no-tuf-root`, `no-tuf-repository`, `trust-update-refused` and the
    codes of what is wrong), Unavailable (`trust-update-unavailable`).
    """
    tuf = _tuf_source(trust, name, wishes)
    if tuf is None:
        raise Malformed(
            "no-tuf-repository",
            f"the trust domain {quoted(name)} has no TUF repository",
            hint="name it with `--tuf URL`, or give a file with `--file F`",
        )
    if tuf.root is None:
        raise Malformed(
            "no-tuf-root",
            f"nothing is known of the TUF repository `{tuf.repository}` to begin with",
            hint="the first time give its root.json, had from somebody you trust: `--root FILE`",
        )
    wanted = {label: keys_target(host_of_label(label)) for label in _labels(trust, name, labels)}
    fetched = fetch_targets(
        tuf.repository,
        root=tuf.root,
        folder=folder,
        names=(TRUSTED_ROOT_TARGET, *wanted.values()),
        is_new_root=wishes.tuf_root is not None,
    )
    for target in (TRUSTED_ROOT_TARGET, *(wanted[label] for label in labels)):
        if target not in fetched.targets:
            raise Malformed(
                "trust-update-refused",
                f"the TUF repository `{tuf.repository}` has no target {quoted(target)}",
            )
    source = f"TUF repository {tuf.repository}"
    renewal = _renewed(
        trust,
        name,
        read_instance(fetched.targets[TRUSTED_ROOT_TARGET], now=now),
        tuf=replace(tuf, root=fetched.root),
        source=source,
        wishes=wishes,
        now=now,
    )
    keys = tuple(
        renewed_keys(trust, label, fetched.targets[target], source=source, domain=name, now=now)
        for label, target in wanted.items()
        if target in fetched.targets
    )
    return renewal, keys


def renewed_keys(
    trust: Trust, label: str, raw: bytes, *, source: str, domain: str | None, now: float
) -> KeysRenewal:
    """Return a registry's keys as the document has them; raises Malformed (`malformed-key-set`)."""
    read_key_set(raw)
    # What the registry says beside its keys is not kept.
    keys = json.dumps({"keys": json.loads(raw)["keys"]}).encode()
    document = KeysDocument(
        label=label, source=source, updated_at=now, raw_keys=keys, domain=domain
    )
    changes = keys_changes(trust.kept_keys.get(label), KeptKeys(document=document, place=source))
    return KeysRenewal(document=document, changes=changes)


def renewable(trust: Trust) -> tuple[str, ...]:
    """Return the domains that have all that a renewal through TUF needs.

    Not the embedded staging domain: it vouches for nothing, until somebody keeps a file of it.
    """
    return tuple(
        name
        for name, kept in trust.kept_domains.items()
        if kept.document.tuf is not None
        and kept.document.tuf.root is not None
        and not (name == STAGING and kept.place == EMBEDDED)
    )


def _renewed(
    trust: Trust,
    name: str,
    instance: Instance,
    *,
    tuf: TufSource | None,
    source: str,
    wishes: Wishes,
    now: float,
) -> DomainRenewal:
    if not is_domain_name(name):
        raise Malformed(
            "trust-domain-name",
            f"the trust domain is called {quoted(name)}: it takes lower-case letters, digits and"
            " dashes",
        )
    before = trust.kept_domains.get(name)
    issuers = wishes.issuers or (() if before is None else before.domain.issuers)
    if not issuers:
        raise Malformed(
            "no-issuer-allowed",
            f"the trust domain {quoted(name)} is new, and nobody is allowed to sign in it",
            hint="name the issuers of its CI runs with `--issuer URL=github`, or the domain that"
            " is meant with `--domain NAME`",
        )
    signing = instance.signing or (None if before is None else before.document.signing)
    document = DomainDocument(
        name=name,
        source=source,
        updated_at=now,
        thresholds=Thresholds() if before is None else before.domain.thresholds,
        issuers=issuers,
        raw_trusted_root=instance.raw_trusted_root,
        signing=signing,
        tuf=tuf,
    )
    root = read_trusted_root(document.raw_trusted_root)
    thresholds = derived_thresholds(root) if before is None else document.thresholds
    thresholds = replace(thresholds, **(wishes.thresholds or {}))
    check_thresholds(thresholds)
    check_owed(thresholds, root)
    document = replace(document, thresholds=thresholds)
    return DomainRenewal(
        document=document,
        changes=domain_changes(before, KeptDomain(document=document, place=source)),
    )


def _tuf_source(trust: Trust, name: str, wishes: Wishes) -> TufSource | None:
    kept = trust.kept_domains.get(name)
    known = None if kept is None else kept.document.tuf
    repository = wishes.tuf_repository or (None if known is None else known.repository)
    if repository is None:
        return None
    # A mirror has the same root; somebody else's repository fails at its first signature.
    root = wishes.tuf_root or (None if known is None else known.root)
    return TufSource(repository=check_service_address(repository, "TUF repository"), root=root)


def _labels(trust: Trust, name: str, labels: tuple[str, ...]) -> tuple[str, ...]:
    from_there = (label for label, kept in trust.kept_keys.items() if kept.document.domain == name)
    return tuple(dict.fromkeys((*labels, *from_there)))
