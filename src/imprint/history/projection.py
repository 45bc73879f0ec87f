"""Projection: the columns of a packument that judging needs, and the history that is read of them.

A packument is read once, as it comes; what is kept of it is a tenth of its size. Not here: fetching
(`evidence.histories`), where it is kept (`storage.projections`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.history.axes import Carries
from imprint.history.packuments import RawPackument, RawVersion, Reader, TornPackument
from imprint.history.rows import Index, Rows, encode_rows, moments_of
from imprint.npm.published import MAX_PACKUMENT_BYTES, moment_of
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imprint.history.publications import Publication

CODE: Final = "malformed-packument"
_NO_VERSIONS: Final = frozenset({"created", "modified", "unpublished"})
"""Members of `time` that are of the package."""

_WHOLE = msgspec.json.Decoder(RawPackument)
_TORN = msgspec.json.Decoder(TornPackument)
_VERSION = msgspec.json.Decoder(RawVersion)
_ESCAPES = re.compile(
    rb"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
"""A backslash or a whole pair, which stay; else half a pair, which is no character."""


class Projection(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one packument. Times are Unix seconds."""

    name: str
    dist_tags: Mapping[str, str]
    first_published: float | None
    publications: tuple[Publication, ...]
    """In the packument's order."""
    gone: Mapping[str, float] = msgspec.field(default_factory=dict)
    """Versions that `time` still has and `versions` not any more, and when they were published."""
    unreadable: tuple[str, ...] = ()
    """Versions that are there and could not be read: unknown, and not gone."""


def project(raw: bytes, name: str) -> Projection:
    """Return what the packument of `name` says of its publications.

    A field of a wrong type costs that field; a version that is no object, or another's, costs that
    version. Raises Malformed (`malformed-packument`) for what is no packument of `name`.
    """
    if len(raw) > MAX_PACKUMENT_BYTES:
        raise _malformed(f"has {len(raw)} bytes: at most {MAX_PACKUMENT_BYTES} are read")
    document: RawPackument | TornPackument
    versions: Mapping[str, RawVersion | None]
    try:
        whole = _WHOLE.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        document, versions = _torn(raw)
    else:
        document, versions = whole, dict(whole.versions or {})
    if document.name != name:
        raise _malformed(f"is of {quoted(document.name)}, expected {quoted(name)}")
    times = _times(document.time)
    there = document.versions or {}
    read_version = Reader().publication
    publications = tuple(
        read_version(version, one, times.get(version))
        for version, one in versions.items()
        if isinstance(one, RawVersion) and _is_of(one, name, version)
    )
    read = {publication.version for publication in publications}
    return Projection(
        name=name,
        dist_tags=_texts(document.dist_tags),
        first_published=_first(document.time, times),
        publications=publications,
        gone={version: moment for version, moment in times.items() if version not in there},
        unreadable=tuple(version for version in there if version not in read),
    )


class PackumentHistory:
    """The history of a package, of its projection: `history.publications.PackageHistory`."""

    __slots__ = ("_moments", "_positions", "_read", "_rows")

    def __init__(self, data: bytes) -> None:
        """Read what `encode` wrote; raises Malformed (`malformed-projection`)."""
        self._rows = Rows(data)
        self._moments: dict[str, float | None] | None = None
        self._positions: dict[str, int] | None = None
        self._read: dict[str, Publication] = {}

    @classmethod
    def of(cls, projection: Projection) -> PackumentHistory:
        """Return the history of a projection that was just made."""
        return cls(encode(projection))

    @property
    def name(self) -> str:
        """The package's name."""
        return self._rows.index.name

    @property
    def dist_tags(self) -> Mapping[str, str]:
        """Tag to version."""
        return self._rows.index.dist_tags

    @property
    def first_published(self) -> float | None:
        """When the package was first published, Unix seconds; None: it does not say."""
        return self._rows.index.first_published

    @property
    def moments(self) -> Mapping[str, float | None]:
        """Every version to when it was published, in the packument's order."""
        if self._moments is None:
            self._moments = moments_of(self._rows.index)
        return self._moments

    @property
    def gone(self) -> Mapping[str, float]:
        """Versions that were unpublished, and when they had been published."""
        return self._rows.index.gone

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Versions that are there and whose entry could not be read: nothing is known of them."""
        return self._rows.index.unreadable

    @property
    def carries(self) -> Carries:
        """Which fields any version of this packument has."""
        times, users, trusted, approvers, signatures, attestations = self._rows.index.carries
        return Carries(
            times=times,
            users=users,
            trusted_publishers=trusted,
            approvers=approvers,
            signatures=signatures,
            attestations=attestations,
        )

    def publication(self, version: str) -> Publication | None:
        """Return one row; None: there is no such version, or none that could be read."""
        found = self._read.get(version)
        if found is not None:
            return found
        if self._positions is None:
            versions = self._rows.index.versions
            self._positions = dict(zip(versions, range(len(versions)), strict=True))
        position = self._positions.get(version)
        if position is None:
            return None
        row = self._read[version] = self._rows.row(position)
        return row

    def publications(self, versions: Sequence[str]) -> tuple[Publication, ...]:
        """Return the rows of `versions`, in that order, leaving out what is not there."""
        found = (self.publication(version) for version in versions)
        return tuple(row for row in found if row is not None)


def encode(projection: Projection) -> bytes:
    """Return a projection as it is kept, for `PackumentHistory`."""
    rows = projection.publications
    index = Index(
        name=projection.name,
        dist_tags=dict(projection.dist_tags),
        first_published=projection.first_published,
        gone=dict(projection.gone),
        unreadable=projection.unreadable,
        carries=(
            any(row.published is not None for row in rows),
            any(row.user is not None for row in rows),
            any(row.trusted_publisher is not None for row in rows),
            any(row.approver is not None for row in rows),
            any(row.signatures for row in rows),
            any(row.has_attestations for row in rows),
        ),
        versions=[],
        published=[],
        key_ids=[],
        row_sizes=[],
        digest_sizes=[],
    )
    return encode_rows(rows, index)


def _torn(raw: bytes) -> tuple[TornPackument, dict[str, RawVersion | None]]:
    """Read a document version by version: one of them, or its text's encoding, is broken."""
    text = _ESCAPES.sub(lambda found: found[1] or rb"\ufffd", raw)
    text = text.decode("utf-8", "replace").encode()
    try:
        document = _TORN.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        # The library's own words have backticks around what is code.
        raise _malformed(f"is none: {quoted(str(err).replace('`', chr(39)))}") from err
    return document, {version: _read(one) for version, one in (document.versions or {}).items()}


def _read(raw: msgspec.Raw) -> RawVersion | None:
    try:
        return _VERSION.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _is_of(raw: RawVersion, name: str, version: str) -> bool:
    return (raw.name is None or raw.name == name) and (
        raw.version is None or raw.version == version
    )


def _times(value: object) -> dict[str, float]:
    found = {}
    for version, text in _texts(value).items():
        moment = moment_of(text) if version not in _NO_VERSIONS else None
        if moment is not None:
            found[version] = moment
    return found


def _first(value: object, times: Mapping[str, float]) -> float | None:
    created = moment_of(_texts(value).get("created"))
    return created if created is not None else min(times.values(), default=None)


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {key: text for key, text in value.items() if isinstance(text, str)}


def _malformed(fault: str) -> Malformed:
    return Malformed(CODE, f"the packument {fault}")
