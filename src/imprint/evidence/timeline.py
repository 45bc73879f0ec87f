"""A package's publications, and what changed with each: plain facts, of what is said or verified.

Unknown is never compared with anything. Not here: what a change means (drift, policy).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.attestations.workflow_references import caller_of
from imprint.evidence.verdict import Standing
from imprint.npm.published import moment_of
from imprint.publishers.publications import CredentialKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.evidence.recorded import Recorded
    from imprint.evidence.verdict import Verdict
    from imprint.identity.workload import Workload
    from imprint.npm.published import ClaimedPublisher, Packument, PublishedVersion

CLAIMED, NONE = "claimed", "none"
_PROVENANCE = "provenance"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that is another than at the publication before."""

    fact: str
    before: str
    after: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One publication. None: nobody says."""

    version: str
    published: float | None
    """Unix seconds, by the registry's word."""
    credential: str | None
    """`trusted-publisher` or `token`."""
    user: str | None = None
    publisher: str | None = None
    approver: str | None = None
    repository: str | None = None
    repository_id: str | None = None
    workflow: str | None = None
    ref: str | None = None
    environment: str | None = None
    identity_source: str | None = None
    """`certificate` (verified), or `registry` (its record)."""
    provenance: str
    """`verified`, `rejected`, `undecided`, `claimed` (by the packument, unverified), `none`."""
    signature: str
    """The same of the registry's signature."""
    code: str | None = None
    """What speaks against it, where it was verified."""
    unpublished: bool = False
    changes: tuple[Change, ...] = ()


_NOTHING = frozenset({NONE, Standing.ABSENT.value})
_COMPARED = (
    "credential",
    "user",
    "publisher",
    "repository",
    "repository_id",
    "workflow",
    "environment",
)


def build_timeline(
    packument: Packument,
    *,
    recorded: Mapping[str, Recorded],
    verdicts: Mapping[str, Verdict],
    limit: int,
) -> tuple[Entry, ...]:
    """Return the newest publications, newest first, each with what changed against the one before.

    `recorded` is what an imprint registry says beside the packument, `verdicts` what was verified.
    Raises Malformed (`malformed-packument`).
    """
    versions = newest(packument, recorded)[: limit + 1]
    entries = [
        _entry(version, packument, recorded.get(version), verdicts.get(version))
        for version in versions
    ]
    shown = zip(entries[:limit], [*entries[1:], None], strict=False)
    return tuple(_with_changes(entry, before) for entry, before in shown)


def newest(packument: Packument, recorded: Mapping[str, Recorded]) -> list[str]:
    """Return every version by its time, the newest first; those without one come last."""
    times = {version: moment_of(one.published) or 0.0 for version, one in recorded.items()}
    times |= {
        version: moment_of(packument.times.get(version)) or 0.0
        for version in packument.raw_versions
    }
    return sorted(times, key=lambda version: times[version], reverse=True)


def _entry(
    version: str, packument: Packument, recorded: Recorded | None, verdict: Verdict | None
) -> Entry:
    published = packument.version(version)
    who = None if published is None else published.publisher
    workload = None if recorded is None else recorded.workload
    identity, source = _identity(workload, verdict)
    return Entry(
        version=version,
        published=moment_of(packument.times.get(version))
        or (None if recorded is None else moment_of(recorded.published)),
        credential=_credential(published, recorded),
        user=_first(recorded, who, "user", "name"),
        publisher=_publisher(published, recorded),
        approver=_first(recorded, who, "approver", "approver"),
        repository=identity.get("repository"),
        repository_id=identity.get("repository_id"),
        workflow=identity.get("workflow"),
        ref=identity.get("ref"),
        environment=identity.get("environment"),
        identity_source=source,
        provenance=_provenance(published, verdict),
        signature=_signature(published, verdict),
        code=None if verdict is None else verdict.code,
        unpublished=published is None,
    )


def _credential(published: PublishedVersion | None, recorded: Recorded | None) -> str | None:
    if recorded is not None:
        return recorded.credential
    if published is None or published.publisher is None:
        return None
    is_trusted = published.publisher.trusted_publisher is not None
    return CredentialKind.TRUSTED_PUBLISHER if is_trusted else CredentialKind.TOKEN


def _first(
    recorded: Recorded | None, who: ClaimedPublisher | None, own: str, npm: str
) -> str | None:
    """Return what the registry's record says; the packument repeats it for clients of npm."""
    found = getattr(who, npm, None) if recorded is None else getattr(recorded, own)
    return found if isinstance(found, str) else None


def _publisher(published: PublishedVersion | None, recorded: Recorded | None) -> str | None:
    if recorded is not None:
        return recorded.publisher
    who = None if published is None else published.publisher
    if who is None or who.trusted_publisher is None:
        return None
    parts = (who.trusted_publisher, who.configuration_id)
    return " ".join(part for part in parts if part is not None)


def _identity(
    workload: Workload | None, verdict: Verdict | None
) -> tuple[Mapping[str, str], str | None]:
    """Return who it was: by the certificate where it was verified, else by the record."""
    if verdict is not None and verdict.identity is not None:
        texts = {n: v for n, v in verdict.identity.items() if isinstance(v, str)}
        return texts, "certificate"
    if workload is None:
        return {}, None
    caller = caller_of(workload)
    found = {
        "repository": workload.repository,
        "repository_id": workload.repository_id,
        "workflow": None if caller is None else caller.path,
        "ref": workload.ref,
        "environment": workload.environment,
    }
    return {n: v for n, v in found.items() if isinstance(v, str)}, "registry"


def _provenance(published: PublishedVersion | None, verdict: Verdict | None) -> str:
    if verdict is not None:
        for one in verdict.attestations:
            if one.predicate_type is not None and _PROVENANCE in one.predicate_type:
                return one.state.value
        # Claimed, and not in the document, or there was none to be had.
        return Standing.UNDECIDED.value if _claims(published) else NONE
    return CLAIMED if _claims(published) else NONE


def _claims(published: PublishedVersion | None) -> bool:
    claimed = None if published is None else published.attestations
    return claimed is not None and claimed.provenance_type is not None


def _signature(published: PublishedVersion | None, verdict: Verdict | None) -> str:
    if verdict is not None:
        return verdict.signature.state.value
    return CLAIMED if published is not None and published.signatures else NONE


def _with_changes(entry: Entry, before: Entry | None) -> Entry:
    return entry if before is None else replace(entry, changes=tuple(_changes(entry, before)))


def _changes(entry: Entry, before: Entry) -> list[Change]:
    found = []
    for fact in _COMPARED:
        old, new = getattr(before, fact), getattr(entry, fact)
        if old is not None and new is not None and old != new:
            found.append(Change(fact=fact, before=old, after=new))
    for fact in ("provenance", "signature"):
        old, new = getattr(before, fact), getattr(entry, fact)
        # Whether it was verified this time is no change: whether it is there is one.
        both_there = not before.unpublished and not entry.unpublished
        if both_there and (old in _NOTHING) != (new in _NOTHING):
            found.append(Change(fact=fact, before=old, after=new))
    return found
