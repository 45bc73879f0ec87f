"""Charts as SVG that stands in a page: drawn by pygal, without its script, in the page's colours.

Numbers and words of ours go in, and names as text. Whoever shows a chart shows a table of the same
beside it.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # of what pygal made, never of others' XML

import pygal
from markupsafe import Markup
from pygal.style import Style

from imprint.cli.render.audit.branches import WORST_FIRST
from imprint.cli.render.plain import printable
from imprint.cli.times import day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imprint.audit.model import Release

# pygal hooks into imports for plugins of its own, by a protocol that Python has dropped: each later
# import of a module that is not there would warn of it.
sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, pygal.PluginImportFixer)]

_LONGEST_LABEL = 40
_MOST_LINES = 8
"""Of a scale: more numbers would stand over each other."""
_LEFT_OUT = frozenset({"", "script", "desc", "title"})
"""Comments have the day in them, scripts and tooltips are for pygal's own pages."""
_INK, _FAINT = "var(--ink)", "var(--faint)"
_LOOKS = {
    "background": "transparent",
    "plot_background": "transparent",
    "foreground": _INK,
    "foreground_strong": _INK,
    "foreground_subtle": _FAINT,
    "guide_stroke_color": _FAINT,
    "major_guide_stroke_color": _FAINT,
    "colors": ("var(--mark)",),
    "font_family": "inherit",
    "label_font_size": 13,
    "major_label_font_size": 13,
    "value_font_size": 13,
    "legend_font_size": 13,
    "opacity": "1",
    "transition": "none",
}
_STYLE = Style(**_LOOKS)
_SHARED = {
    "style": _STYLE,
    "js": (),
    "show_legend": False,
    "disable_xml_declaration": True,
    "explicit_size": False,
    "margin": 8,
    "width": 720,
}


def bars(name: str, label: str, values: Sequence[tuple[str, int]]) -> Markup:
    """Return bars that lie, the first on top. `name` is unique on the page."""
    chart = pygal.HorizontalBar(**_SHARED, height=60 + 34 * max(len(values), 1), print_values=True)
    chart.x_labels = [word for word, _ in reversed(values)]
    chart.add("", [count for _, count in reversed(values)], formatter=lambda count: f"{count:,}")
    return _svg(chart, name, label)


def stacked(
    name: str,
    label: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, str, Sequence[int]]],
) -> Markup:
    """Return bars that lie, each of parts: (word, CSS colour, one count for each label)."""
    style = Style(**{**_LOOKS, "colors": tuple(colour for _, colour, _ in series)})
    chart = pygal.HorizontalStackedBar(
        **{**_SHARED, "style": style, "show_legend": True},
        height=90 + 22 * max(len(labels), 1),
        truncate_label=-1,
        # A count has no fractions.
        value_formatter=lambda count: f"{int(count):,}" if count == int(count) else "",
        max_scale=_MOST_LINES,
        legend_at_bottom=True,
        legend_at_bottom_columns=len(series),
    )
    chart.x_labels = [_short(printable(one)) for one in reversed(labels)]
    for word, _, counts in series:
        chart.add(word, list(reversed(counts)))
    return _svg(chart, name, label)


def timeline(name: str, label: str, releases: Sequence[Release]) -> Markup:
    """Return the grade of each publication over time, the newest at the right."""
    chart = pygal.DateTimeLine(
        **_SHARED,
        height=220,
        stroke=True,
        dots_size=5,
        x_label_rotation=20,
        truncate_label=-1,
        x_value_formatter=lambda at: at.strftime("%Y-%m-%d"),
        range=(0, len(WORST_FIRST) - 1),
    )
    dated = ((one.published, one) for one in releases if one.published is not None)
    rows = sorted(dated, key=lambda row: row[0])
    points = [(datetime.fromtimestamp(at, UTC), WORST_FIRST.index(one.grade)) for at, one in rows]
    chart.y_labels = [
        {"value": number, "label": grade.value} for number, grade in enumerate(WORST_FIRST)
    ]
    chart.add("", points)
    if rows:
        label = f"{label}, {day(rows[0][0])} to {day(rows[-1][0])}"
    return _svg(chart, name, label)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"


def _svg(chart: pygal.graph.graph.Graph, name: str, label: str) -> Markup:
    chart.uuid = name  # else a random one
    root = chart.render_tree()
    for parent in list(root.iter()):
        for child in list(parent):
            if _local(child) in _LEFT_OUT:
                parent.remove(child)
    for attribute in list(root.attrib):
        if attribute.startswith("xmlns"):
            del root.attrib[attribute]
    root.attrib |= {"role": "img", "aria-label": label, "focusable": "false"}
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704  (the serializer escapes every text)


def _local(element: ET.Element) -> str:
    """Return the tag without its namespace; of a comment nothing."""
    tag: object = element.tag  # of a comment it is a function
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
