"""How much of a lockfile was checked: never is a pass silent. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.audit.model import Coverage
from imprint.evidence.looked import NotLooked
from imprint.history.axes import Origin, Signature
from imprint.history.events import EventId
from imprint.npm.lockfiles.model import LockfileFormat
from imprint.policy.model import Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.audit.model import AuditedPackage
    from imprint.audit.request import AuditRequest
    from imprint.evidence.advisories import FoundAdvisories

_VERIFIED = frozenset({Origin.BOUND, Origin.VERIFIED})
_BROKEN = frozenset(
    {
        EventId.SIGNATURE_INVALID,
        EventId.INTEGRITY_MISMATCH,
        EventId.ATTESTATION_INVALID,
        EventId.ATTESTATION_SUBJECT_MISMATCH,
    }
)
_AXES = {
    "time": "no times: ages, cooldown and history cannot be judged",
    "auth": "no credential: whether a trusted publisher published is not known",
    "origin": "no attestations: provenance is not known",
    "signature": "no signatures",
}


def coverage_of(
    request: AuditRequest,
    packages: Sequence[AuditedPackage],
    *,
    advisories: FoundAdvisories,
    notes: tuple[str, ...],
    hiding: frozenset[str],
    requests: int,
    seconds: float,
) -> Coverage:
    """Return how much was checked, with one line for each thing that was not."""
    own = [one for one in packages if one.bundled_in is None]
    return Coverage(
        packages=len(packages),
        checked=sum(is_checked(one) for one in packages),
        signatures_valid=sum(one.axes.signature is Signature.VALID for one in own),
        provenance_verified=sum(one.axes.origin in _VERIFIED for one in own),
        invalid=sum(any(event.id in _BROKEN for event in one.events) for one in packages),
        is_incomplete=_failed(request, advisories),
        requests=requests,
        seconds=seconds,
        notes=(*advisories.notes, *notes, *_notes(request, packages, hiding)),
    )


def is_checked(package: AuditedPackage) -> bool:
    """Tell whether there is evidence of a package, its own or its carrier's."""
    if package.source not in {"registry", "bundled"}:
        return False
    return all(one.axis != "packument" for one in package.lacking)


def _failed(request: AuditRequest, advisories: FoundAdvisories) -> bool:
    """Tell whether advisories were asked for and could not be had, of some registry."""
    if request.loaded.policy.unknown.get("advisories") is Weight.NONE:
        return False
    return any(
        isinstance(looked, NotLooked) and looked.is_failure
        for looked in advisories.by_version.values()
    )


def _notes(
    request: AuditRequest, packages: Sequence[AuditedPackage], hiding: frozenset[str]
) -> Iterator[str]:
    lockfile = request.found.lockfile
    yield from lockfile.notes
    if lockfile.format is LockfileFormat.YARN_BERRY:
        yield "yarn's lockfile has no digests of tarballs: those of the registry were taken"
    for registry in sorted(hiding):
        yield f"{registry} claims attestations, and serves none: it does not hand them on"
    said: dict[tuple[str, str], int] = {}
    for package in packages:
        for one in package.lacking:
            if one.is_of_registry and package.bundled_in is None and package.registry:
                words = f"tells {_AXES[one.axis]}" if one.axis in _AXES else one.why
                key = (package.registry, words)
                said[key] = said.get(key, 0) + 1
    for (registry, words), count in said.items():
        yield f"{registry}: {words} ({count} package{'s' if count > 1 else ''})"
    outside = [one for one in packages if one.source not in {"registry", "bundled"}]
    if outside:
        names = ", ".join(sorted({one.name for one in outside})[:3])
        more = f" and {len(outside) - 3} more" if len(outside) > 3 else ""  # noqa: PLR2004
        yield f"{len(outside)} from no registry, nothing tells who made them: {names}{more}"
