"""By which digest a version's tarball is known: the strongest that its packument states. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imprint.npm.integrity import parse_sri
from imprint.refusals import Malformed
from imprint.storage.gate_tarballs import ALGORITHMS, TarballDigest

if TYPE_CHECKING:
    from imprint.history.publications import Publication

_SHASUM: Final = re.compile(r"[0-9a-f]{40}\Z")


def stated_digest(publication: Publication) -> TarballDigest | None:
    """Return the strongest digest that `dist` states; None: none that could be read.

    Versions of before 2017 state a sha1 alone. A part of an integrity that nobody understands
    counts as not there, as npm has it.
    """
    stated: dict[str, str] = {}
    for part in (publication.integrity or "").split():
        try:
            ((algorithm, digest),) = parse_sri(part.partition("?")[0])
        except Malformed:
            continue
        stated.setdefault(algorithm, digest.hex())
    shasum = (publication.shasum or "").strip().lower()
    if _SHASUM.match(shasum):
        stated.setdefault("sha1", shasum)
    for algorithm in ALGORITHMS:
        if algorithm in stated:
            return TarballDigest(algorithm=algorithm, hexadecimal=stated[algorithm])
    return None
