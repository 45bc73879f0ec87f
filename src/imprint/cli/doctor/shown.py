"""A diagnosis for people and for programs: what matters most comes in the first three lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imprint.cli.report import Report, table
from imprint.cli.session import current, show
from imprint.doctor.compare import who_of
from imprint.doctor.sentences import counted, coverage_line, folded_line, how_of
from imprint.doctor.ways import ways_of
from imprint.workflows.findings import Confidence, FixKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.doctor.compare import Comparison
    from imprint.doctor.model import Diagnosis, Finding
    from imprint.doctor.outcome import Outcome
    from imprint.doctor.ranking import Group
    from imprint.doctor.ways import Way
    from imprint.workflows.sources import Span

_OTHER_PLACES = 3
"""How many further places of one finding, and how many opaque actions, are named."""


def show_outcome(outcome: Outcome) -> None:
    """Write it in the format that was asked for."""
    match current().format:
        case "sarif":
            from imprint.cli.render.sarif import render_sarif

            click.echo(render_sarif(outcome.diagnosis, outcome.ranking), nl=False)
        case "github":
            from imprint.cli.render.github import render_annotations, write_summary
            from imprint.cli.render.markdown import render_markdown

            click.echo(render_annotations(outcome.ranking), nl=False)
            write_summary(render_markdown(outcome))
        case "gitlab":
            from imprint.cli.render.gitlab import render_code_quality

            click.echo(render_code_quality(outcome.ranking), nl=False)
        case "markdown":
            from imprint.cli.render.markdown import render_markdown

            click.echo(render_markdown(outcome), nl=False)
        case _:
            show(report_of(outcome))


def report_of(outcome: Outcome) -> Report:
    """Return it for people, and for programs (design/interface.md)."""
    from imprint.cli.doctor.values import summary_of, values_of

    return Report(
        lines=tuple(_lines(outcome)), summary=summary_of(outcome), values=values_of(outcome)
    )


def place_of(span: Span) -> str:
    """Return where something stands, as terminals and editors follow it."""
    return f"{span.path}:{span.line}:{span.column}"


def _lines(outcome: Outcome) -> Iterator[str]:
    diagnosis = outcome.diagnosis
    yield from _weaker(outcome.comparison)
    yield from (_headline(group.first) for group in outcome.ranking.shown)
    if not outcome.ranking.shown:
        yield _nothing(outcome)
    folded = folded_line(outcome.ranking)
    if folded is not None:
        yield folded
    if outcome.ignored:
        yield f"{len(outcome.ignored)} ignored, by comments or the baseline"
    seen: set[str] = set()
    for group in outcome.ranking.shown:
        if group.first.check not in seen:
            seen.add(group.first.check)
            yield from _group(group, diagnosis)
    if diagnosis.table:
        yield ""
        yield from _table(diagnosis)
    if outcome.shows_paths:
        yield from _paths(diagnosis, shows_all=outcome.shows_all)
    yield ""
    yield from _end(outcome)


def _headline(finding: Finding) -> str:
    unsure = "" if finding.confidence is Confidence.HIGH else f" ({_sure(finding)})"
    severity = finding.severity.name.lower()
    return f"{severity}[{finding.check}] {place_of(finding.span)}: {finding.message}{unsure}"


def _group(group: Group, diagnosis: Diagnosis) -> Iterator[str]:
    """Yield what helps with a finding, under its name."""
    first = group.first
    lines = []
    if first.hint is not None:
        lines.append(f"  hint: {first.hint}")
    if first.fix is not None:
        unsafe = " --unsafe" if first.fix is FixKind.UNSAFE else ""
        lines.append(f"  `imprint doctor --fix{unsafe}` repairs it")
    if first.path is not None:
        path = diagnosis.paths[first.path]
        lines.append(f"  {who_of(path)}: {' -> '.join(hop.node for hop in path.hops)}")
    others = group.other_places()
    if others:
        more = len(others) - _OTHER_PLACES
        places = ", ".join(place_of(span) for span in others[:_OTHER_PLACES])
        lines.append(f"  also: {places}{f', and {more} more' if more > 0 else ''}")
    if lines:
        yield from ("", first.check, *lines)


def _nothing(outcome: Outcome) -> str:
    if outcome.comparison is not None:
        return f"nothing new since {outcome.comparison.revision}"
    if not outcome.diagnosis.coverage.publish_jobs:
        return "no findings: no job of these files publishes to a registry"
    return "no findings"


def _table(diagnosis: Diagnosis) -> Iterator[str]:
    yield "who can publish:"
    before = ""
    rows = []
    for row in diagnosis.table:
        rows.append(("" if row.package == before else row.package, row.who, how_of(row)))
        before = row.package
    yield from (f"  {line}" for line in table(rows))


def _paths(diagnosis: Diagnosis, *, shows_all: bool) -> Iterator[str]:
    for way in ways_of(diagnosis.paths if shows_all else diagnosis.paths[: diagnosis.of_people]):
        yield ""
        yield from _path(way)
    suppliers = len(diagnosis.paths) - diagnosis.of_people
    if suppliers and not shows_all:
        yield ""
        yield f"{counted(suppliers, 'path')} of suppliers (`--all` shows them)"
    if diagnosis.cuts:
        yield ""
        yield "the fewest edits that close every path:"
        for cut in diagnosis.cuts:
            where = "" if cut.span is None else f"  {place_of(cut.span)}"
            yield f"  {cut.what}{where}"


def _path(way: Way) -> Iterator[str]:
    path = way.path
    verb = "can publish" if path.can_publish else "cannot publish"
    sure = "" if path.confidence is Confidence.HIGH else f" ({path.confidence.name.lower()})"
    yield f"{who_of(path)} {verb} {way.named} by {path.trigger}, on {path.profile}{sure}"
    for number, hop in enumerate(path.hops, start=1):
        where = "" if hop.span is None else f"  {place_of(hop.span)}"
        yield f"  {number}. {hop.node}: {hop.what}{where}"
    if path.stopped_by:
        yield f"  stopped by {', '.join(path.stopped_by)}"


def _weaker(comparison: Comparison | None) -> Iterator[str]:
    for one in () if comparison is None else comparison.weaker:
        yield (
            f"weaker: {one.package} can be published by {one.after},"
            f" at {comparison.revision if comparison else ''} by {one.before}"
        )
        yield f"  {' -> '.join(hop.node for hop in one.path.hops)}"


def _end(outcome: Outcome) -> Iterator[str]:
    diagnosis, comparison = outcome.diagnosis, outcome.comparison
    if comparison is not None and comparison.gone:
        yield f"{len(comparison.gone)} gone since {comparison.revision}"
    if outcome.shows_paths:
        yield from (f"assumed: {sentence}" for sentence in diagnosis.assumed)
    elif diagnosis.assumed and diagnosis.coverage.publish_jobs:
        facts = counted(len(diagnosis.assumed), "fact")
        yield f"{facts} assumed (`--paths` names them; `--trust` and `--forge` state them)"
    if diagnosis.coverage.opaque:
        named = diagnosis.coverage.opaque[:_OTHER_PLACES]
        more = len(diagnosis.coverage.opaque) - len(named)
        rest = f" and {more} more" if more else ""
        yield f"not looked into: {', '.join(named)}{rest} (`--lock` fetches them)"
    for note in diagnosis.notes:
        yield f"note: {note}"
    yield coverage_line(diagnosis)


def _sure(finding: Finding) -> str:
    return f"confidence {finding.confidence.name.lower()}"
