"""The marks that the registry itself puts on a version: `_npmUser` and `dist`. Never a client's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.identity.workload import Provider

if TYPE_CHECKING:
    from imprint.npm.integrity import Digests
    from imprint.npm.tarball import Tarball
    from imprint.publishers.publications import Publication
    from imprint.storage.users import User

_ROBOTS = {
    Provider.GITHUB: "GitHub Actions",
    Provider.GITLAB: "GitLab CI/CD",
    Provider.CIRCLECI: "CircleCI",
    Provider.GENERIC: "CI",
}
NO_ADDRESS = "no-reply@trusted-publisher.invalid"


def npm_user_of(
    publication: Publication, *, user: User | None = None, approver: User | None = None
) -> bytes:
    """Return `_npmUser` in npm's shape: a person, or a CI provider with its trusted publisher.

    pnpm ranks a version by `approver` and `trustedPublisher` (facts/wire.md §2.9).
    """
    mark: dict[str, object]
    if publication.workload is not None:
        provider = publication.workload.provider
        mark = {
            "name": _ROBOTS[provider],
            "email": NO_ADDRESS,
            "trustedPublisher": {
                "id": provider.value,
                "oidcConfigId": f"oidc:{publication.publisher_id}",
            },
        }
    else:
        name = publication.user or (user.name if user is not None else "")
        mark = {"name": name, "email": (user.email if user is not None else None) or ""}
    if approver is not None:
        mark["approver"] = {"name": approver.name, "email": approver.email or ""}
    return msgspec.json.encode(mark)


def dist_of(digests: Digests, tarball: Tarball) -> bytes:
    """Return `dist` without the tarball's address, from the bytes that the registry has."""
    return msgspec.json.encode(
        {
            "integrity": digests.integrity,
            "shasum": digests.shasum,
            "fileCount": tarball.file_count,
            "unpackedSize": tarball.unpacked_size,
        }
    )
