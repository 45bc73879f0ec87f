"""A TUF repository of the instance: how stock clients come to its trusted root."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from tests.authority.certificates import YEARS
from tests.authority.keys import edwards_key

if TYPE_CHECKING:
    from collections.abc import Mapping

ROLES = ("root", "timestamp", "snapshot", "targets")
FRESH = timedelta(days=7)

Role = TypeVar("Role", Root, Timestamp, Snapshot, Targets)


@dataclass(slots=True)
class TufRepository:
    """Metadata of four roles with one key, and the targets; consistent snapshots, as is usual."""

    seed: str
    founded: datetime
    root: bytes = field(init=False)
    """The root of version 1: what clients must have beforehand."""
    files: dict[str, bytes] = field(init=False)
    """By path below the repository's address."""
    version: int = 0

    def __post_init__(self) -> None:
        signer = self._signer()
        root = Root(expires=self.founded + YEARS)
        for role in ROLES:
            root.add_key(signer.public_key, role)
        self.root = self._signed(root)
        self.files = {"1.root.json": self.root}

    def publish(self, targets: Mapping[str, bytes], *, now: datetime) -> None:
        """Publish these targets, and only these, as a new version."""
        self.version += 1
        expires = now.replace(microsecond=0) + FRESH
        listed = Targets(version=self.version, expires=expires)
        for path, content in targets.items():
            listed.targets[path] = TargetFile.from_data(path, content, ["sha256"])
            folder, _, name = path.rpartition("/")
            digest = hashlib.sha256(content).hexdigest()
            where = "/".join(part for part in ("targets", folder, f"{digest}.{name}") if part)
            self.files[where] = content
        meta = MetaFile(version=self.version)
        snapshot = Snapshot(version=self.version, expires=expires, meta={"targets.json": meta})
        stamp = Timestamp(
            version=self.version, expires=expires, snapshot_meta=MetaFile(version=self.version)
        )
        self.files[f"{self.version}.targets.json"] = self._signed(listed)
        self.files[f"{self.version}.snapshot.json"] = self._signed(snapshot)
        self.files["timestamp.json"] = self._signed(stamp)

    def _signed(self, content: Role) -> bytes:
        metadata = Metadata(content)
        metadata.sign(self._signer())
        return metadata.to_bytes()

    def _signer(self) -> CryptoSigner:
        return CryptoSigner(edwards_key(self.seed, "tuf"))
