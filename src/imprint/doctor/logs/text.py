"""A CI log as plain lines: time stamps, colours and section marks taken off, numbers kept.

Read are raw logs and `gh run view --log` of GitHub, raw logs of GitLab and CircleCI, npm's own
debug logs, and what is pasted from any of them.
"""

from __future__ import annotations

import bisect
import codecs
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imprint.doctor.logs.model import LogLine, LogProvider
from imprint.doctor.logs.secrets import masked
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LOG_BYTES = 64 * 1024 * 1024
LONGEST_SHOWN = 400
"""Characters of a line that are shown."""
LONGEST_READ = 4_000
"""Characters of a line that patterns are tried on."""

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_SECTION = re.compile(r"section_(?:start|end):\d+:[\w.-]+(?:\[[^\]\n]*\])?\r?")
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
_PREFIX = re.compile(
    r"^\ufeff?"
    # `gh run view --log`: job and step, with tabs behind them.
    rf"(?:(?P<job>[^\t\n]{{1,200}})\t[^\t\n]{{1,300}}\t\ufeff?(?={_TIME}))?"
    # GitHub's and GitLab's time; GitLab's stream number (`00O`, `01E+`) behind it.
    rf"(?:{_TIME}(?: \d\d[OE][+ ]?| |$))?"
    # docker build --progress=plain
    r"(?:#\d+ \d+\.\d+ )?",
    re.MULTILINE,
)
_DEBUG = re.compile(r"^(?:\d+ )(?=(?:silly|verbose|info|http|notice|warn|error) )", re.MULTILINE)
_JOB = "Complete job name: "
_LONGEST_JOB = 300
_BINARY_LOOK = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class LogText:
    """The log as it is searched, and where its lines begin."""

    text: str
    provider: LogProvider | None
    job: str | None
    _starts: tuple[int, ...] = field(repr=False)

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self._starts)

    def number_at(self, offset: int) -> int:
        """Return the number of the line, from 1, that the character at `offset` is in."""
        return bisect.bisect_right(self._starts, offset)

    def shown(self, number: int) -> LogLine:
        """Return the line for people: secrets masked, cut where it is long."""
        end = self._starts[number] - 1 if number < self.count else len(self.text)
        raw = self.text[self._starts[number - 1] : end]
        text = masked(raw[:LONGEST_READ]).strip()
        if len(text) > LONGEST_SHOWN:
            text = text[: LONGEST_SHOWN - 3] + "..."
        return LogLine(number=number, text=text)

    def lines_with(self, literal: str) -> Iterator[tuple[int, str]]:
        """Yield offset and text of each line that has `literal`, once a line."""
        at = self.text.find(literal)
        while at >= 0:
            start = self.text.rfind("\n", 0, at) + 1
            end = self.text.find("\n", at)
            end = len(self.text) if end < 0 else end
            # Of a very long line, what is around the literal.
            start = max(start, at - LONGEST_READ // 2)
            yield start, self.text[start : min(end, at + LONGEST_READ)]
            at = self.text.find(literal, end)


def read_log(log: str | bytes) -> LogText:
    """Return the log as lines; `Malformed` where it is no text, or too large."""
    raw = _decoded(log) if isinstance(log, bytes) else log
    if len(raw) > MAX_LOG_BYTES:
        raise Malformed(
            "log-too-large",
            f"the log has {len(raw)} characters: at most {MAX_LOG_BYTES} are read",
            hint="give the log of the publish job alone",
        )
    provider = _provider(raw)
    text = raw.replace("\r\n", "\n")
    if "section_" in text:
        text = _SECTION.sub("", text)
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    text = text.replace("\r", " ")
    job = _job(text)
    text = _DEBUG.sub("npm ", _PREFIX.sub("", text))
    text = text.removesuffix("\n")
    starts = (0, *(match.end() for match in re.finditer("\n", text)))
    return LogText(text=text, provider=provider, job=job, _starts=starts)


def _decoded(log: bytes) -> str:
    if len(log) > MAX_LOG_BYTES:
        raise Malformed(
            "log-too-large",
            f"the log has {len(log)} bytes: at most {MAX_LOG_BYTES} are read",
            hint="give the log of the publish job alone",
        )
    if log.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # What PowerShell's `>` writes.
        return log.decode("utf-16", errors="replace")
    if b"\0" in log[:_BINARY_LOOK]:
        packed = log.startswith((b"PK\x03\x04", b"\x1f\x8b"))
        raise Malformed(
            "log-not-text",
            "the log is " + ("packed" if packed else "not text") + ": it has NUL bytes",
            hint="unpack it, and give the publish job's file" if packed else None,
        )
    return log.decode("utf-8", errors="replace")


def _provider(raw: str) -> LogProvider | None:
    if "##[" in raw or _JOB in raw or "GITHUB_ACTIONS" in raw:
        return LogProvider.GITHUB
    if "section_start:" in raw or "Running with gitlab-runner" in raw or "GITLAB_CI" in raw:
        return LogProvider.GITLAB
    if "CIRCLECI" in raw or "CIRCLE_" in raw or "circleci" in raw:
        return LogProvider.CIRCLECI
    return None


def _job(text: str) -> str | None:
    prefix = _PREFIX.match(text)
    if prefix is not None and prefix["job"]:
        return prefix["job"]
    at = text.find(_JOB)
    if at < 0:
        return None
    start = at + len(_JOB)
    said = text[start : start + _LONGEST_JOB].partition("\n")[0].strip()
    return said or None
