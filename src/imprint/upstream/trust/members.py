"""The members of a kept file, each read as what it has to be. Every fault is `trust-file`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from imprint.npm import strict_json
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.strict_json import JsonObject

SCHEMA: Final = 1
MAX_FILE_BYTES: Final = 4 * 1024 * 1024
MAX_DEPTH: Final = 32
CODE: Final = "trust-file"


def parse(raw: bytes, what: str) -> JsonObject:
    """Return the members of a file of schema 1; `what` names it in messages."""
    members = strict_json.parse_object(
        raw, max_bytes=MAX_FILE_BYTES, max_depth=MAX_DEPTH, code=CODE, what=what
    )
    schema = members.get("schema")
    if schema != SCHEMA or isinstance(schema, bool):
        raise wrong("schema", str(schema), f"{SCHEMA}, the one that is read here")
    return members


def render(members: Mapping[str, object]) -> bytes:
    """Return a file with these members, after its `schema`."""
    return (json.dumps({"schema": SCHEMA, **members}, indent=2, ensure_ascii=False) + "\n").encode()


def wrong(name: str, value: str, expected: str) -> Malformed:
    """Return the error that a member has a value that it does not take."""
    return Malformed(CODE, f"`{name}` is {quoted(value)}: it takes {expected}")


def object_of(members: JsonObject, name: str) -> JsonObject:
    """Return the object that a member is."""
    value = members.get(name)
    if not isinstance(value, dict):
        raise Malformed(CODE, f"`{name}` is no JSON object")
    return value


def text_of(members: JsonObject, name: str) -> str:
    """Return the text that a member is; an empty one is none."""
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(CODE, f"`{name}` is no text")
    return value


def moment_of(members: JsonObject, name: str) -> float:
    """Return the moment that a member names, in Unix seconds."""
    text = text_of(members, name)
    try:
        moment = datetime.fromisoformat(text)
        seconds = moment.timestamp()
    except (ValueError, OverflowError) as err:
        raise wrong(name, text, "a time such as `2026-01-31T12:00:00Z`") from err
    if moment.tzinfo is None:
        raise wrong(name, text, "a time with its zone, such as `2026-01-31T12:00:00Z`")
    return seconds


def rendered_moment(seconds: float) -> str:
    """Return a moment as `moment_of` reads it, to the second."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
