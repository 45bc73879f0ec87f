"""One self-contained page: what was found, who published it, and how it is reached.

No script, and nothing from elsewhere: charts are drawn here, as SVG, beside tables that say the
same. Everything that others wrote is escaped by the template engine.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from imprint.cli.render.audit import charts
from imprint.cli.render.audit.actions import actions_of
from imprint.cli.render.audit.branches import branches_of, graded_way, grades_by_label
from imprint.cli.render.audit.sentences import (
    age,
    coverage_line,
    grade_words,
    headline,
    notes_of,
    reach_words,
    title,
)
from imprint.cli.render.audit.standings import Standing, by_standing, reasons_of
from imprint.cli.render.plain import printable
from imprint.cli.times import moment
from imprint.history.axes import Grade
from imprint.reachability.exposure import Exposure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imprint.audit.model import Audit, AuditedPackage
    from imprint.cli.render.audit.branches import Branch

_PAGES = Path(__file__).parent / "pages"
_MOST_TIMELINE_CHARTS = 40
"""A chart takes a tenth of a second and 20 KB; every timeline has its table."""
_LOOKED_AT = frozenset({Standing.BLOCKED, Standing.REVIEW, Standing.UNCHECKED})
"""What somebody has to look at stands above every chart."""
_MOST_CARDS = 10
"""So many packages of a kind are there at once; the others unfold."""
_MOST_BARS, _MOST_BRANCHES = 15, 50
GRADES = {
    Grade.L7: "trusted publisher, provenance, approved by a person",
    Grade.L6: "provenance, approved by a person",
    Grade.L5: "trusted publisher and provenance",
    Grade.L4: "provenance",
    Grade.L3: "trusted publisher or approval, without provenance that is bound",
    Grade.L2: "a person with a second factor",
    Grade.L1: "a token, or nobody knows; signed by the registry",
    Grade.L0: "not signed",
    Grade.BROKEN: "a signature, an attestation or the bytes are wrong",
    Grade.UNKNOWN: "nobody can say",
}
_REACHED = {
    Exposure.NOT_INSTALLED: "in the lockfile",
    Exposure.DEV_ONLY_INERT: "installed here",
    Exposure.RUNTIME_CLOSURE: "needed by what is imported, or more",
    Exposure.RUNTIME_IMPORTED: "loaded by the application, or more",
    Exposure.BUILD: "run by a tool of the build, or more",
    Exposure.INSTALL: "run by the install",
}


def render_html(audit: Audit) -> str:
    """Return the page."""
    environment = Environment(
        loader=FileSystemLoader(_PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # What could steer a reader's eye (bidirectional marks) is shown, as on a terminal.
        finalize=_shown,
    )
    drawn, labelled = _drawn(audit), grades_by_label(audit)
    functions: Mapping[str, Callable[..., object]] = {
        "actions": lambda package: actions_of(package, audit),
        "age": lambda package: age(package, audit.now),
        "coded": _coded,
        "chart": lambda package: drawn.get(id(package)),
        "grade_words": grade_words,
        "moment": _moment,
        "number": lambda count: f"{count:,}",
        "reach_words": reach_words,
        "reasons": reasons_of,
        "title": title,
        "way_words": lambda package: graded_way(package, labelled),
    }
    branches, grades = branches_of(audit), _grades(audit)
    template = environment.get_template("audit.html")
    return template.render(
        audit=audit,
        style=(_PAGES / "audit.css").read_text(encoding="utf-8"),
        headline=headline(audit),
        coverage=coverage_line(audit),
        notes=list(notes_of(audit)),
        groups=by_standing(audit),
        Standing=Standing,
        first=_LOOKED_AT,
        most_cards=_MOST_CARDS,
        grades=grades,
        funnel=_funnel(audit),
        unseen=sum(package.reach is None for package in audit.packages),
        grades_chart=charts.bars("grades", "Packages by grade", [one[:2] for one in grades]),
        funnel_chart=charts.bars(
            "reach", "Packages by how they are reached", [one[:2] for one in _funnel(audit)]
        ),
        branches=branches[:_MOST_BRANCHES],
        more_branches=max(len(branches) - _MOST_BRANCHES, 0),
        shown_grades=[grade for grade, _, _ in grades],
        branches_chart=_branches_chart(branches[:_MOST_BARS]),
        **functions,
    )


def _shown(value: object) -> object:
    # Markup is what we made: style sheet and charts.
    return printable(value) if type(value) is str else value


def _coded(text: str) -> Markup:
    """Return a text with what stands between backticks as code, all of it escaped."""
    parts = printable(text).split("`")
    if len(parts) % 2 == 0:  # one of them has no partner
        return escape(printable(text))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def _moment(at: float | None) -> str:
    return "nobody says" if at is None else moment(at)


def _drawn(audit: Audit) -> dict[int, object]:
    """Return charts of the timelines that matter most, by the package's identity."""
    told = [package for package in audit.packages if len(package.timeline) > 1]
    return {
        id(package): charts.timeline(
            f"timeline-{number}", "Grade of each publication", package.timeline
        )
        for number, package in enumerate(told[:_MOST_TIMELINE_CHARTS])
    }


def _grades(audit: Audit) -> Sequence[tuple[str, int, str]]:
    counts = Counter(package.grade for package in audit.packages)
    return [(one.value, counts[one], words) for one, words in GRADES.items() if counts[one]]


def _branches_chart(branches: Sequence[Branch]) -> object:
    """Return the chart; None where each brings itself alone: it would show nothing."""
    if all(branch.packages <= 1 for branch in branches):
        return None
    shown = [one for one in GRADES if any(branch.counts.get(one) for branch in branches)]
    series = [
        (
            one.value,
            f"var(--{one.name.lower()})",
            [branch.counts.get(one, 0) for branch in branches],
        )
        for one in shown
    ]
    labels = [branch.label for branch in branches]
    return charts.stacked("branches", "Packages by dependency and grade", labels, series)


def _funnel(audit: Audit) -> Sequence[tuple[str, int, str]]:
    seen = [package for package in audit.packages if package.reach is not None]
    return [
        (words, sum(_exposure(one) >= exposure for one in seen), exposure.word)
        for exposure, words in _REACHED.items()
    ]


def _exposure(package: AuditedPackage) -> Exposure:
    return Exposure.NOT_INSTALLED if package.reach is None else package.reach.exposure
