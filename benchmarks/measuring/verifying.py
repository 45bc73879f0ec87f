"""What a child process of the attestations benchmark does: `python verifying.py WHAT FOLDER`.

Every WHAT is a whole process, so that start-up counts; the CPU time is taken from outside.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from imprint.attestations.domains import TrustDomain
    from imprint.evidence.pieces import Pieces
    from imprint.evidence.verdict import Verdict
    from imprint.storage.verdicts import VerdictCache

SECRET: Final = b"benchmark".ljust(32)
CACHE: Final = "verdicts.sqlite3"


def provenance(folder: str | Path) -> int:
    """Verify the provenance bundles of `bundles.jsonl`."""
    from imprint.attestations.proof import CertificateProof
    from imprint.attestations.reading.bundles import parse_bundle
    from imprint.attestations.verify import verify_bundle

    domain, now, count = _domain(folder), time.time(), 0
    with open(f"{folder}/bundles.jsonl", "rb") as lines:  # noqa: PTH123  (pathlib would count as start-up)
        for line in lines:
            proof = verify_bundle(parse_bundle(line), domain=domain, keys=None, now=now)
            assert isinstance(proof, CertificateProof), proof
            count += 1
    return count


def bare_provenance(folder: str | Path) -> int:
    """Do nothing but the signature checks that the batch of provenance needs."""
    return _bare_checks(folder, "provenance")


def bare_versions(folder: str | Path) -> int:
    """Do nothing but the signature checks that the set of versions needs."""
    return _bare_checks(folder, "versions")


def _bare_checks(folder: str | Path, what: str) -> int:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384

    needed = json.loads(_read(folder, "checks.json"))[what]
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
    return int(needed["count"])


def versions(folder: str | Path) -> int:
    """Judge every version of the set, and keep nothing."""
    return _judged(folder, None)


def filled(folder: str | Path) -> int:
    """Judge every version of the set, and keep the verdicts."""
    from pathlib import Path

    from imprint.storage.verdicts import VerdictCache

    with VerdictCache(Path(folder) / CACHE, secret=SECRET) as cache:
        return _judged(folder, cache)


def cached(folder: str | Path) -> int:
    """Find every verdict kept."""
    count = filled(folder)
    assert "cryptography" not in sys.modules, "something verified"
    return count


def bare_look_ups(folder: str | Path) -> int:
    """Look up as many rows as there are versions, and nothing else."""
    import sqlite3

    keys = [bytes.fromhex(line) for line in _read(folder, "keys.txt").decode().split()]
    connection = sqlite3.connect(f"{folder}/{CACHE}")
    for key in keys:
        row = connection.execute("SELECT verdict, mac FROM verdicts WHERE key = ?", (key,))
        assert row.fetchone() is not None
    connection.close()
    return len(keys)


def _judged(folder: str | Path, cache: VerdictCache | None) -> int:
    from imprint.evidence.kept import Grounds, judged

    def judge(missing: Sequence[Pieces]) -> Sequence[Verdict]:
        from imprint.attestations.reading.key_sets import read_key_set
        from imprint.evidence.basis import Basis, KeySource
        from imprint.evidence.judge import judge

        basis = Basis(
            domains=(_domain(folder),),
            keys=read_key_set(_read(folder, "keys.json")),
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


def read_pieces(folder: str | Path) -> Iterator[Pieces]:
    """Read the set: what each version's packument says, and its attestations."""
    from imprint.evidence.looked import Had, NotLooked, NotThere
    from imprint.evidence.pieces import Pieces
    from imprint.npm.published import (
        ClaimedAttestations,
        ClaimedSignature,
        PublishedVersion,
    )

    for said in json.loads(_read(folder, "versions.json")):
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
            document=NotThere() if document is None else Had(_read(folder, document)),
            tarball=NotLooked(why="it was not asked for"),
        )


def _domain(folder: str | Path) -> TrustDomain:
    from imprint.attestations.domains import AllowedIssuer, Thresholds, TrustDomain
    from imprint.attestations.reading.trusted_roots import read_trusted_root
    from imprint.identity.workload import Provider

    github = "https://token.actions.githubusercontent.com"
    return TrustDomain(
        name="public-good",
        root=read_trusted_root(_read(folder, "trusted_root.json")),
        thresholds=Thresholds(),
        issuers=(AllowedIssuer(url=github, provider=Provider.GITHUB, organizations=True),),
        digest="",
    )


# Plain paths: `pathlib` brings what none of the sides needs.
def _read(folder: str | Path, name: str) -> bytes:
    with open(f"{folder}/{name}", "rb") as file:  # noqa: PTH123  (the same)
        return file.read()


WORK: Final[Mapping[str, Callable[[str | Path], int]]] = {
    "provenance": provenance,
    "bare-provenance": bare_provenance,
    "bare-versions": bare_versions,
    "versions": versions,
    "fill": filled,
    "cached": cached,
    "bare-look-ups": bare_look_ups,
}


def main(arguments: Sequence[str]) -> None:
    """Do it, and say how many."""
    what, folder = arguments
    print(WORK[what](folder))


if __name__ == "__main__":
    main(sys.argv[1:])
