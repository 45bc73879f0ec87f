"""How much of a lockfile was checked: never is a pass silent. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.audit.model import Coverage
from imprint.evidence.looked import NotLooked
from imprint.history.axes import Origin, Signature
from imprint.history.events import EventId
from imprint.npm.lockfiles.model import LockfileFormat
from imprint.policy.model import Weight
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imprint.audit.model import AuditedPackage
    from imprint.audit.request import AuditRequest
    from imprint.evidence.advisories import FoundAdvisories
    from imprint.evidence.looked import Looked

_VERIFIED = frozenset({Origin.BOUND, Origin.VERIFIED})
_BROKEN = frozenset(
    {
        EventId.SIGNATURE_INVALID,
        EventId.INTEGRITY_MISMATCH,
        EventId.ATTESTATION_INVALID,
        EventId.ATTESTATION_SUBJECT_MISMATCH,
    }
)
_MEANS = {
    "time": "ages, cooldown and history cannot be judged",
    "auth": "whether a trusted publisher published is not known",
    "origin": "provenance is not known",
    "signature": "signatures are not verified",
}
"""What it comes to that a registry tells nothing of an axis."""
_THE_REGISTRY = "the registry "


def coverage_of(
    request: AuditRequest,
    packages: Sequence[AuditedPackage],
    *,
    advisories: FoundAdvisories,
    keys: Mapping[str, Looked[bytes]],
    notes: tuple[str, ...],
    requests: int,
    seconds: float,
) -> Coverage:
    """Return how much was checked, with one line for each thing that was not.

    `keys`: what each registry said are its own.
    """
    own = [one for one in packages if one.bundled_in is None]
    return Coverage(
        packages=len(packages),
        checked=sum(is_checked(one) for one in packages),
        signatures_valid=sum(one.axes.signature is Signature.VALID for one in own),
        provenance_verified=sum(one.axes.origin in _VERIFIED for one in own),
        invalid=sum(any(event.id in _BROKEN for event in one.events) for one in packages),
        is_incomplete=_failed(request, advisories)
        or _lacks_keys(request, packages, keys)
        or _hides(request, packages),
        requests=requests,
        seconds=seconds,
        notes=(*advisories.notes, *notes, *_notes(request, packages)),
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
        for looked in (*advisories.by_version.values(), *advisories.partly.values())
    )


def _lacks_keys(
    request: AuditRequest, packages: Sequence[AuditedPackage], keys: Mapping[str, Looked[bytes]]
) -> bool:
    """Tell whether a registry's keys were asked for and could not be had, and are needed."""
    if request.loaded.policy.unknown.get("signature") is Weight.NONE:
        return False
    failed = {
        registry
        for registry, looked in keys.items()
        if isinstance(looked, NotLooked) and looked.is_failure
    }
    return any(
        package.registry in failed and any(one.axis == "signature" for one in package.lacking)
        for package in packages
    )


def _hides(request: AuditRequest, packages: Sequence[AuditedPackage]) -> bool:
    """Tell whether a registry claims attestations and serves none, of all that were asked for.

    That is no absence, and no proof either: any mirror could claim as much (facts: consumers §6.4).
    """
    if request.loaded.policy.unknown.get("origin") is Weight.NONE:
        return False
    return any(
        package.axes.origin is Origin.PRESENT
        and any(one.axis == "origin" and one.is_of_registry for one in package.lacking)
        for package in packages
    )


def _notes(request: AuditRequest, packages: Sequence[AuditedPackage]) -> Iterator[str]:
    lockfile = request.found.lockfile
    yield from lockfile.notes
    if lockfile.format is LockfileFormat.YARN_BERRY:
        yield "yarn's lockfile has no digests of tarballs: those of the registry were taken"
    yield from _of_registries(packages)
    outside = [one for one in packages if one.source not in {"registry", "bundled"}]
    if outside:
        names = ", ".join(sorted({one.name for one in outside})[:3])
        more = f" and {len(outside) - 3} more" if len(outside) > 3 else ""  # noqa: PLR2004  (as named)
        yield f"{len(outside)} from no registry, nothing tells who made them: {names}{more}"


def _of_registries(packages: Sequence[AuditedPackage]) -> Iterator[str]:
    """Yield what registries do not tell: each thing once, however many packages it is of."""
    said: dict[tuple[str, str], int] = {}
    for package in packages:
        if package.bundled_in is not None or package.registry is None:
            continue
        for one in package.lacking:
            if one.is_of_registry:
                told = one.why.removeprefix(_THE_REGISTRY)
                words = f": {told}" if told == one.why else f" {told}"
                if one.axis in _MEANS:
                    words = f"{words}: {_MEANS[one.axis]}"
                if one.axis == "origin" and package.axes.origin is Origin.PRESENT:
                    words += "; `unknown.origin` in the policy says what that comes to"
                key = (package.registry, words)
                said[key] = said.get(key, 0) + 1
    for (registry, words), count in said.items():
        yield f"registry {quoted(registry)}{words} ({count:,} package{'s' if count > 1 else ''})"
