"""Judging with a memory: what was judged before, on the same grounds, is not judged again.

Importing this, and finding every verdict, imports nothing that verifies: then a whole set costs
look-ups alone. Only verdicts that are valid are kept: what speaks against a version, or could not
be decided, may be another a minute later, and there is little of it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from imprint import __version__
from imprint.evidence.verdict import Outcome, Verdict
from imprint.storage.verdicts import VerdictCache, verdict_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from imprint.evidence.pieces import Pieces

VERIFIER = f"{__version__}/2"
"""The number goes up with everything that could judge otherwise than before."""

_DECODER = msgspec.json.Decoder(Verdict)


class Grounds(msgspec.Struct, frozen=True, kw_only=True):
    """What verdicts rest on beside the pieces themselves."""

    trust_digest: str
    """Of everything that is believed: domains, keys, and where the keys come from."""


def judged(
    pieces: Sequence[Pieces],
    *,
    grounds: Grounds,
    cache: VerdictCache | None,
    judge: Callable[[Sequence[Pieces]], Sequence[Verdict]],
) -> tuple[Verdict, ...]:
    """Return the verdicts on `pieces`, in their order; `judge` is asked for those not kept."""
    keys = [key_of(one, grounds) for one in pieces]
    known = {} if cache is None else _decoded(cache.get(keys))
    missing = [one for key, one in zip(keys, pieces, strict=True) if key not in known]
    found = iter(judge(missing) if missing else ())
    verdicts = tuple(known.get(key) or next(found) for key in keys)
    if cache is not None and missing:
        cache.put(
            {
                key: msgspec.json.encode(verdict)
                for key, verdict in zip(keys, verdicts, strict=True)
                if key not in known and verdict.outcome is Outcome.VALID
            }
        )
    return verdicts


def key_of(pieces: Pieces, grounds: Grounds) -> bytes:
    """Return what the verdict on `pieces` is kept by."""
    published = pieces.published
    return verdict_key(
        published.name,
        published.version,
        published.integrity or "",
        pieces.digest(),
        grounds.trust_digest,
        VERIFIER,
    )


def folder_digest(*folders: Path) -> str:
    """Return the digest of every JSON file below folders, hex: of trust that was not even read.

    What cannot be read is told by whoever needs it, and here it is another content than any.
    """
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.json")):
            digest.update(f"{path.relative_to(folder)} {_content_of(path)}\n".encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _content_of(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as err:
        return f"errno {err.errno}"


def _decoded(kept: Mapping[bytes, bytes]) -> dict[bytes, Verdict]:
    verdicts = {}
    for key, raw in kept.items():
        try:
            verdicts[key] = _DECODER.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue  # of another version of this module: judged anew
    return verdicts
