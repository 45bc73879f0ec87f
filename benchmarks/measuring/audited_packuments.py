"""Packuments of our own making around real versions: as long, and as hard to compress, as real."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from imprint.npm.names import PackageName
from tests.authority import statements
from tests.authority.cases.case import identity
from tests.authority.keys import fingerprint, sign, text64

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.authority.bundles import KeySigner

VERSION_BYTES: Final = 2012
"""277 MB of 137,697 versions."""
OLDEST: Final = 1_451_606_400.0
"""2016, when the first versions are from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A version of the lockfile that a registry serves."""

    version: str
    integrity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
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
        older = (one for one in self._older(count + len(taken)) if one not in taken)
        names = list(islice(older, count - len(self.locked)))
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

    def _older(self, count: int) -> Iterator[str]:
        """Yield so many versions: of every major up to the locked one's, as many of each."""
        major = max(int(one.version.partition(".")[0]) for one in self.locked)
        of_each = -(-count // (major + 1))
        for number in range(count):
            of_major, within = divmod(number, of_each)
            yield f"{of_major}.{within // 20}.{within % 20}"

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


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
