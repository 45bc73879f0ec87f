"""JSON as text, whatever strings are in it: paths of this machine may be no Unicode."""

from __future__ import annotations

import re

import msgspec

_COMMAND = re.compile(r"##(?=(?:vso|teamcity)?\[)", re.IGNORECASE)
"""What CI services take for a command to them, wherever it stands in a line of a log."""


def json_text(value: object, *, indent: int = 2) -> str:
    """Return the text with its line end; `indent` 0: one line."""
    try:
        raw = msgspec.json.encode(value)
    except UnicodeEncodeError:
        raw = msgspec.json.encode(_encodable(value))
    return written(raw, indent=indent)


def written(raw: bytes, *, indent: int = 2) -> str:
    """Return JSON as text with its line end, its texts spelled so that they steer no CI job."""
    text = (msgspec.json.format(raw, indent=indent) if indent else raw).decode() + "\n"
    return _COMMAND.sub(r"#\\u0023", text) if "##" in text else text


def encodable(text: str) -> str:
    """Return the text with `?` for each half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode()


def _encodable(value: object) -> object:
    match value:
        case str():
            return encodable(value)
        case dict():
            return {_encodable(name): _encodable(one) for name, one in value.items()}
        case list() | tuple():
            return [_encodable(one) for one in value]
        case _:
            return value
