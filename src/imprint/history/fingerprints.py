"""Fingerprints of events: 12 hex digits that are the same in every run.

A baseline and an acceptance name an event by it, so what it is made of decides what one acceptance
covers:

- the package and the event, always;
- from what to what, so that accepting one publisher does not blind the next;
- the release line, where evidence of a line is less (`auth-regressed` on 6.x: one acceptance covers
  undici 6.19 to 6.25, and none of 7.x);
- nothing more, where a publisher is another: it is so in every line;
- the version, where the event is about that version's bytes or release alone.

Never a time, a severity or a message: those change by themselves.
"""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imprint.history.events import EventId

_HEX_DIGITS = 12
_NOTHING = "\x00"


class About(Enum):
    """What an event is about, and one acceptance of it covers."""

    PACKAGE = "package"
    LINE = "line"
    VERSION = "version"


def event_fingerprint(
    name: str,
    id: EventId,  # noqa: A002  (the field's own name)
    subject: str,
    *,
    before: str | None,
    after: str | None,
) -> str:
    """Return the fingerprint of an event of package `name`.

    `subject` is a release line, a version, or nothing. Each part is written with its length, so
    that no two events have the same text.
    """
    parts = (
        name,
        id.value,
        subject,
        _NOTHING if before is None else before,
        _NOTHING if after is None else after,
    )
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8))
        digest.update(raw)
    return digest.hexdigest()[:_HEX_DIGITS]
