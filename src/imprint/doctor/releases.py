"""How a package's last version was really published, by what its registry recorded. Pure.

A working token beside a failing exchange publishes without a word (facts/workflows.md §0.2): only
the version's own record tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from imprint.npm.published import Packument, PublishedVersion

OIDC, TOKEN, UNKNOWN = "oidc", "token", "unknown"


class LastRelease(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version by the registry's times."""

    version: str
    by: str
    """`oidc`, `token` or `unknown`."""
    fell_back: bool | None
    """True: by a token, after an earlier version had come by OIDC, or with provenance and so out of
    CI; None: not known."""
    sentence: str


def last_release(packument: Packument) -> LastRelease | None:
    """Return how the newest version came; None where there is none. Raises Malformed."""
    versions = sorted(
        (version for version in packument.raw_versions if version in packument.times),
        key=lambda version: packument.times[version],
    )
    newest = versions[-1] if versions else packument.dist_tags.get("latest")
    found = None if newest is None else packument.version(newest)
    if newest is None or found is None:
        return None
    by = _by(found)
    earlier = next((one for one in reversed(versions[:-1]) if _is_oidc(packument, one)), None)
    proven = found.attestations is not None
    if by == OIDC:
        return LastRelease(
            version=newest, by=by, fell_back=False, sentence=f"{newest} came by OIDC"
        )
    if by == UNKNOWN:
        sentence = f"how {newest} was published is not recorded"
        return LastRelease(version=newest, by=by, fell_back=None, sentence=sentence)
    sentence = f"{newest} came by a long-lived token"
    if earlier is not None:
        sentence += f", though {earlier} had come by OIDC: the exchange failed without a word"
    elif proven:
        sentence += ", with provenance: a job that may exchange published with a token"
    return LastRelease(
        version=newest, by=by, fell_back=earlier is not None or proven, sentence=sentence
    )


def _is_oidc(packument: Packument, version: str) -> bool:
    found = packument.version(version)
    return found is not None and _by(found) == OIDC


def _by(found: PublishedVersion) -> str:
    publisher = found.publisher
    if publisher is None:
        return UNKNOWN
    if publisher.trusted_publisher is not None:
        return OIDC
    return TOKEN if publisher.name is not None else UNKNOWN
