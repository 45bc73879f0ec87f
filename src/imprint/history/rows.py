"""Publications of one package as they are kept: an index, and each row encoded by itself.

A warm audit reads some rows of each of thousands of packages, so a row is decoded only when it is
asked for, while versions and their dates are in the index. Layout: a format byte, the length of
what is compressed, that (index, then rows), and the digests as they are, for they cannot be made
smaller. Not here: where it is kept, and who vouches that nobody wrote it but us.
"""

from __future__ import annotations

from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec
from isal import isal_zlib
from isal.igzip_lib import IsalError

from imprint.history.packed_columns import pack_integrities, pack_sha1s, pack_signatures
from imprint.history.packed_digests import (
    SCALAR_BYTES,
    SHA1_BYTES,
    SHA512_BYTES,
    unpack_integrity,
    unpack_signature,
)
from imprint.history.publications import Publication
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORMAT: Final = 2
"""Goes up with everything that an older reader would read otherwise."""
CODE: Final = "malformed-projection"
MAX_BYTES: Final = 512 * 1024 * 1024
_LENGTH_BYTES: Final = 4
_INTEGRITY, _SHASUM, _COMMIT, _SIGNATURE = 1, 2, 4, 8
_MILLI: Final = 1000


class Index(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What is known of a package without decoding a row."""

    name: str
    dist_tags: dict[str, str]
    first_published: float | None
    gone: dict[str, float]
    unreadable: tuple[str, ...]
    carries: tuple[bool, bool, bool, bool, bool, bool]
    versions: list[str]
    published: list[int | float | None]
    """Milliseconds where they are whole, else seconds."""
    key_ids: list[str]
    row_sizes: list[int]
    digest_sizes: list[int]


_ENCODER = msgspec.msgpack.Encoder()
_INDEX = msgspec.msgpack.Decoder(Index)
_ROW = msgspec.msgpack.Decoder(Publication)


class Rows:
    """The rows of one package, still encoded."""

    __slots__ = ("_digest_ends", "_digests", "_row_ends", "_text", "_text_start", "index")

    def __init__(self, data: bytes) -> None:
        """Read the index of what `encode_rows` wrote; raises Malformed (`malformed-projection`)."""
        try:
            if data[0] != FORMAT:
                raise _malformed(f"is of format {data[0]}, expected {FORMAT}")
            start = 1 + _LENGTH_BYTES
            end = start + int.from_bytes(data[1:start], "big")
            text = _inflated(data[start:end])
            size = int.from_bytes(text[:_LENGTH_BYTES], "big")
            self._text_start = _LENGTH_BYTES + size
            self.index = _INDEX.decode(memoryview(text)[_LENGTH_BYTES : self._text_start])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, IndexError) as err:
            raise _malformed("is damaged") from err
        self._text = text
        self._digests = data[end:]
        self._row_ends = _ends(self.index.row_sizes)
        self._digest_ends = _ends(self.index.digest_sizes)
        counts = {len(self.index.versions), len(self.index.published)}
        counts |= {len(self.index.row_sizes), len(self.index.digest_sizes)}
        if (
            len(counts) != 1
            or len(self._digests) != self._digest_ends[-1]
            or len(text) != self._text_start + self._row_ends[-1]
        ):
            raise _malformed("is cut off")
        self.index = msgspec.structs.replace(self.index, row_sizes=[], digest_sizes=[])

    def row(self, position: int) -> Publication:
        """Return the row at a position of the index; raises Malformed (`malformed-projection`)."""
        start = self._text_start
        encoded = self._text[
            start + self._row_ends[position] : start + self._row_ends[position + 1]
        ]
        packed = self._digests[self._digest_ends[position] : self._digest_ends[position + 1]]
        try:
            return _whole(
                _ROW.decode(encoded),
                packed,
                version=self.index.versions[position],
                published=_seconds(self.index.published[position]),
                key_ids=self.index.key_ids,
            )
        except (msgspec.DecodeError, UnicodeDecodeError, IndexError) as err:
            raise _malformed("has a damaged row") from err


def encode_rows(publications: Sequence[Publication], index: Index) -> bytes:
    """Return `index`, completed by what is in the rows, and the rows."""
    key_ids: dict[str, int] = {}
    rows, digests = [], []
    for publication, columns in zip(publications, _columns(publications), strict=True):
        packed, rest = _split(publication, columns, key_ids)
        rows.append(_ENCODER.encode(rest))
        digests.append(packed)
    whole = msgspec.structs.replace(
        index,
        versions=[publication.version for publication in publications],
        published=[_milliseconds(publication.published) for publication in publications],
        key_ids=list(key_ids),
        row_sizes=[len(row) for row in rows],
        digest_sizes=[len(packed) for packed in digests],
    )
    head = _ENCODER.encode(whole)
    text = b"".join((len(head).to_bytes(_LENGTH_BYTES, "big"), head, *rows))
    small = isal_zlib.compress(text, 1)
    return b"".join((bytes((FORMAT,)), len(small).to_bytes(_LENGTH_BYTES, "big"), small, *digests))


_Columns: TypeAlias = "tuple[bytes | None, bytes | None, bytes | None, bytes | None]"
"""Packed integrity, shasum, commit and signature of a version."""


def _columns(publications: Sequence[Publication]) -> Iterator[_Columns]:
    return zip(
        pack_integrities([row.integrity for row in publications]),
        pack_sha1s([row.shasum for row in publications]),
        pack_sha1s([row.commit for row in publications]),
        pack_signatures(
            [row.signatures[0][1] if len(row.signatures) == 1 else None for row in publications]
        ),
        strict=True,
    )


def _split(
    publication: Publication, columns: _Columns, key_ids: dict[str, int]
) -> tuple[bytes, Publication]:
    """Return the digests of a row, packed, and the row without what is kept elsewhere."""
    flags, packed = 0, b""
    integrity, shasum = publication.integrity, publication.shasum
    commit, signatures = publication.commit, publication.signatures
    packed_integrity, packed_shasum, packed_commit, packed_signature = columns
    # Written out: this is done for every version there is, and a loop would take as long again.
    if packed_integrity is not None:
        flags, packed, integrity = _INTEGRITY, packed_integrity, None
    if packed_shasum is not None:
        flags, packed, shasum = flags | _SHASUM, packed + packed_shasum, None
    if packed_commit is not None:
        flags, packed, commit = flags | _COMMIT, packed + packed_commit, None
    if packed_signature is not None:
        place = key_ids.setdefault(signatures[0][0], len(key_ids))
        if place < 256:  # noqa: PLR2004  (of a byte)
            flags, packed = flags | _SIGNATURE, packed + bytes((place,)) + packed_signature
            signatures = ()
    rest = msgspec.structs.replace(
        publication,
        version="",
        published=None,
        integrity=integrity,
        shasum=shasum,
        commit=commit,
        signatures=signatures,
    )
    return bytes((flags,)) + packed, rest


def _whole(
    rest: Publication,
    packed: bytes,
    *,
    version: str,
    published: float | None,
    key_ids: Sequence[str],
) -> Publication:
    integrity, shasum = rest.integrity, rest.shasum
    commit, signatures = rest.commit, rest.signatures
    flags, at = packed[0], 1
    if flags & _INTEGRITY:
        integrity = unpack_integrity(packed[at : at + SHA512_BYTES])
        at += SHA512_BYTES
    if flags & _SHASUM:
        shasum = packed[at : at + SHA1_BYTES].hex()
        at += SHA1_BYTES
    if flags & _COMMIT:
        commit = packed[at : at + SHA1_BYTES].hex()
        at += SHA1_BYTES
    if flags & _SIGNATURE:
        signature = packed[at + 1 : at + 1 + 2 * SCALAR_BYTES]
        signatures = ((key_ids[packed[at]], unpack_signature(signature)),)
    return msgspec.structs.replace(
        rest,
        version=version,
        published=published,
        integrity=integrity,
        shasum=shasum,
        commit=commit,
        signatures=signatures,
    )


def _ends(sizes: Sequence[int]) -> array[int]:
    # Four bytes a version, and not forty: thousands of packages are held at a time.
    try:
        return array("I", accumulate(sizes, initial=0))
    except OverflowError as err:
        raise _malformed("is damaged") from err


def _milliseconds(seconds: float | None) -> int | float | None:
    if seconds is None:
        return None
    whole = round(seconds * _MILLI)
    return whole if whole / _MILLI == seconds else seconds


def _seconds(kept: int | float | None) -> float | None:  # noqa: PYI041 - they mean two things
    return kept / _MILLI if isinstance(kept, int) else kept


def _inflated(data: bytes) -> bytes:
    inflater = isal_zlib.decompressobj()
    try:
        text = inflater.decompress(data, MAX_BYTES)
    except IsalError as err:  # type: ignore[misc]  # its stubs call it an instance
        raise _malformed("is damaged") from err
    if not inflater.eof:
        raise _malformed("is cut off, or far too large")
    return text


def moments_of(index: Index) -> dict[str, float | None]:
    """Return every version with its date."""
    # Written out: it is done for every version of every package.
    published = [kept / _MILLI if isinstance(kept, int) else kept for kept in index.published]
    return dict(zip(index.versions, published, strict=True))


def _malformed(fault: str) -> Malformed:
    return Malformed(CODE, f"a kept projection of a packument {fault}")
