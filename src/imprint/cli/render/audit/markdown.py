"""A pull request's comment, updated in place: its first line says which one it is.

At most 25 rows, the rest counted; tables of what nobody has to act on are closed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from imprint.cli.render.audit.actions import actions_of
from imprint.cli.render.audit.sentences import (
    age,
    counted,
    coverage_line,
    grade_words,
    headline,
    notes_of,
    reach_words,
    title,
    way_words,
)
from imprint.cli.render.audit.standings import Standing, by_standing, reasons_of
from imprint.cli.render.markup import code_of, text_of
from imprint.history.events import EventId

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.audit.model import Audit, AuditedPackage

MOST_ROWS = 25
_MOST_REASONS, _MOST_NOTES = 4, 10
_OPEN = (Standing.BLOCKED, Standing.REVIEW)
_BREAK = "<br>"


def marker_of(looked_at: str) -> str:
    """Return the comment's first line, the same for every run over that lockfile, or folder."""
    named = hashlib.sha256(looked_at.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"<!-- imprint-audit {named} -->"


def render_markdown(audit: Audit) -> str:
    """Return the whole text."""
    return "\n".join((marker_of(audit.lockfile), *section_of(audit))) + "\n"


def section_of(audit: Audit, *, most_rows: int = MOST_ROWS) -> Iterator[str]:
    """Yield the lines about one lockfile."""
    groups = by_standing(audit)
    yield f"### imprint: {text_of(headline(audit))}"
    yield ""
    yield (
        " · ".join(
            f"{standing.symbol} {len(packages)} {standing.word}"
            for standing, packages in groups.items()
            if packages
        )
        or "no packages"
    )
    room = most_rows
    for standing, packages in groups.items():
        if packages and standing is not Standing.USUAL:
            yield from _section(standing, packages[:room], audit, more=len(packages) - room)
            room = max(room - len(packages), 0)
    if audit.removed:
        yield from ("", f"removed: {_names(audit.removed)}")
    yield from _notes(audit)
    yield ""
    yield f"<sub>policy {text_of(audit.policy)}{_BREAK}{text_of(coverage_line(audit))}</sub>"


def _section(
    standing: Standing, packages: Sequence[AuditedPackage], audit: Audit, *, more: int
) -> Iterator[str]:
    is_open = " open" if standing in _OPEN else ""
    count = len(packages) + max(more, 0)
    # A blank line after the summary: else the table is taken for HTML.
    yield from (
        "",
        f"<details{is_open}><summary>{standing.symbol} {count} {standing.word}</summary>",
    )
    yield ""
    if packages:
        yield "| package | grade | what and why here | to do |"
        yield "|---|---|---|---|"
        for package in packages:
            yield _row(package, audit)
    if more > 0:
        yield from (
            "",
            f"{more} more: `imprint {'diff' if audit.is_difference else 'audit'} --all`",
        )
    yield from ("", "</details>")


def _row(package: AuditedPackage, audit: Audit) -> str:
    reasons = reasons_of(package)
    # What is better than before is why it is told at all.
    events = sorted(package.events, key=lambda one: one.id is not EventId.UPGRADED)
    told = [f"{code_of(one.code)} {text_of(one.message)}" for one in reasons[:_MOST_REASONS]] or [
        f"{code_of(one.id.value)} {text_of(one.message)}" for one in events[:1]
    ]
    if len(reasons) > _MOST_REASONS:
        told.append(f"and {counted(len(reasons) - _MOST_REASONS, 'more reason')}")
    told.append(text_of(reach_words(package) or f"by {way_words(package)}"))
    told += [text_of(f"advisory {one.id}: {one.title}") for one in package.advisories[:2]]
    who = [code_of(title(package)), text_of(package.publisher)]
    old = age(package, audit.now)
    who += [] if old is None else [old]
    actions = [text_of(str(action)) for action in actions_of(package, audit)[:3]]
    cells = (_BREAK.join(who), grade_words(package), _BREAK.join(told), _BREAK.join(actions))
    return f"| {' | '.join(cells)} |"


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_ROWS} more" if len(names) > MOST_ROWS else ""
    return ", ".join(code_of(name) for name in names[:MOST_ROWS]) + more


def _notes(audit: Audit) -> Iterator[str]:
    notes = list(notes_of(audit))
    if notes:
        yield ""
        yield from (f"- {text_of(note)}" for note in notes[:_MOST_NOTES])
    if len(notes) > _MOST_NOTES:
        yield f"- and {len(notes) - _MOST_NOTES} more notes"
