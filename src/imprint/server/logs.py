"""Log lines: time, level, event, fields, one line each, on stderr. Secrets never pass.

The message of a record is the event's name, `extra` are its fields (style 35).
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Final

_OWN: Final = frozenset(
    {*logging.makeLogRecord({}).__dict__, "message", "asctime", "color_message"}
)
_PLAIN = re.compile(r"[^\s\"=\\\x00-\x1f\x7f]+")
_SECRET = re.compile(
    r"imp_[a-z]_[0-9A-Za-z]+|eyJ[\w-]+\.[\w-]+\.[\w-]+|(?i:(?<=bearer )|(?<=bearer%20))[^\s\"]+"
)
_HIDDEN = "[hidden]"


class LineFormatter(logging.Formatter):
    """`2026-01-01T00:00:00.000Z info clean-up replays=3`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        head = f"{_time(record)} {record.levelname.lower()} {_event(record)}"
        fields = "".join(f" {name}={_text(value)}" for name, value in _fields(record).items())
        return _safe(head + fields)


class JsonFormatter(logging.Formatter):
    """The same as one JSON object for each line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "event": _event(record),
            "logger": record.name,
            **_fields(record),
        }
        return _safe(json.dumps(line, default=str))


def set_up(*, verbosity: int, as_json: bool = False) -> None:
    """Write log lines to stderr: from info on, from debug on at verbosity 1, all libraries' at 2.

    Verbosity below 0 (`-q`) leaves warnings and worse.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if as_json else LineFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.DEBUG if verbosity > 1 else logging.WARNING)
    own = logging.WARNING if verbosity < 0 else logging.DEBUG if verbosity else logging.INFO
    logging.getLogger("imprint").setLevel(own)


def _event(record: logging.LogRecord) -> str:
    # Libraries write sentences, not events.
    message = record.getMessage()
    return message if record.name.startswith("imprint") else f"{record.name}: {_text(message)}"


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields = {name: value for name, value in record.__dict__.items() if name not in _OWN}
    if record.exc_info and record.exc_info[1] is not None:
        fields["error"] = repr(record.exc_info[1])
        fields["traceback"] = "".join(traceback.format_exception(record.exc_info[1]))
    return fields


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def _safe(line: str) -> str:
    return _SECRET.sub(_HIDDEN, line)
