"""Transparency logs: Rekor v1 by its promise and proof, Rekor v2 by its proof alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.authority import merkle
from tests.authority.keys import sign, spki, text64

if TYPE_CHECKING:
    from collections.abc import Mapping

TREE_ID = 0x1A2B3C4D5E6F7081
GENESIS = b'{"apiVersion":"0.0.1","kind":"genesis","spec":{}}'
"""JSON of protobuf leaves zeros out, and clients miss an index that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as the log keeps it. Everything that is signed is signed when it is asked for."""

    index: int
    body: bytes
    integrated_time: int
    """Unix seconds; 0 in a log that states none."""


@dataclass(slots=True)
class TransparencyLog:
    """A log in memory. `states_times`: a Rekor v1, with promises; else one of the second version."""

    host: str
    key: EllipticCurvePrivateKey | Ed25519PrivateKey
    states_times: bool = True
    entries: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.append(GENESIS, now=0)

    @property
    def base_url(self) -> str:
        """Its address in a trusted root."""
        return f"https://{self.host}"

    @property
    def log_id(self) -> bytes:
        """What entries name it by."""
        if isinstance(self.key, Ed25519PrivateKey):
            # The form of signed notes: C2SP, `signed-note.md`.
            raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            return hashlib.sha256(self.host.encode() + b"\n\1" + raw).digest()
        return hashlib.sha256(spki(self.key.public_key())).digest()

    @property
    def origin(self) -> str:
        """The first line of its checkpoints."""
        return f"{self.host} - {TREE_ID}" if self.states_times else self.host

    def append(self, body: bytes, *, now: float) -> Entry:
        """Add an entry at `now` (Unix seconds)."""
        moment = int(now) if self.states_times else 0
        entry = Entry(index=len(self.entries), body=body, integrated_time=moment)
        self.entries.append(entry)
        return entry

    def find(self, body: bytes) -> Entry | None:
        """Return the entry that has this body."""
        return next((entry for entry in self.entries if entry.body == body), None)

    def uuid(self, entry: Entry) -> str:
        """Return the name of an entry: its tree's, and its hash."""
        return f"{TREE_ID:016x}{merkle.leaf_hash(entry.body).hex()}"

    def named(self, uuid: str) -> Entry | None:
        """Return the entry of that name; the tree's may be left out."""
        return next((entry for entry in self.entries if self.uuid(entry).endswith(uuid)), None)

    def promise(self, entry: Entry) -> bytes:
        """Return the signed entry timestamp (SET)."""
        signed = {
            "body": text64(entry.body),
            "integratedTime": entry.integrated_time,
            "logID": self.log_id.hex(),
            "logIndex": entry.index,
        }
        return self._sign(canonical(signed))

    def head(self) -> bytes:
        """Return the tree's hash as it is now."""
        return merkle.root_hash(self._leaves())

    def path(self, entry: Entry) -> list[bytes]:
        """Return the inclusion proof of an entry in the tree as it is now."""
        return merkle.inclusion_path(self._leaves(), entry.index)

    def checkpoint(self) -> str:
        """Return the tree's head as a signed note."""
        note = f"{self.origin}\n{len(self.entries)}\n{text64(self.head())}\n"
        signature = text64(self.log_id[:4] + self._sign(note.encode()))
        return f"{note}\n\u2014 {self.host} {signature}\n"

    def answer(self, entry: Entry) -> dict[str, Any]:
        """Return the entry as the API of Rekor v1 does."""
        proof = {
            "checkpoint": self.checkpoint(),
            "hashes": [item.hex() for item in self.path(entry)],
            "logIndex": entry.index,
            "rootHash": self.head().hex(),
            "treeSize": len(self.entries),
        }
        verification = {
            "inclusionProof": proof,
            "signedEntryTimestamp": text64(self.promise(entry)),
        }
        return {
            self.uuid(entry): {
                "body": text64(entry.body),
                "integratedTime": entry.integrated_time,
                "logID": self.log_id.hex(),
                "logIndex": entry.index,
                "verification": verification,
            }
        }

    def bundled(self, entry: Entry) -> dict[str, Any]:
        """Return the entry as bundles have it."""
        stated = json.loads(entry.body)
        found: dict[str, Any] = {
            "logIndex": str(entry.index),
            "logId": {"keyId": text64(self.log_id)},
            "kindVersion": {"kind": stated["kind"], "version": stated["apiVersion"]},
        }
        if self.states_times:
            found["integratedTime"] = str(entry.integrated_time)
            found["inclusionPromise"] = {"signedEntryTimestamp": text64(self.promise(entry))}
        found["inclusionProof"] = {
            "logIndex": str(entry.index),
            "rootHash": text64(self.head()),
            "treeSize": str(len(self.entries)),
            "hashes": [text64(item) for item in self.path(entry)],
            "checkpoint": {"envelope": self.checkpoint()},
        }
        return {**found, "canonicalizedBody": text64(entry.body)}

    def _leaves(self) -> list[bytes]:
        return [merkle.leaf_hash(entry.body) for entry in self.entries]

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self.key, Ed25519PrivateKey):
            return self.key.sign(data)
        return sign(self.key, data)


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return JSON as logs hash it (RFC 8785, for the plain values that are here)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
