"""What a child process of the attestations benchmark does: `python verifying.py WHAT FOLDER`.

Every WHAT is a whole process, so that start-up counts; the CPU time is taken from outside.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from imprint.attestations.domains import TrustDomain
    from imprint.evidence.pieces import Pieces
    from imprint.evidence.verdict import Verdict
    from imprint.storage.verdicts import VerdictCache

SECRET: Final = b"benchmark".ljust(32)
CACHE: Final = "verdicts.sqlite3"


def provenance(folder: Path) -> int:
    """Verify the provenance bundles of `bundles.jsonl`."""
    from imprint.attestations.proof import CertificateProof
    from imprint.attestations.reading.bundles import parse_bundle
    from imprint.attestations.verify import verify_bundle

    domain, now, count = _domain(folder), time.time(), 0
    with (folder / "bundles.jsonl").open("rb") as lines:
        for line in lines:
            proof = verify_bundle(parse_bundle(line), domain=domain, keys=None, now=now)
            assert isinstance(proof, CertificateProof), proof
            count += 1
    return count


def bare_checks(folder: Path) -> int:
    """Do nothing but the signature checks that the set of versions needs."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384

    needed = json.loads((folder / "checks.json").read_text())
    message = b"m" * needed["message_bytes"]
    for curve, digest, count in (
        (ec.SECP256R1(), SHA256(), needed["p256"]),
        (ec.SECP384R1(), SHA384(), needed["p384"]),
    ):
        key = ec.generate_private_key(curve)
        algorithm = ec.ECDSA(digest)
        signature, public_key = key.sign(message, algorithm), key.public_key()
        for _ in range(count):
            public_key.verify(signature, message, algorithm)
    return int(needed["versions"])


def versions(folder: Path) -> int:
    """Judge every version of the set, and keep nothing."""
    return _judged(folder, None)


def filled(folder: Path) -> int:
    """Judge every version of the set, and keep the verdicts."""
    from imprint.storage.verdicts import VerdictCache

    with VerdictCache(folder / CACHE, secret=SECRET) as cache:
        return _judged(folder, cache)


def cached(folder: Path) -> int:
    """Find every verdict kept."""
    count = filled(folder)
    assert "cryptography" not in sys.modules, "something verified"
    return count


def bare_look_ups(folder: Path) -> int:
    """Look up as many rows as there are versions, and nothing else."""
    import sqlite3

    keys = [bytes.fromhex(line) for line in (folder / "keys.txt").read_text().split()]
    connection = sqlite3.connect(folder / CACHE)
    for key in keys:
        row = connection.execute("SELECT verdict, mac FROM verdicts WHERE key = ?", (key,))
        assert row.fetchone() is not None
    connection.close()
    return len(keys)


def _judged(folder: Path, cache: VerdictCache | None) -> int:
    from imprint.evidence.kept import Grounds, judged

    def judge(missing: Sequence[Pieces]) -> Sequence[Verdict]:
        from imprint.attestations.reading.key_sets import read_key_set
        from imprint.evidence.basis import Basis, KeySource
        from imprint.evidence.judge import judge

        basis = Basis(
            domains=(_domain(folder),),
            keys=read_key_set((folder / "keys.json").read_bytes()),
            key_source=KeySource.GIVEN,
            registry=None,
        )
        now = time.time()
        return [judge(pieces, basis=basis, now=now) for pieces in missing]

    pieces = list(read_pieces(folder))
    found = judged(pieces, grounds=Grounds(trust_digest="trust"), cache=cache, judge=judge)
    wrong = [verdict for verdict in found if verdict.outcome.value != "valid"]
    assert not wrong, wrong[0]
    return len(found)


def read_pieces(folder: Path) -> Iterator[Pieces]:
    """Read the set: what each version's packument says, and its attestations."""
    from imprint.evidence.looked import Had, NotLooked, NotThere
    from imprint.evidence.pieces import Pieces
    from imprint.npm.published import (
        ClaimedAttestations,
        ClaimedSignature,
        PublishedVersion,
    )

    for said in json.loads((folder / "versions.json").read_text()):
        document = said["document"]
        key_id, signature = said["signature"]
        yield Pieces(
            published=PublishedVersion(
                name=said["name"],
                version=said["version"],
                integrity=said["integrity"],
                tarball=None,
                signatures=(ClaimedSignature(key_id=key_id, signature=signature),),
                attestations=None
                if document is None
                else ClaimedAttestations(url=None, provenance_type=said["provenance_type"]),
                publisher=None,
                repository=None,
                commit=None,
                published_at=said["published_at"],
            ),
            document=NotThere() if document is None else Had((folder / document).read_bytes()),
            tarball=NotLooked(why="it was not asked for"),
        )


def _domain(folder: Path) -> TrustDomain:
    from imprint.attestations.domains import AllowedIssuer, Thresholds, TrustDomain
    from imprint.attestations.reading.trusted_roots import read_trusted_root
    from imprint.identity.workload import Provider

    github = "https://token.actions.githubusercontent.com"
    return TrustDomain(
        name="public-good",
        root=read_trusted_root((folder / "trusted_root.json").read_bytes()),
        thresholds=Thresholds(),
        issuers=(AllowedIssuer(url=github, provider=Provider.GITHUB, organizations=True),),
        digest="",
    )


WORK: Final[Mapping[str, Callable[[Path], int]]] = {
    "provenance": provenance,
    "bare-checks": bare_checks,
    "versions": versions,
    "fill": filled,
    "cached": cached,
    "bare-look-ups": bare_look_ups,
}


def main(arguments: Sequence[str]) -> None:
    """Do it, and say how many."""
    what, folder = arguments
    print(WORK[what](Path(folder)))


if __name__ == "__main__":
    main(sys.argv[1:])
