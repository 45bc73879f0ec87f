"""Several lockfiles for people: each by itself, and a line of all; a broken one hides no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.audit.model import Audit
from imprint.cli.render.audit.github import annotations_of
from imprint.cli.render.audit.layout import Layout
from imprint.cli.render.audit.markdown import MOST_ROWS, marker_of, section_of
from imprint.cli.render.audit.plain import render_plain
from imprint.cli.render.audit.sentences import counted, took_words
from imprint.cli.render.audit.standings import Standing, by_standing
from imprint.cli.render.markup import code_of, text_of
from imprint.cli.render.plain import printable
from imprint.cli.render.workflow_commands import workflow_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.audit.model import AuditSet, NotAudited

_LEVELS = ("::error", "::warning", "::notice")
_MOST_SECTIONS = 40
"""A comment has room for so many; GitHub takes 65,536 characters."""


def plain_several(several: AuditSet, layout: Layout) -> str:
    """Return a report of each lockfile, then those that came to nothing, then a line of all."""
    height = max(layout.height // max(len(several.outcomes), 1), 1)
    each = replace(layout, height=height)
    parts = [render_plain(audit, each) for audit in several.audits]
    parts += ["".join(f"{line}\n" for line in _failure(one, layout)) for one in several.failures]
    told = (*(f"note: {note}" for note in several.notes), total_line(several))
    parts.append("".join(f"{layout.plain(printable(line))}\n" for line in told))
    return "\n".join(parts)


def total_line(several: AuditSet) -> str:
    """Return what all of it came to: `3 lockfiles: 1 with blocked packages, 1 not audited · …`."""
    audits = several.audits
    groups = [by_standing(audit) for audit in audits]
    worst = [next((s for s in Standing if group[s]), Standing.USUAL) for group in groups]
    parts = [
        f"{worst.count(standing)} with {standing.word} packages"
        for standing in (Standing.BLOCKED, Standing.REVIEW, Standing.UNCHECKED)
        if standing in worst
    ]
    if several.failures:
        parts.append(f"{len(several.failures)} not audited")
    told = f": {', '.join(parts)}" if parts else ""
    checked = sum(audit.coverage.checked for audit in audits)
    packages = sum(audit.coverage.packages for audit in audits)
    requests = sum(audit.coverage.requests for audit in audits)
    return " · ".join(
        (
            f"{counted(len(several.outcomes), 'lockfile')}{told}",
            f"checked {checked:,} of {counted(packages, 'package')}",
            f"{took_words(several.seconds)}, {counted(requests, 'request')}",
        )
    )


def markdown_several(several: AuditSet) -> str:
    """Return one comment: what has something to look at first, the rest in a line each."""
    return "\n".join(_comment(several)) + "\n"


def _comment(several: AuditSet) -> Iterator[str]:
    yield marker_of(f"{several.folder}\0several")
    yield f"## imprint: {text_of(total_line(several))}"
    for one in several.failures:
        yield from ("", f"- ✗ {text_of(failure_line(one))}")
    busy = [audit for audit in several.audits if _has_something(audit)]
    rows = max(MOST_ROWS // max(len(busy), 1), 1)
    for audit in busy[:_MOST_SECTIONS]:
        yield from ("", *section_of(audit, most_rows=rows))
    quiet = [audit.lockfile for audit in several.audits if not _has_something(audit)]
    for lockfiles, words in (
        ([audit.lockfile for audit in busy[_MOST_SECTIONS:]], "more to look at"),
        (quiet, "as usual"),
    ):
        if lockfiles:
            more = len(lockfiles) - MOST_ROWS
            names = ", ".join(code_of(name) for name in lockfiles[:MOST_ROWS])
            yield from ("", f"{words}: {names}{f' and {more} more' if more > 0 else ''}")
    for note in several.notes:
        yield from ("", f"- {text_of(note)}")


def _has_something(audit: Audit) -> bool:
    groups = by_standing(audit)
    is_told = any(groups[standing] for standing in Standing if standing is not Standing.USUAL)
    return is_told or bool(audit.rule_changes) or not audit.coverage.checked or bool(audit.removed)


def github_several(several: AuditSet) -> str:
    """Return the annotations of all, errors first: GitHub shows ten of a level in a step."""
    lines = [
        workflow_command(
            "error", {"file": one.lockfile, "title": "imprint: not audited"}, failure_line(one)
        )
        for one in several.failures
    ]
    # The policy is one for many: what a change does to it is said once.
    lines += dict.fromkeys(line for audit in several.audits for line in annotations_of(audit))
    lines.append(workflow_command("notice", {"title": "imprint"}, total_line(several)))
    lines.sort(key=_level)
    return "".join(f"{line}\n" for line in lines)


def _level(line: str) -> int:
    return next(number for number, level in enumerate(_LEVELS) if line.startswith(level))


def failure_line(failure: NotAudited) -> str:
    """Return why a lockfile came to nothing, in a line."""
    hint = "" if failure.refusal.hint is None else f" ({failure.refusal.hint})"
    return f"{failure.lockfile} was not audited: {failure.refusal.message}{hint}"


def _failure(failure: NotAudited, layout: Layout) -> Iterator[str]:
    standing = Standing.UNCHECKED if failure.is_undecided else Standing.BLOCKED
    symbol = standing.symbol if layout.has_symbols else standing.plain_symbol
    message = f"{failure.refusal.code}: {failure.refusal.message}"
    yield layout.plain(printable(f"{symbol} not audited  {failure.lockfile}  {message}"))
    if failure.refusal.hint is not None:
        yield layout.plain(printable(f"    to do: {failure.refusal.hint}"))
