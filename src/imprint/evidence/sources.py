"""Where a version's source repository is, and who may be asked about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from imprint.attestations.repositories import RepositoryAddress, normalise_address
from imprint.publishers.forges import forge_host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.history.identities import PublisherIdentity
    from imprint.upstream.clones import Clones
    from imprint.upstream.forge.model import Forge

WINDOW_SECONDS: Final = 86_400.0
"""How long after publishing it counts for nothing that a tag is missing (facts: incidents §1.3)."""
_GITHUB: Final = "github"


class SourceWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A version whose source repository is asked about."""

    name: str
    version: str
    identity: PublisherIdentity | None = None
    """By its verified certificate: its repository goes before the manifest's."""
    repository: str | None = None
    """As the manifest writes it."""
    folder: str | None = None
    """`repository.directory`."""
    published: float | None = None
    """Unix seconds, by the best source; None: nobody knows, and nothing counts as missing."""
    earlier: tuple[str, ...] = ()
    """Versions before it, of its line. Where there are some and none of them has a tag either, the
    project makes none, and this one's is not missing."""

    @property
    def key(self) -> tuple[str, str]:
        """Name and version."""
        return self.name, self.version

    @property
    def commit(self) -> str | None:
        """The commit that provenance names."""
        return None if self.identity is None else self.identity.commit

    @property
    def address(self) -> RepositoryAddress | None:
        """The repository, by the certificate where there is one, else by the manifest."""
        if self.identity is not None and self.identity.repository is not None:
            return _proved(self.identity, self.identity.repository)
        return None if self.repository is None else normalise_address(self.repository)


class Askable(msgspec.Struct, frozen=True, kw_only=True):
    """Who may be asked: clones on this machine first, then forges by their APIs."""

    clones: Clones | None = None
    forges: Mapping[str, Forge] = msgspec.field(default_factory=dict)
    """By host; others are never asked."""


def _proved(identity: PublisherIdentity, repository: str) -> RepositoryAddress | None:
    host = forge_host(identity.issuer)
    if identity.provider == _GITHUB or host in {"github.com", "gitlab.com"}:
        return normalise_address(f"https://{host}/{repository}")
    try:
        host = urlsplit(identity.issuer).netloc
    except ValueError:
        return None
    return normalise_address(f"https://{host}/{repository}") or normalise_address(repository)
