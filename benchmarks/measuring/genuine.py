"""npm's genuine documents and registry signatures, from the archive that stands beside the project.

Nothing of it is kept here. There are few genuine documents, so sets are made by repeating them: no
side of a comparison may remember one.
"""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "attestations.tar.gz"


class ArchiveMissingError(LookupError):
    """The archive is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One attested version."""

    name: str
    version: str
    sha512: str
    raw: bytes

    @property
    def provenance_type(self) -> str:
        """The predicate type of its provenance."""
        types = (entry["predicateType"] for entry in json.loads(self.raw)["attestations"])
        return next(str(kind) for kind in types if "provenance" in kind)

    def bundles(self, *, provenance: bool) -> list[dict[str, Any]]:
        """Return its provenance bundles, or its publish attestations."""
        return [
            entry["bundle"]
            for entry in json.loads(self.raw)["attestations"]
            if ("provenance" in entry["predicateType"]) is provenance
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One version with its registry signature."""

    name: str
    version: str
    integrity: str
    key_id: str
    signature: str
    published: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Genuine:
    """Everything that is measured with."""

    documents: tuple[Document, ...]
    signed: tuple[Signed, ...]
    trusted_root: bytes
    keys: bytes

    def attested(self, count: int) -> list[Document]:
        """Return so many documents."""
        return list(islice(cycle(self.documents), count))


def genuine() -> Genuine:
    """Read the archive; raises ArchiveMissingError."""
    if not ARCHIVE.is_file():
        raise ArchiveMissingError(f"`{ARCHIVE.name}` is not in ../shared/data: nothing to measure")
    with tarfile.open(ARCHIVE) as archive:

        def read(name: str) -> bytes:
            member = archive.extractfile(f"attestations/{name}")
            assert member is not None
            return member.read()

        manifest = json.loads(read("manifest.json"))
        cases = [
            case
            for case in manifest["cases"]
            if case["kind"] == "npm-attestations"
            and case["expected"] == "valid"
            and case["duplicate_of"] is None
        ]
        return Genuine(
            documents=tuple(_document(case, read(case["file"])) for case in cases),
            signed=tuple(
                Signed(
                    name=entry["name"],
                    version=entry["version"],
                    integrity=entry["integrity"],
                    key_id=entry["keyid"],
                    signature=entry["sig"],
                    published=entry["published"],
                )
                for entry in json.loads(read("registry_signatures/signatures.json"))
                if entry["verdict"] == "valid"
            ),
            trusted_root=read(cases[0]["trusted_root"]),
            keys=read(cases[0]["keys"]),
        )


def _document(case: dict[str, Any], raw: bytes) -> Document:
    name, _, version = case["package"].rpartition("@")
    return Document(name=name, version=version, sha512=case["sha512"], raw=raw)
