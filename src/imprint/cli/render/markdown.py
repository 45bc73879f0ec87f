"""Markdown for pull requests and job summaries, with each publish path as a Mermaid drawing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.cli.render.plain import printable
from imprint.doctor.compare import who_of
from imprint.doctor.sentences import coverage_line, folded_line, how_of
from imprint.doctor.ways import ways_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.doctor.model import Diagnosis
    from imprint.doctor.outcome import Outcome
    from imprint.doctor.ranking import Group
    from imprint.workflows.paths.model import PublishPath
    from imprint.workflows.sources import Span

MOST_DRAWINGS = 5
_SPECIAL = re.compile(r"([\\`*_\[\]|<>~])")
_CODE = re.compile(r"`([^`]*)`")


def render_markdown(outcome: Outcome) -> str:
    """Return the whole text."""
    return "\n".join(_lines(outcome)) + "\n"


def _lines(outcome: Outcome) -> Iterator[str]:
    diagnosis = outcome.diagnosis
    yield "## How this repository publishes"
    yield ""
    for weaker in () if outcome.comparison is None else outcome.comparison.weaker:
        yield (
            f"- **weaker**: {_code(weaker.package)} can be published by"
            f" **{_text(weaker.after)}**, before by {_text(weaker.before)}"
        )
    for group in outcome.ranking.shown:
        yield from _group(group)
    if not outcome.ranking.shown:
        yield "No findings." if outcome.comparison is None else "Nothing new."
    folded = folded_line(outcome.ranking)
    if folded is not None:
        yield ""
        yield _text(folded)
    yield from _table(diagnosis)
    yield from _drawings(diagnosis)
    yield ""
    yield f"<sub>{_text(coverage_line(diagnosis))}</sub>"


def _group(group: Group) -> Iterator[str]:
    first = group.first
    yield (
        f"- **{first.severity.name.lower()}** {_code(first.check)}:"
        f" {_text(first.message)} ({_place(first.span)})"
    )
    if first.hint is not None:
        yield f"  <br>hint: {_text(first.hint)}"
    others = group.other_places()
    if others:
        places = ", ".join(_place(span) for span in others[:10])
        yield f"  <br>also: {places}"


def _table(diagnosis: Diagnosis) -> Iterator[str]:
    if not diagnosis.table:
        return
    yield from ("", "### Who can publish", "", "| package | who | how |", "|---|---|---|")
    for row in diagnosis.table:
        yield f"| {_code(row.package)} | {_text(row.who)} | {_text(how_of(row))} |"


def _drawings(diagnosis: Diagnosis) -> Iterator[str]:
    paths = (path for path in diagnosis.paths[: diagnosis.of_people] if path.can_publish)
    ways = ways_of(paths)
    for way in ways[:MOST_DRAWINGS]:
        yield from ("", f"#### {_text(who_of(way.path))} publishes {_code(way.named)}", "")
        yield from ("```mermaid", *mermaid(way.path, way.named), "```")
    if len(ways) > MOST_DRAWINGS:
        more = len(ways) - MOST_DRAWINGS
        yield from ("", f"{more} more paths: {_code('imprint doctor --paths')}")


def mermaid(path: PublishPath, packages: str) -> Iterator[str]:
    """Yield the lines of a path's flow chart."""
    yield "flowchart LR"
    yield f'  p(["{_label(who_of(path))}"])'
    before = "p"
    for number, hop in enumerate(path.hops):
        where = "" if hop.span is None else f"<br>{_label(hop.span.path)}:{hop.span.line}"
        yield f'  {before} --> h{number}["{_label(hop.node)}{where}"]'
        before = f"h{number}"
    yield f'  {before} --> k[("{_label(packages)}")]'


def _label(text: str) -> str:
    """Return a text as it may stand in Mermaid's quotes: its entities are by number."""
    safe = printable(text)
    return "".join(c if c.isalnum() or c in " ./:-_@,+=*" else f"#{ord(c)};" for c in safe)


def _text(text: str) -> str:
    """Return one line with its markup escaped; what is in backticks stays code."""
    parts = _CODE.split(printable(text))
    return "".join(
        _code(part) if number % 2 else _SPECIAL.sub(r"\\\1", part)
        for number, part in enumerate(parts)
    )


def _code(text: str) -> str:
    # In a table's cell a bar would end it, in code or not.
    return "`" + printable(text).replace("`", "'").replace("|", "\\|") + "`"


def _place(span: Span) -> str:
    return _code(f"{span.path}:{span.line}")
