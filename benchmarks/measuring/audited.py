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
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from isal import isal_zlib

from benchmarks.measuring.audited_packuments import Locked, MadeUp
from benchmarks.measuring.genuine import ArchiveMissingError
from imprint.npm.names import PackageName
from tests.authority import bundles, documents, statements
from tests.authority.authority import Authority
from tests.authority.bundles import CertificateSigner, KeySigner
from tests.authority.cases.case import identity
from tests.authority.keys import fingerprint, spki, text64

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ARCHIVE: Final = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "lockfiles.tar.gz"
SHARE_ATTESTED: Final = 0.34
TOTAL_BYTES: Final = 277_000_000
LARGEST_BYTES: Final = 19_700_000
DAY: Final = 86_400.0
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
        package = MadeUp(
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


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
