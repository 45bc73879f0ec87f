"""Sets of attested versions, and the sides that judge them: ours, sigstore-js, bare checks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.measuring import verifying
from benchmarks.measuring.report import Comparison, Sample, Side
from imprint.npm.integrity import integrity_of
from tests.authority.documents import keys_of_registry
from tests.authority.keys import curve_key, fingerprint, sign, text64
from tests.support.clients import CLIENTS, node_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measuring.genuine import Document, Genuine


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is judged."""

    batch: int = 200
    """Provenance bundles."""
    versions: int = 1500
    attested: int = 510
    """Of the versions: 34 %, as in a real audit (attestation facts, §5)."""


RATE_FLOOR: Final = 8.0
CHECKS_FLOOR: Final = 1 / 1.5
CACHE_FLOOR: Final = 1 / 4
_CHILD: Final = Path(verifying.__file__)
_SIGSTORE_JS: Final = _CHILD.with_name("sigstore_js.cjs")
_KEY: Final = curve_key("benchmark", "registry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sets:
    """What is judged, written to a folder."""

    folder: Path
    sizes: Sizes

    def comparisons(self) -> list[Comparison]:
        """Return what is compared with what."""
        ours, bare = self._ours, self._ours
        root, bundles = self.folder / "trusted_root.json", "bundles.jsonl"
        words = (str(node_path()), str(_SIGSTORE_JS), str(_npm()), str(root))
        provenance = f"provenance, {self.sizes.batch}"
        sigstore = Side(
            what=provenance,
            server="sigstore-js",
            measure=lambda: self._timed((*words, str(self.folder / bundles))),
        )
        return [
            Comparison(
                ours=ours(provenance, "imprint", "provenance"), peer=sigstore, floor=RATE_FLOOR
            ),
            # What is left between this and the floor is all that start-up, parsing, certificates
            # and rules may cost.
            Comparison(
                ours=bare(f"{provenance}: bare checks alone", "pyca alone", "bare-provenance"),
                peer=sigstore,
                floor=None,
            ),
            Comparison(
                ours=ours(f"{self.sizes.versions} versions", "imprint", "versions"),
                peer=bare("the checks they need", "pyca alone", "bare-versions"),
                floor=CHECKS_FLOOR,
            ),
            Comparison(
                ours=ours("the same, kept", "imprint", "cached"),
                peer=bare("the look-ups", "SQLite alone", "bare-look-ups"),
                floor=CACHE_FLOOR,
            ),
        ]

    def _ours(self, what: str, server: str, work: str) -> Side:
        words = (sys.executable, str(_CHILD), work, str(self.folder))
        return Side(what=what, server=server, measure=lambda: self._timed(words))

    def fill(self) -> None:
        """Let every verdict be kept once, and every module be compiled."""
        self._timed((sys.executable, str(_CHILD), "fill", str(self.folder)))

    def _timed(self, words: Sequence[str]) -> Sample:
        return timed(words, bytecode=self.folder / "bytecode")


def sigstore_js() -> str:
    """Return what the peer is, with its version."""
    package = _npm() / "node_modules" / "@sigstore" / "verify" / "package.json"
    version = json.loads(package.read_text())["version"]
    return f"@sigstore/verify {version} of npm {CLIENTS['npm11'].version}"


def _npm() -> Path:
    """Return the folder of npm 11, which brings sigstore-js."""
    return Path(CLIENTS["npm11"].argv[1]).parent.parent


def timed(words: Sequence[str], *, bytecode: Path) -> Sample:
    """Run a process that says how many it did: its own CPU time, start-up included, is what counts.

    Its rate is for one core, so that neither threads nor other work on the machine change it.
    Modules are compiled once, to `bytecode`, as they are where a package is installed.
    """
    environment = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(bytecode)
    started_at = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    elapsed = time.perf_counter() - started_at
    if process.returncode != 0:
        raise RuntimeError(f"`{words[1]} {words[2]}` failed")
    count = int(said)
    cpu = used.ru_utime + used.ru_stime
    return Sample(per_second=count / cpu, cpu_us=cpu / count * 1e6, p50_ms=elapsed * 1e3)


def write_sets(genuine: Genuine, folder: Path, sizes: Sizes | None = None) -> Sets:
    """Write everything that is judged, and let verdicts be kept once."""
    sizes = sizes or Sizes()
    (folder / "trusted_root.json").write_bytes(genuine.trusted_root)
    keys = json.loads(genuine.keys)
    keys["keys"] += keys_of_registry(_KEY.public_key())["keys"]
    (folder / "keys.json").write_text(json.dumps(keys))
    batch = [b for d in genuine.attested(sizes.batch) for b in d.bundles(provenance=True)]
    (folder / "bundles.jsonl").write_text("".join(f"{json.dumps(bundle)}\n" for bundle in batch))
    for number, document in enumerate(genuine.documents):
        (folder / f"{number}.json").write_bytes(document.raw)
    said = _versions(genuine, sizes)
    (folder / "versions.json").write_text(json.dumps(said))
    attested = genuine.attested(sizes.attested)
    each = [document.bundles(provenance=kind) for document in attested for kind in (True, False)]
    bundles = [bundle for some in each for bundle in some]
    checks = {
        "provenance": _checks(batch, count=len(batch)),
        "versions": _checks(bundles, count=sizes.versions, signatures=sizes.versions),
    }
    (folder / "checks.json").write_text(json.dumps(checks))
    sets = Sets(folder=folder, sizes=sizes)
    sets.fill()
    (folder / "keys.txt").write_text("\n".join(_kept_keys(folder)))
    return sets


def _versions(genuine: Genuine, sizes: Sizes) -> list[dict[str, Any]]:
    """Return the set: versions with real signatures, then those with real documents.

    The archive has the registry signatures of two of its documents: theirs are by a key of ours.
    """
    signed = [
        {
            "name": one.name,
            "version": one.version,
            "integrity": one.integrity,
            "signature": [one.key_id, one.signature],
            "document": None,
            "published_at": datetime.fromisoformat(one.published).timestamp(),
        }
        for one, _ in zip(
            cycle(genuine.signed), range(sizes.versions - sizes.attested), strict=False
        )
    ]
    numbers = cycle(range(len(genuine.documents)))
    attested = []
    for number in islice(numbers, sizes.attested):
        document = genuine.documents[number]
        attested.append(_attested(document, f"{number}.json"))
    return signed + attested


def _attested(document: Document, file: str) -> dict[str, Any]:
    integrity = integrity_of(document.sha512)
    message = f"{document.name}@{document.version}:{integrity}".encode()
    return {
        "name": document.name,
        "version": document.version,
        "integrity": integrity,
        "signature": [fingerprint(_KEY.public_key()), text64(sign(_KEY, message))],
        "document": file,
        "provenance_type": document.provenance_type,
        "published_at": None,
    }


def _checks(
    bundles: Sequence[dict[str, Any]], *, count: int, signatures: int = 0
) -> dict[str, int]:
    """Count the checks that nobody can do without for `count` of them.

    One for each registry signature; of each bundle its promise, its checkpoint, its signature; of
    each certificate the authority's signature (P-384), and the log's promise.
    """
    p256, p384 = signatures, 0
    for bundle in bundles:
        material = bundle["verificationMaterial"]
        p256 += 1
        for entry in material["tlogEntries"]:
            p256 += entry.get("inclusionPromise") is not None
            p256 += "checkpoint" in (entry.get("inclusionProof") or {})
        if "publicKey" not in material:
            p256, p384 = p256 + 1, p384 + 1
    return {"count": count, "p256": p256, "p384": p384, "message_bytes": 1500}


def _kept_keys(folder: Path) -> list[str]:
    """Return the keys of the kept verdicts, as often as they are looked up."""
    from imprint.evidence.kept import Grounds, key_of

    grounds = Grounds(trust_digest="trust")
    return [key_of(pieces, grounds).hex() for pieces in verifying.read_pieces(folder)]
