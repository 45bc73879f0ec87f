"""Synthetic packuments: the bytes that a registry would have answered, as far as they are known."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.replaying.records import Trust

REGISTRY: Final = "https://registry.example.test"
_PROVENANCE: Final = {"predicateType": "https://slsa.dev/provenance/v1"}
_AUTOMATON: Final = "GitHub Actions"
"""What npm names the user of a trusted publisher's publication."""
GIT_DEPENDENCY: Final = ("unnamed-git-dependency", "github:unnamed/unnamed#0000000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One version. None, empty: the record does not say, and the packument has no such field."""

    version: str
    published: float
    """Unix seconds."""
    trust: Trust
    staged_with_provenance: bool = True
    user: str | None = None
    email: str | None = None
    install_script: bool = False
    gypfile: bool = False
    git_dependency: bool = False
    dependencies: tuple[str, ...] = ()


def packument(name: str, rows: Iterable[Row]) -> bytes:
    """Return the packument of `name` with these versions."""
    ordered = sorted(rows, key=lambda row: row.published)
    times = {row.version: _moment(row.published) for row in ordered}
    first = _moment(ordered[0].published)
    return json.dumps(
        {
            "name": name,
            "dist-tags": {"latest": ordered[-1].version},
            "time": {"created": first, **times},
            "versions": {row.version: _manifest(name, row) for row in ordered},
        }
    ).encode()


def _manifest(name: str, row: Row) -> dict[str, object]:
    manifest: dict[str, object] = {"name": name, "version": row.version, "dist": _dist(name, row)}
    user = _user(row)
    if user:
        manifest["_npmUser"] = user
    if row.install_script:
        manifest["scripts"] = {"postinstall": "node unnamed.js"}
    if row.gypfile:
        manifest["gypfile"] = True
    if row.dependencies:
        manifest["dependencies"] = dict.fromkeys(row.dependencies, "^1.0.0")
    if row.git_dependency:
        manifest["optionalDependencies"] = dict([GIT_DEPENDENCY])
    return manifest


def _dist(name: str, row: Row) -> dict[str, object]:
    digest = b64encode(hashlib.sha512(f"{name}@{row.version}".encode()).digest()).decode()
    dist: dict[str, object] = {
        "integrity": f"sha512-{digest}",
        "tarball": f"{REGISTRY}/{name}/-/{name.rpartition('/')[2]}-{row.version}.tgz",
    }
    if row.trust in {"P", "T"} or (row.trust == "S" and row.staged_with_provenance):
        url = f"{REGISTRY}/-/npm/v1/attestations/{name}@{row.version}"
        dist["attestations"] = {"url": url, "provenance": _PROVENANCE}
    return dist


def _user(row: Row) -> dict[str, object]:
    user: dict[str, object] = {}
    if row.user is not None:
        user["name"] = _AUTOMATON if row.trust in {"T", "t"} else row.user
    if row.email is not None:
        user["email"] = row.email
    if row.trust in {"T", "t"}:
        # Whose it is, the record does not say; nor does it know of a configuration's id.
        user["trustedPublisher"] = {}
    if row.trust == "S":
        user["approver"] = {}
    return user


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:23] + "Z"
