"""What an imprint registry's timeline says of publications. Its word: recorded, proved by nothing.

Shape: `GET /-/imprint/v1/packages/NAME/timeline`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.identity.records import workload_from_json
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.identity.workload import Workload

MAX_TIMELINE_BYTES = 16 * 1024 * 1024


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One publication as the registry recorded it."""

    credential: str
    user: str | None
    publisher: str | None
    """The trusted publisher in one line."""
    approver: str | None
    workload: Workload | None
    published: str
    is_unpublished: bool


class _Row(msgspec.Struct):
    version: str
    published: str
    credential: str
    unpublished: str | None = None
    user: str | None = None
    publisher: str | None = None
    approver: str | None = None
    workload: msgspec.Raw = msgspec.Raw(b"null")


class _Answer(msgspec.Struct):
    publications: list[_Row]


_DECODER = msgspec.json.Decoder(_Answer)


def read_timeline(raw: bytes) -> Mapping[str, Recorded]:
    """Return publications by version; raises Malformed (`foreign-answer`)."""
    try:
        if len(raw) > MAX_TIMELINE_BYTES:
            raise Malformed("foreign-answer", "the registry's timeline is too large to be one")
        rows = _DECODER.decode(raw).publications
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise Malformed("foreign-answer", "the registry's answer is no timeline") from err
    return {
        row.version: Recorded(
            credential=row.credential,
            user=row.user,
            publisher=row.publisher,
            approver=row.approver,
            workload=_workload(row.workload),
            published=row.published,
            is_unpublished=row.unpublished is not None,
        )
        for row in rows
    }


def _workload(raw: msgspec.Raw) -> Workload | None:
    if bytes(raw) == b"null":
        return None
    try:
        return workload_from_json(bytes(raw))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None  # of a later version, which may know more than this one
