"""One place of npm's lockfile: an entry of `packages`, by npm's own names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class _PeerMeta(msgspec.Struct, gc=False):
    optional: bool = False


class Place(msgspec.Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    """What is read of an entry. What it does not say is None, empty or False."""

    version: str | None = None
    resolved: str | None = None
    integrity: str | None = None
    name: str | None = None
    link: bool = False
    dev: bool = False
    optional: bool = False
    in_bundle: bool = False
    has_install_script: bool = False
    dependencies: dict[str, str] = {}
    optional_dependencies: dict[str, str] = {}
    dev_dependencies: dict[str, str] = {}
    peer_dependencies: dict[str, str] = {}
    peer_dependencies_meta: dict[str, _PeerMeta] = {}
    bin: object = None
    workspaces: list[str] | dict[str, list[str]] | None = None

    def optional_peers(self) -> frozenset[str]:
        """Return the names in `peerDependencies` that may be missing."""
        return frozenset(name for name, m in self.peer_dependencies_meta.items() if m.optional)


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """The places of a lockfile, in its order, each with its line from 1."""

    entries: Mapping[str, Place]
    lines: Mapping[str, int]
