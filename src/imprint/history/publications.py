"""Publications of one package, as its packument tells them: the columns that judging needs.

Everything in here is the registry's unsigned word. Rows are kept by the thousand, so they are plain
arrays on the wire of the store (msgspec, `array_like`); a new column goes to the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imprint.history.axes import Carries

INSTALL_SCRIPTS = ("preinstall", "install", "postinstall")


class Publication(msgspec.Struct, frozen=True, array_like=True, gc=False, kw_only=True):
    """One version. None: the packument does not say."""

    version: str
    published: float | None = None
    """Unix seconds, of `time`."""
    integrity: str | None = None
    shasum: str | None = None
    """Hex, of `dist.shasum`: old versions have nothing else."""
    tarball: str | None = None
    signatures: tuple[tuple[str, str], ...] = ()
    """Key id and base64 signature, of `dist.signatures`."""
    provenance_type: str | None = None
    """`dist.attestations.provenance.predicateType`."""
    attestations_url: str | None = None
    has_attestations: bool = False
    user: str | None = None
    """`_npmUser.name`."""
    email: str | None = None
    trusted_publisher: str | None = None
    """`_npmUser.trustedPublisher.id`."""
    configuration_id: str | None = None
    """`_npmUser.trustedPublisher.oidcConfigId`: fingerprint of the publisher's configuration."""
    approver: str | None = None
    """`_npmUser.approver.name`: it was staged."""
    maintainers: tuple[str, ...] = ()
    """Names, sorted."""
    repository: str | None = None
    """`repository`, or its `url`, as written."""
    commit: str | None = None
    """`gitHead`."""
    unpacked_bytes: int | None = None
    install_scripts: tuple[str, ...] = ()
    """Which of `INSTALL_SCRIPTS` there are; `install` too where `gypfile` or `hasInstallScript`
    says that one would run."""
    exotic_dependencies: tuple[str, ...] = ()
    """`name@spec` of what comes from git, an address or a file, of all that an install follows."""
    dependencies: tuple[str, ...] = ()
    """Names of `dependencies` and `optionalDependencies`, sorted; aliases by their own names."""
    license: str | None = None
    """As written: an SPDX expression, or anything."""
    is_deprecated: bool = False
    credential: str | None = None
    """By an imprint registry's word: `trusted-publisher`, `human-2fa`, `token`."""
    has_publish: bool = True
    """Whether the registry's own attestation is among the attestations."""
    bundles: tuple[str, ...] = ()
    """Names of `bundleDependencies`, sorted: what comes in its own tarball."""


class PackageHistory(Protocol):
    """All publications of one package. Two make it: of a packument, and of the kept projection."""

    @property
    def name(self) -> str:
        """The package's name."""
        ...

    @property
    def dist_tags(self) -> Mapping[str, str]:
        """Tag to version."""
        ...

    @property
    def first_published(self) -> float | None:
        """When the package was first published, Unix seconds; None: it does not say."""
        ...

    @property
    def moments(self) -> Mapping[str, float | None]:
        """Every version that is there to when it was published, in the packument's order.

        Cheap: no row is decoded for it.
        """
        ...

    @property
    def gone(self) -> Mapping[str, float]:
        """Versions that `time` still has and `versions` not any more (unpublished), and when."""
        ...

    @property
    def unreadable(self) -> Sequence[str]:
        """Versions that are there and whose entry could not be read: nothing is known of them."""
        ...

    @property
    def carries(self) -> Carries:
        """Which fields any version of this package has."""
        ...

    def publication(self, version: str) -> Publication | None:
        """Return one row; None: there is no such version. A row is decoded with its first use."""
        ...

    def publications(self, versions: Sequence[str]) -> tuple[Publication, ...]:
        """Return the rows of `versions`, in that order, leaving out what is not there."""
        ...
