"""Findings that somebody decided to live with: `# imprint: ignore[check] reason until=DATE`.

A comment counts on any line of the finding, and on the lines of comments right above it. A reason
is required; after its date it counts no more. JSON has no comments: the baseline is for those.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from imprint.doctor.model import Ignored
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from imprint.doctor.model import Finding

_COMMENT = re.compile(r"[#;]\s*imprint:\s*ignore\[(?P<checks>[\w\s,-]{1,500})\](?P<rest>[^\r\n]*)")
_UNTIL = re.compile(r"(?:^|\s)until=(?P<date>\S*)")
_LONGEST_ABOVE = 20
"""How many lines of comments above a finding are looked at."""


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """One such comment."""

    path: str
    line: int
    checks: frozenset[str]
    reason: str
    until: date | None
    fault: str | None = None
    """Why it counts for nothing."""


def comments_of(texts: Mapping[str, str], *, today: date) -> tuple[Comment, ...]:
    """Return every such comment of the files, those that count for nothing with their fault."""
    return tuple(
        _comment(path, number, match, today)
        for path, text in texts.items()
        if "imprint:" in text
        for number, line in enumerate(text.splitlines(), start=1)
        for match in _COMMENT.finditer(line)
    )


def sort_out(
    findings: Iterable[Finding], comments: Sequence[Comment], texts: Mapping[str, str]
) -> tuple[tuple[Finding, ...], tuple[Ignored, ...]]:
    """Return the findings that stay, and those that a comment ignores."""
    stay: list[Finding] = []
    ignored: list[Ignored] = []
    good = [comment for comment in comments if comment.fault is None]
    lines = {path: texts[path].splitlines() for path in {one.path for one in good}}
    for finding in findings:
        comment = next(
            (one for one in good if _covers(one, finding, lines.get(finding.span.path, []))), None
        )
        if comment is None:
            stay.append(finding)
        else:
            ignored.append(
                Ignored(
                    finding=finding, reason=comment.reason, until=comment.until, where="comment"
                )
            )
    return tuple(stay), tuple(ignored)


def faults_of(comments: Iterable[Comment]) -> Iterator[str]:
    """Yield one sentence for each comment that counts for nothing."""
    for one in comments:
        if one.fault is not None:
            yield f"{one.path}:{one.line}: {one.fault}"


def _comment(path: str, line: int, match: re.Match[str], today: date) -> Comment:
    checks = frozenset(name.strip() for name in match["checks"].split(",") if name.strip())
    rest = match["rest"].strip()
    until, fault = None, None
    if found := _UNTIL.search(rest):
        rest = (rest[: found.start()] + rest[found.end() :]).strip()
        try:
            until = date.fromisoformat(found["date"])
        except ValueError:
            fault = f"ignore comment's date is {quoted(found['date'])}, expected `until=2027-01-31`"
    if fault is None and not rest:
        fault = "ignore comment has no reason: it counts for nothing without one"
    if fault is None and until is not None and until < today:
        fault = f"ignore comment ran out on {until}: its findings are back"
    return Comment(path=path, line=line, checks=checks, reason=rest, until=until, fault=fault)


def _covers(comment: Comment, finding: Finding, lines: Sequence[str]) -> bool:
    if comment.path != finding.span.path or finding.check not in comment.checks:
        return False
    if finding.span.line <= comment.line <= finding.end_line:
        return True
    between = lines[comment.line - 1 : finding.span.line - 1]
    return 0 < len(between) <= _LONGEST_ABOVE and all(
        line.lstrip().startswith(("#", ";")) for line in between
    )
