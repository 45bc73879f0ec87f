"""Log lines: one each, with fields, and never a secret."""

from __future__ import annotations

import json
import logging

import pytest

from imprint.server.logs import JsonFormatter, LineFormatter


def record(message="event", *, name="imprint.test", error=None, **fields):
    made = logging.LogRecord(name, logging.WARNING, "", 0, message, None, None)
    made.created = 1_795_000_000.25
    made.__dict__.update(fields)
    if error is not None:
        made.exc_info = (type(error), error, None)
    return made


def test_a_line_is_time_level_event_and_fields():
    line = LineFormatter().format(record("clean-up", replays=3, note="two words"))

    assert line == '2026-11-18T11:06:40.250Z warning clean-up replays=3 note="two words"'


def test_json_lines_have_the_same_in_them():
    line = JsonFormatter().format(record("clean-up", replays=3))

    assert json.loads(line) == {
        "time": "2026-11-18T11:06:40.250Z",
        "level": "warning",
        "event": "clean-up",
        "logger": "imprint.test",
        "replays": 3,
    }


def test_what_could_make_another_line_is_escaped():
    line = LineFormatter().format(record("event", note='a\nb=\x1b[31m"c"'))

    assert line.splitlines() == [line]
    assert line.endswith('event note="a\\nb=\\u001b[31m\\"c\\""')


@pytest.mark.parametrize(
    "secret",
    [
        "imp_p_" + "A" * 49,
        "imp_t_" + "z" * 49,
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl",
        "Bearer something-else",
    ],
)
@pytest.mark.parametrize("formatter", [LineFormatter(), JsonFormatter()])
def test_no_secret_passes(formatter, secret):
    shown = formatter.format(record("event", path=f"/a/{secret}", error=ValueError(secret)))

    assert secret.removeprefix("Bearer ") not in shown
    assert "[hidden]" in shown


def test_an_error_has_its_traceback_on_the_same_line():
    line = LineFormatter().format(record("bug", error=ValueError("x")))

    assert line.endswith(" warning bug error=ValueError('x') traceback=\"ValueError: x\\n\"")
    assert line.splitlines() == [line]


def test_libraries_say_who_they_are():
    line = LineFormatter().format(record("hello there", name="aiohttp.access"))

    assert line.endswith('warning aiohttp.access: "hello there"')
