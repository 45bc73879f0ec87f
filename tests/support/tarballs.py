"""Tarballs and publish bodies as npm makes them; a test states what differs."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def tarball(
    name: str = "@acme/widget",
    version: str = "1.0.0",
    *,
    files: Mapping[str, bytes] | None = None,
    **package_json: object,
) -> bytes:
    """A gzipped tarball with a package.json, an index.js and whatever else is given."""
    described = {"name": name, "version": version, **package_json}
    contents = {
        "package/package.json": json.dumps(described).encode(),
        "package/index.js": b"module.exports = 1\n",
        **(files or {}),
    }
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for path, data in contents.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            entry.mode = 0o644
            entry.mtime = 499_162_500
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=0)


def publish_body(
    name: str = "@acme/widget",
    version: str = "1.0.0",
    *,
    data: bytes | None = None,
    tag: str = "latest",
    access: str | None = None,
    manifest: Mapping[str, object] | None = None,
    attachments: Mapping[str, object] | None = None,
    **document: object,
) -> bytes:
    """The body of npm's PUT for one version."""
    data = tarball(name, version) if data is None else data
    sha512 = base64.b64encode(hashlib.sha512(data).digest()).decode()
    described: dict[str, object] = {
        "name": name,
        "version": version,
        "_id": f"{name}@{version}",
        "_nodeVersion": "24.9.0",
        "_npmVersion": "11.21.2",
        "dist": {
            "integrity": f"sha512-{sha512}",
            "shasum": hashlib.sha1(data).hexdigest(),
            "tarball": f"http://registry.example.test/{name}/-/{name.rsplit('/', maxsplit=1)[-1]}-{version}.tgz",
        },
        **(manifest or {}),
    }
    attached = {
        f"{name}-{version}.tgz": {
            "content_type": "application/octet-stream",
            "data": base64.b64encode(data).decode(),
            "length": len(data),
        },
        **(attachments or {}),
    }
    return json.dumps(
        {
            "_id": name,
            "name": name,
            "dist-tags": {tag: version},
            "versions": {version: described},
            "access": access,
            "_attachments": attached,
            **document,
        }
    ).encode()
