"""What an audit is measured with: a registry of the archive's lockfile, and an installed tree.

Names, versions and bytes are the lockfile's; packuments are of our own making, in the sizes that
the real ones have (consumer facts, §1: 1,611 documents, 277 MB, median 33 KB, 90 % up to 251 KB,
the largest 19.7 MB). Every locked version is signed with a real key, and about 34 % of them have
attestation documents that the tests' stand-in for sigstore has signed and logged.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import math
import socket
import subprocess
import sys
import tarfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from isal import isal_zlib

from benchmarks.measuring.genuine import ArchiveMissingError
from imprint.npm.names import PackageName
from tests.authority import bundles, documents, statements
from tests.authority.authority import Authority
from tests.authority.bundles import CertificateSigner, KeySigner
from tests.authority.cases.case import identity
from tests.authority.keys import fingerprint, sign, spki, text64

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ARCHIVE: Final = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "lockfiles.tar.gz"
SHARE_ATTESTED: Final = 0.34
TOTAL_BYTES: Final = 277_000_000
LARGEST_BYTES: Final = 19_700_000
VERSION_BYTES: Final = 2012
"""277 MB of 137,697 versions."""
DAY: Final = 86_400.0
OLDEST: Final = 1_451_606_400.0
"""2016, when the first versions are from."""
_READ_BY_NPM: Final = (
    "version",
    "dependencies",
    "optionalDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "devDependencies",
    "bundleDependencies",
    "os",
    "cpu",
)
_SERVER: Final = Path(__file__).with_name("audited_registry.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A version of the lockfile that a registry serves."""

    version: str
    integrity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What was made, and where."""

    folder: Path
    """Of the registry's answers."""
    tree: Path
    """Of the project: package.json, package-lock.json and node_modules."""
    port: int
    authority: Authority
    keys: Mapping[str, Any]
    """As npm's TUF target has them."""
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The registry's address."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def trusted_root(self) -> Path:
        """A file with the authority's trusted root."""
        return self.folder / "trusted_root.json"

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Run the registry, in a process of its own."""
        words = (sys.executable, str(_SERVER), str(self.folder), str(self.port))
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            try:
                yield
            finally:
                process.terminate()


def make(folder: Path) -> Audited:
    """Make everything below `folder`; raises ArchiveMissingError."""
    lockfile = lockfile_of_archive()
    packages = json.loads(lockfile)["packages"]
    signer, authority = KeySigner(), Authority()
    made = Audited(
        folder=folder / "registry",
        tree=folder / "tree",
        port=_free_port(),
        authority=authority,
        keys=documents.keys_of_registry(signer.key.public_key()),
    )
    made.folder.mkdir(parents=True)
    made.trusted_root.write_text(json.dumps(documents.trusted_root(authority)))
    _write_tree(made.tree, lockfile, packages)
    with _Writing(made.folder) as writing:
        _write_registry(made, writing, locked_of(packages), signer)
    return made


def lockfile_of_archive() -> bytes:
    """Return the archive's package-lock.json; raises ArchiveMissingError."""
    if not ARCHIVE.is_file():
        raise ArchiveMissingError(f"`{ARCHIVE.name}` is not in ../shared/data: nothing to measure")
    with tarfile.open(ARCHIVE) as archive:
        member = archive.extractfile("lockfiles/package-lock.json")
        assert member is not None
        return member.read()


def locked_of(packages: Mapping[str, Any]) -> dict[str, dict[str, Locked]]:
    """Return the locked versions by name; what is bundled has no integrity, and gets one."""
    found: dict[str, dict[str, Locked]] = {}
    for path, entry in packages.items():
        if not path or entry.get("link"):
            continue
        name = entry.get("name") or path.rpartition("node_modules/")[2]
        version = entry["version"]
        made = "sha512-" + text64(hashlib.sha512(f"{name}@{version}".encode()).digest())
        integrity = entry.get("integrity") or made
        if version not in found.setdefault(name, {}) or "integrity" in entry:
            found[name][version] = Locked(version=version, integrity=integrity)
    return found


def sizes_of(count: int) -> list[int]:
    """Return so many sizes, smallest first, in the real distribution, `TOTAL_BYTES` in all."""
    low, high = 251_000.0, float(LARGEST_BYTES)
    for _ in range(60):
        middle = math.sqrt(low * high)
        if sum(_sizes(count, middle)) < TOTAL_BYTES:
            low = middle
        else:
            high = middle
    return [round(size) for size in _sizes(count, low)]


def _sizes(count: int, near_top: float) -> list[float]:
    known = (
        (0.0, 2500.0),
        (0.5, 33_000.0),
        (0.9, 251_000.0),
        (0.99, near_top),
        (1.0, LARGEST_BYTES),
    )
    sizes = []
    for number in range(count):
        at = number / (count - 1)
        (left, least), (right, most) = next(pair for pair in pairwise(known) if at <= pair[1][0])
        share = (at - left) / (right - left)
        sizes.append(math.exp(math.log(least) * (1 - share) + math.log(most) * share))
    return sizes


class _Writing:
    """The registry's answers, as they are written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index: dict[str, list[int]] = {}
        self._at = 0

    def __enter__(self) -> Self:
        self._file = (self._folder / "bodies").open("wb")
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._file.close()
        (self._folder / "index.json").write_text(json.dumps(self._index))

    def put(self, path: str, body: bytes) -> None:
        """Serve `body` at `path`, plain and compressed."""
        packed = isal_zlib.compress(body, 2, 31) if len(body) > 4096 else gzip.compress(body)
        places = []
        for data in (body, packed):
            self._file.write(data)
            places += [self._at, len(data)]
            self._at += len(data)
        self._index["/" + path] = places


def _write_registry(
    made: Audited,
    writing: _Writing,
    locked: Mapping[str, Mapping[str, Locked]],
    signer: KeySigner,
) -> None:
    writing.put("-/npm/v1/keys", json.dumps(_served_keys(signer)).encode())
    names = sorted(locked, key=lambda name: hashlib.sha256(name.encode()).digest())
    names.sort(key=lambda name: name == "next")
    base = time.time() - 40 * DAY
    counts = dict.fromkeys(("names", "versions", "locked", "attested", "bytes"), 0)
    for name, size in zip(names, sizes_of(len(names)), strict=True):
        digest = hashlib.sha256(f"attested {name}".encode()).digest()
        is_attested = digest[0] < 256 * SHARE_ATTESTED
        package = _Package(
            name=name,
            url=made.url,
            size=size,
            locked=tuple(locked[name].values()),
            is_attested=is_attested,
            last=base - digest[1] * DAY / 4,
        )
        body, versions = package.packument(signer)
        escaped = PackageName.parse_existing(name).escaped
        writing.put(escaped, body)
        if is_attested:
            for number, one in enumerate(package.locked):
                now = package.last - 3600.0 * number
                document = _document(made, name, one, signer, now=now)
                writing.put(f"-/npm/v1/attestations/{escaped}@{one.version}", document)
                counts["attested"] += 1
        counts["names"] += 1
        counts["versions"] += versions
        counts["locked"] += len(package.locked)
        counts["bytes"] += len(body)
    made.counts.update(counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Package:
    """One package that is made up around its locked versions."""

    name: str
    url: str
    size: int
    locked: Sequence[Locked]
    is_attested: bool
    last: float
    """When the newest version was published."""

    def packument(self, signer: KeySigner) -> tuple[bytes, int]:
        """Return the document, and how many versions it has."""
        count = max(len(self.locked), round(self.size / VERSION_BYTES))
        taken = {one.version for one in self.locked}
        older = (f"0.{number // 20}.{number % 20}" for number in range(count + len(taken)))
        names = [version for version in older if version not in taken]
        names = names[: count - len(self.locked)]
        step = (self.last - OLDEST) / max(1, count)
        rows, times = [], ['"created":"2016-01-01T00:00:00.000Z"']
        key_id = fingerprint(signer.key.public_key())
        shared = self._shared()
        for number, version in enumerate(names):
            integrity, signature = _made_up(f"{self.name}@{version}")
            rows.append(self._version(version, shared, integrity, key_id, signature))
            times.append(f'"{version}":"{_iso(OLDEST + step * number)}"')
        for number, one in enumerate(self.locked):
            message = f"{self.name}@{one.version}:{one.integrity}".encode()
            signature = text64(sign(signer.key, message))
            rows.append(self._version(one.version, shared, one.integrity, key_id, signature))
            times.append(f'"{one.version}":"{_iso(self.last - 3600.0 * number)}"')
        latest = self.locked[0].version
        body = (
            f'{{"_id":"{self.name}","name":"{self.name}","dist-tags":{{"latest":"{latest}"}},'
            f'"versions":{{{",".join(rows)}}},"time":{{{",".join(times)}}},"readme":"'
        )
        readme = ("Usage and notes. " * 99)[: max(0, self.size - len(body) - 2)]
        return f'{body}{readme}"}}'.encode(), count

    def _shared(self) -> str:
        """Return what every version says alike, so long that a version has its usual size."""
        fixed: dict[str, object] = {
            "description": "a package of the benchmark's own making",
            "license": "MIT",
            "main": "index.js",
            "repository": {"type": "git", "url": f"git+{identity().extensions[12]}.git"},
            "maintainers": [{"name": "ada", "email": "ada@acme.example.test"}],
            "scripts": {"test": "node test.js", "build": "node build.js", "lint": "node lint.js"},
            "dependencies": {f"dependency-{n}": f"^{n}.2.3" for n in range(6)},
            "devDependencies": {f"tool-{n}": f"~{n}.4.5" for n in range(12)},
            "engines": {"node": ">=18"},
            "_npmUser": {"name": "ada", "email": "ada@acme.example.test"},
            "_nodeVersion": "22.1.0",
            "_npmVersion": "11.0.0",
            "keywords": [],
        }
        if self.is_attested:
            fixed["_npmUser"] = {
                "name": "GitHub Actions",
                "email": "bot@forge.example.test",
                "trustedPublisher": {"id": "github", "oidcConfigId": "oidc:1"},
            }
        missing = VERSION_BYTES - 665 - len(json.dumps(fixed))
        fixed["keywords"] = [f"keyword-{n:02d}" for n in range(max(0, missing // 14))]
        return json.dumps(fixed)[1:-1]

    def _version(
        self, version: str, shared: str, integrity: str, key_id: str, signature: str
    ) -> str:
        sha1 = hashlib.sha1(integrity.encode(), usedforsecurity=False).hexdigest()
        attested = ""
        if self.is_attested:
            escaped = PackageName.parse_existing(self.name).escaped
            attested = (
                f'"attestations":{{"url":"{self.url}-/npm/v1/attestations/{escaped}@{version}",'
                f'"provenance":{{"predicateType":"{statements.PROVENANCE}"}}}},'
            )
        stem = self.name.rpartition("/")[2]
        return (
            f'"{version}":{{"name":"{self.name}","version":"{version}",{shared},'
            f'"gitHead":"{sha1[::-1]}","dist":{{"integrity":"{integrity}","shasum":"{sha1}",'
            f'"tarball":"{self.url}{self.name}/-/{stem}-{version}.tgz","fileCount":12,'
            f'"unpackedSize":123456,{attested}'
            f'"signatures":[{{"keyid":"{key_id}","sig":"{signature}"}}]}}}}'
        )


def _made_up(key: str) -> tuple[str, str]:
    """Return a digest and a signature that nobody verifies, as hard to compress as real ones."""
    digest = hashlib.sha512(key.encode()).digest()
    numbers = hashlib.sha512(digest).digest()
    first, second = (b"\x7f" + part[1:] for part in (numbers[:32], numbers[32:]))
    signature = b"\x30\x44\x02\x20" + first + b"\x02\x20" + second
    return "sha512-" + text64(digest), text64(signature)


def _document(made: Audited, name: str, one: Locked, signer: KeySigner, *, now: float) -> bytes:
    """Return the attestations of a version: the run's and the registry's."""
    run = identity()
    sha512 = base64.b64decode(one.integrity.removeprefix("sha512-")).hex()
    publish = statements.publish_predicate(name, one.version, registry=made.url.rstrip("/"))
    stated = (
        (statements.PUBLISH, publish, signer, bundles.PUBLISH),
        (
            statements.PROVENANCE,
            statements.github_predicate(run.extensions),
            CertificateSigner(identity=run),
            bundles.CURRENT,
        ),
    )
    return json.dumps(
        bundles.document_of(
            *(
                bundles.bundle_of(
                    made.authority,
                    statements.statement(
                        name, one.version, sha512=sha512, predicate_type=kind, predicate=predicate
                    ),
                    by,
                    generation=generation,
                    now=now,
                )
                for kind, predicate, by, generation in stated
            )
        )
    ).encode()


def _served_keys(signer: KeySigner) -> dict[str, Any]:
    key = signer.key.public_key()
    entry = {
        "expires": None,
        "keyid": fingerprint(key),
        "keytype": "ecdsa-sha2-nistp256",
        "scheme": "ecdsa-sha2-nistp256",
        "key": text64(spki(key)),
    }
    return {"keys": [entry]}


def _write_tree(tree: Path, lockfile: bytes, packages: Mapping[str, Any]) -> None:
    """Write what npm reads of an installed project: a package.json at every locked path."""
    tree.mkdir(parents=True)
    (tree / "package-lock.json").write_bytes(lockfile)
    for path, entry in packages.items():
        folder = tree / path
        folder.mkdir(parents=True, exist_ok=True)
        kept = {member: entry[member] for member in _READ_BY_NPM if member in entry}
        name = entry.get("name") or path.rpartition("node_modules/")[2] or "application"
        (folder / "package.json").write_text(json.dumps({"name": name, **kept}))


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
