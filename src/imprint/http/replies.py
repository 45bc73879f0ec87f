"""Replies, and the envelope of refusals: one sentence in all the places where clients look for it.

npm 10 and 11 print `error`, npm 12 prints `error` or `message`, pnpm reads `body.message` of the
exchange, and every npm shows the `npm-notice` header at its default log level, which is the only
place where the cause of a failed exchange is seen (facts/wire.md §0.1, §1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from pathlib import Path

    from imprint.refusals import Refusal

Headers = tuple[tuple[bytes, bytes], ...]

JSON_TYPE = (b"content-type", b"application/json; charset=utf-8")
NO_STORE = (b"cache-control", b"no-store")

MAX_NOTICE_CHARACTERS = 600


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent back."""

    status: int
    headers: Headers = ()
    body: bytes = b""


class FileReply(msgspec.Struct, frozen=True, kw_only=True):
    """A blob that is sent from its store; `path` where that is a folder of this machine."""

    headers: Headers
    sha256: str
    path: Path | None
    first: int
    last: int
    """Inclusive byte positions, for ranges."""
    status: int = 200


def json_reply(value: object, *, status: int = 200, notice: str | None = None) -> Reply:
    """Return `value` as JSON; it is never cached."""
    headers: Headers = (JSON_TYPE, NO_STORE)
    if notice is not None:
        headers += (notice_header(notice),)
    return Reply(status=status, headers=headers, body=msgspec.json.encode(value))


def empty_reply(status: int = 204) -> Reply:
    """Return a reply without a body."""
    return Reply(status=status, headers=(NO_STORE,))


def refusal_reply(
    refusal: Refusal, status: int, *, challenge: str | None = None, noticed: bool = True
) -> Reply:
    """Return a refusal in its envelope. `challenge` is the `www-authenticate` of a 401.

    `noticed`: npm shows the sentence by itself, whatever it was doing.
    """
    text = refusal.message
    envelope: dict[str, object] = {
        "error": text,
        "message": text,
        "body": {"message": text},
        "code": refusal.code,
        "hint": refusal.hint,
        "mismatches": [
            {"claim": m.claim, "expected": m.expected, "actual": m.actual}
            for m in refusal.mismatches
        ],
    }
    reply = json_reply(envelope, status=status, notice=sentence(refusal) if noticed else None)
    if challenge is not None:
        header = (b"www-authenticate", challenge.encode("ascii"))
        reply = replace(reply, headers=(*reply.headers, header))
    return reply


def sentence(refusal: Refusal) -> str:
    """Return the refusal as the one line that a person reads in a log."""
    return refusal.message if refusal.hint is None else f"{refusal.message} (hint: {refusal.hint})"


def with_notice(reply: Reply, text: str) -> Reply:
    """Return the reply with `text` at the end of its notice, or as its notice where it has none."""
    name = b"npm-notice"
    said = next((value.decode("ascii") for key, value in reply.headers if key == name), None)
    others = tuple(header for header in reply.headers if header[0] != name)
    notice = notice_header(text if said is None else f"{said}; {text}")
    return replace(reply, headers=(*others, notice))


def notice_header(text: str) -> tuple[bytes, bytes]:
    """Return the `npm-notice` header: one line of printable ASCII, whatever `text` holds."""
    cut = text[:MAX_NOTICE_CHARACTERS]
    safe = "".join(c if " " <= c <= "~" else "?" for c in cut)
    return b"npm-notice", safe.encode("ascii")
