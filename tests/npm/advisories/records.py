"""Advisories of our own making: OSV records, archives of them, bulk answers."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def affected(
    *events: dict[str, str], name: str = "widget", ecosystem: str = "npm", **more: object
) -> dict[str, Any]:
    """What a record says of one package; from 1.0.0 to before 1.2.3 unless it is given."""
    known = list(events) or [{"introduced": "1.0.0"}, {"fixed": "1.2.3"}]
    return {
        "package": {"ecosystem": ecosystem, "name": name, "purl": f"pkg:npm/{name}"},
        "ranges": [{"type": "SEMVER", "events": known}],
        **more,
    }


def whole(**more: object) -> dict[str, Any]:
    """A record in the shape of a reviewed advisory."""
    return {
        "schema_version": "1.7.3",
        "id": "GHSA-wile-road-acme",
        "modified": "2026-02-03T04:05:06Z",
        "published": "2026-02-01T04:05:06Z",
        "aliases": ["CVE-2026-10001"],
        "summary": "widget runs what it reads",
        "details": "It does.",
        "severity": [{"type": "CVSS_V3", "score": VECTOR}],
        "affected": [affected()],
        "references": [
            {"type": "WEB", "url": "https://example.test/post"},
            {"type": "ADVISORY", "url": "https://example.test/advisories/1"},
        ],
        "database_specific": {"cwe_ids": ["CWE-94"], "severity": "HIGH"},
        **more,
    }


def record(**more: object) -> bytes:
    """The same as bytes."""
    return json.dumps(whole(**more)).encode()


def entry(**more: object) -> dict[str, Any]:
    """One advisory of a bulk answer."""
    return {
        "id": 1100001,
        "url": "https://example.test/advisories/GHSA-2cfg-3hjm-4pqr",
        "title": "widget runs what it reads",
        "severity": "high",
        "vulnerable_versions": ">=1.0.0 <1.2.3",
        "cwe": ["CWE-94"],
        "cvss": {"score": 9.8, "vectorString": VECTOR},
        **more,
    }


def answer(**entries: object) -> bytes:
    """A bulk answer, by name."""
    return json.dumps(entries or {"widget": [entry()]}).encode()


def archive(path: Path, *records: bytes, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write an archive of records, and return its file."""
    with zipfile.ZipFile(path, "w", method) as opened:
        for number, raw in enumerate(records):
            opened.writestr(f"GHSA-{number}.json", raw)
    return path
