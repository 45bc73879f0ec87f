"""Whether a version is there already, and is the very one that a job would publish."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.refusals import Refusal, Unavailable

if TYPE_CHECKING:
    from imprint.publish.packed import Packed
    from imprint.publish.registry_client import RegistryClient
    from imprint.publishers.credentials import Secret


class _Dist(msgspec.Struct, frozen=True):
    integrity: str | None = None


class _TrustedPublisher(msgspec.Struct, frozen=True):
    id: str


class _Marks(msgspec.Struct, frozen=True):
    trusted_publisher: _TrustedPublisher | None = msgspec.field(
        name="trustedPublisher", default=None
    )


class PublishedVersion(msgspec.Struct, frozen=True):
    """What the registry says of a version that it has."""

    dist: _Dist = _Dist()
    marks: _Marks = msgspec.field(name="_npmUser", default=_Marks())


class _Packument(msgspec.Struct, frozen=True):
    versions: dict[str, PublishedVersion] = {}


def published_version(
    client: RegistryClient, packed: Packed, *, bearer: Secret | None
) -> PublishedVersion | None:
    """Return the version as the registry has it; None where it has none, or does not say.

    A registry never lets a version be written over, so that nothing hangs on a None.
    """
    try:
        answer = client.call("GET", packed.name.escaped, bearer=bearer)
        if isinstance(answer, Refusal):
            return None
        packument = msgspec.json.decode(answer, type=_Packument)
    except (Unavailable, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return packument.versions.get(str(packed.version))


def published_refusal(found: PublishedVersion, packed: Packed) -> Refusal | None:
    """Return None where `found` has these very bytes, from a trusted publisher; else why not."""
    if found.dist.integrity != packed.digests.integrity:
        fault = "was published already, with other bytes"
    elif found.marks.trusted_publisher is None:
        fault = "was published already, and by no trusted publisher"
    else:
        return None
    return Refusal(code="version-exists", message=f"`{packed}` {fault}", hint="raise the version")
