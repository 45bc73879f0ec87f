"""Packages of a benchmark's own making: packuments as large as real ones, signed, some attested."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
import random
import tarfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from isal import isal_zlib

from imprint.npm.names import PackageName
from tests.authority import bundles, statements
from tests.authority.bundles import CertificateSigner, KeySigner
from tests.authority.keys import fingerprint, sign, spki, text64
from tests.support.gate_histories import run_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.authority.authority import Authority

DAY: Final = 86_400.0
_WORDS: Final = ("const", "return", "module", "exports", "require", "value", "index", "callback")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """Who signs what the registry at `url` serves."""

    url: str
    """With a slash at its end."""
    authority: Authority
    signer: KeySigner


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One package to be made."""

    name: str
    versions: int
    newest_days_ago: float = 40.0
    is_attested: bool = False
    dependencies: tuple[str, ...] = ()
    files: int = 4
    days: float = 60.0
    """Over which its versions are spread, at most."""
    words: int = 24
    """How many keywords each version has: how long it is."""


def tarball_path(name: str, version: str) -> str:
    """Return where a tarball is, below any registry's root."""
    return f"{name}/-/{name.rpartition('/')[2]}-{version}.tgz"


def write_package(signing: Signing, writing: Writing, planned: Planned) -> Mapping[str, Any]:
    """Serve a package; returns what a lockfile says of its newest version."""
    name, newest = planned.name, planned.versions - 1
    versions = [f"1.{number // 20}.{number % 20}" for number in range(planned.versions)]
    moments = _moments(planned)
    shared = _shared(planned)
    document: dict[str, Any] = {
        "_id": name,
        "name": name,
        "dist-tags": {"latest": versions[newest]},
        "versions": {},
        "time": {"created": _iso(moments[0]), "modified": _iso(moments[-1])},
        "readme": "Usage and notes. " * 99,
    }
    data = _tarball(planned, versions[newest])
    writing.put_file(tarball_path(name, versions[newest]), data)
    for number, version in enumerate(versions):
        is_newest = number == newest
        digest = hashlib.sha512(data if is_newest else f"{name}@{version}".encode()).digest()
        dist = _dist(signing, name, version, digest)
        if is_newest and planned.is_attested:
            dist["attestations"] = _attest(
                signing, writing, name, version, digest, at=moments[number]
            )
        entry = {"name": name, "version": version, **shared, "dist": dist}
        document["versions"][version] = entry
        document["time"][version] = _iso(moments[number])
    writing.put(PackageName.parse(name).escaped, json.dumps(document).encode())
    return {
        "version": versions[newest],
        "integrity": document["versions"][versions[newest]]["dist"]["integrity"],
        "dependencies": shared["dependencies"],
    }


def _moments(planned: Planned) -> list[float]:
    """Return when each version was published, the newest last."""
    newest = time.time() - planned.newest_days_ago * DAY
    step = min(3.0, planned.days / planned.versions) * DAY
    return [newest - step * (planned.versions - 1 - number) for number in range(planned.versions)]


def _shared(planned: Planned) -> dict[str, Any]:
    """Return what every version says alike: so much that it has the usual 2,000 bytes."""
    stem = planned.name.rpartition("/")[2]
    return {
        "description": "a package of the benchmark's own making",
        "license": "MIT",
        "main": "index.js",
        "repository": {"type": "git", "url": f"git+https://forge.example.test/acme/{stem}.git"},
        "maintainers": [{"name": "ada", "email": "ada@acme.example.test"}],
        "scripts": {"test": "node test.js", "build": "node build.js", "lint": "node lint.js"},
        "dependencies": dict.fromkeys(planned.dependencies, "^1.0.0"),
        "devDependencies": {f"tool-{number}": f"~{number}.4.5" for number in range(12)},
        "engines": {"node": ">=18"},
        "keywords": [f"keyword-{number:02d}" for number in range(planned.words)],
        "_npmUser": {
            "name": "GitHub Actions",
            "email": "actions@ci.example.test",
            "trustedPublisher": {"id": "github", "oidcConfigId": f"oidc:{stem}"},
        },
        "_nodeVersion": "22.1.0",
        "_npmVersion": "11.0.0",
    }


def _dist(signing: Signing, name: str, version: str, digest: bytes) -> dict[str, Any]:
    integrity = f"sha512-{text64(digest)}"
    signature = sign(signing.signer.key, f"{name}@{version}:{integrity}".encode())
    key_id = fingerprint(signing.signer.key.public_key())
    return {
        "integrity": integrity,
        "shasum": hashlib.sha1(digest, usedforsecurity=False).hexdigest(),
        "tarball": signing.url + tarball_path(name, version),
        "fileCount": 12,
        "unpackedSize": 123_456,
        "signatures": [{"keyid": key_id, "sig": text64(signature)}],
    }


def _attest(
    signing: Signing, writing: Writing, name: str, version: str, digest: bytes, *, at: float
) -> dict[str, Any]:
    """Serve the attestations of a version, and return what its `dist` says of them."""
    run = run_of(f"acme/{name.rpartition('/')[2]}", name=name, version=version)
    publish = statements.publish_predicate(name, version, registry=signing.url.rstrip("/"))
    stated: Sequence[tuple[str, dict[str, Any], bundles.Signer, bundles.Generation]] = (
        (statements.PUBLISH, publish, signing.signer, bundles.PUBLISH),
        (
            statements.PROVENANCE,
            statements.github_predicate(run.extensions),
            CertificateSigner(identity=run),
            bundles.CURRENT,
        ),
    )
    made = []
    for kind, predicate, signer, generation in stated:
        payload = statements.statement(
            name, version, sha512=digest.hex(), predicate_type=kind, predicate=predicate
        )
        made.append(
            bundles.bundle_of(
                signing.authority, payload, signer, generation=generation, now=float(int(at))
            )
        )
    path = f"-/npm/v1/attestations/{PackageName.parse(name).escaped}@{version}"
    writing.put(path, json.dumps(bundles.document_of(*made)).encode())
    return {"url": signing.url + path, "provenance": {"predicateType": statements.PROVENANCE}}


def _tarball(planned: Planned, version: str) -> bytes:
    """Return a tarball of text files that compress as sources do."""
    chance = random.Random(planned.name)
    described = {
        "name": planned.name,
        "version": version,
        "main": "index.js",
        "dependencies": dict.fromkeys(planned.dependencies, "^1.0.0"),
    }
    contents = {"package.json": json.dumps(described).encode(), "index.js": b"module.exports = 1\n"}
    for number in range(planned.files):
        size = round(math.exp(chance.gauss(7.6, 1.1)))
        noise = base64.b64encode(chance.randbytes(size // 8)).decode()
        words = " ".join(chance.choices(_WORDS, k=size // 8))
        contents[f"lib/{number % 7}/file-{number}.js"] = f"// {noise}\n/* {words} */\n".encode()
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for path, data in contents.items():
            entry = tarfile.TarInfo(f"package/{path}")
            entry.size, entry.mode, entry.mtime = len(data), 0o644, 499_162_500
            archive.addfile(entry, io.BytesIO(data))
    return isal_zlib.compress(raw.getvalue(), 2, 31)


class Writing:
    """The upstream's answers, as they are written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index: dict[str, list[int | str]] = {}
        self.size_bytes = 0

    def __enter__(self) -> Self:
        self._file = (self._folder / "bodies").open("wb")
        return self

    def __exit__(self, *_exc_info: object) -> None:
        self._file.close()
        (self._folder / "index.json").write_text(json.dumps(self._index))

    def put(self, path: str, body: bytes) -> None:
        """Serve JSON at `path`, plain and compressed."""
        packed = isal_zlib.compress(body, 2, 31)
        self._index["/" + path] = ["json", *self._place(body), *self._place(packed)]

    def put_file(self, path: str, data: bytes) -> None:
        """Serve a tarball at `path`, as it is."""
        self._index["/" + path] = ["tgz", *self._place(data), 0, 0]

    def _place(self, data: bytes) -> tuple[int, int]:
        at = self.size_bytes
        self._file.write(data)
        self.size_bytes += len(data)
        return at, len(data)


def keys_of(signer: KeySigner) -> dict[str, Any]:
    """Return what a registry with this key serves."""
    key = signer.key.public_key()
    kind = "ecdsa-sha2-nistp256"
    entry = {"expires": None, "keyid": fingerprint(key), "keytype": kind, "scheme": kind}
    return {"keys": [{**entry, "key": text64(spki(key))}]}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
