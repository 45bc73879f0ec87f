"""Windows of validity, from JSON (`TimeRange` of sigstore's `sigstore_common.proto`)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from imprint.attestations.roots import Window
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.npm.strict_json import Json

_MOMENT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
"""RFC 3339, as protobuf's JSON writes it: capital letters, up to nine digits."""


def read_window(value: Json, *, place: str, code: str) -> Window:
    """Return the window that `{"start", "end"}` says; without a start it covers nothing.

    Raises Malformed with `code`, naming `place`.
    """
    if value is None:
        return Window(start=None, end=None)
    if not isinstance(value, dict):
        raise Malformed(code, f"`{place}` is not an object")
    return Window(
        start=read_moment(value.get("start"), place=f"{place}.start", code=code),
        end=read_moment(value.get("end"), place=f"{place}.end", code=code),
    )


def read_moment(value: Json, *, place: str, code: str) -> float | None:
    """Return the Unix seconds of an RFC 3339 time, or None where there is none.

    Raises Malformed with `code`, naming `place`.
    """
    if value is None:
        return None
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    try:
        if found is not None:
            seconds = datetime.fromisoformat(found[1] + found[3].replace("Z", "+00:00"))
            return seconds.astimezone(UTC).timestamp() + float(found[2] or 0)
    except (OverflowError, ValueError) as err:
        raise _malformed(value, place, code) from err
    raise _malformed(value, place, code)


def _malformed(value: Json, place: str, code: str) -> Malformed:
    shown = quoted(value) if isinstance(value, str) else "not a text"
    return Malformed(code, f"`{place}` is {shown}, expected a time such as `2026-01-31T00:00:00Z`")
