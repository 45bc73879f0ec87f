"""For people: a screenful by default, the worst first, the rest folded and counted.

Who, what changed, why it matters here, what to type (facts: consumers §6.7).
"""

from __future__ import annotations

import shlex
import textwrap
from collections import Counter
from typing import TYPE_CHECKING

import click

from imprint.cli.render.audit.actions import shared_actions
from imprint.cli.render.audit.layout import Layout
from imprint.cli.render.audit.sentences import (
    age,
    counted,
    coverage_line,
    gain_words,
    grade_words,
    headline,
    notes_of,
    reach_words,
    title,
    way_words,
)
from imprint.cli.render.audit.standings import Standing, by_standing, reasons_of, standing_of
from imprint.cli.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from imprint.audit.model import Audit, AuditedPackage
    from imprint.policy.decisions import Reason

_INDENT = " " * 4
_FEWEST_BLOCKS = 1
"""So many packages are shown whole, however small the screen is."""
_FOLDED_LINES = 2
"""What the line about folded packages takes, at most."""
_HELD = "\x1f"
"""In place of a blank at which no line is broken: nothing printable has it."""
_MANY = 4
"""So many packages of which the same is told are one block."""
_MOST_REASONS, _MOST_ACTIONS, _MOST_NOTES, _MOST_NAMES = 3, 3, 5, 3


def render_plain(audit: Audit, layout: Layout | None = None) -> str:
    """Return the report for stdout."""
    layout = layout or Layout()
    groups = by_standing(audit)
    head = list(_head(audit, layout))
    end = [
        *_unchecked(groups[Standing.UNCHECKED], layout),
        *_quiet(groups, layout),
        *_ends(audit, layout),
        *_where_to_read(groups, layout),
        *_wrapped(coverage_line(audit), layout, indent=""),
    ]
    # The last line of a screen is the shell's.
    body = _blocks(audit, layout, groups, room=layout.height - len(head) - len(end) - 1)
    return "".join(f"{line}\n" for line in (*head, *body, *end))


def _head(audit: Audit, layout: Layout) -> Iterator[str]:
    left, right = f"imprint: {headline(audit)}", f"policy {audit.policy}"
    left, right = layout.plain(printable(left)), layout.plain(printable(right))
    room = layout.width - len(left) - len(right)
    if room >= 2:  # noqa: PLR2004  (as between columns)
        yield left + " " * room + right
    else:
        yield from (left, right)
    counts = (
        f"{len(packages):,} {standing.word}"
        for standing, packages in by_standing(audit).items()
        if packages
    )
    yield ", ".join(counts) or "no packages"


def _blocks(
    audit: Audit,
    layout: Layout,
    groups: Mapping[Standing, Sequence[AuditedPackage]],
    *,
    room: int,
) -> Iterator[str]:
    """Yield a block for each package that somebody has to look at, as far as there is room."""
    shown = (Standing.BLOCKED, Standing.REVIEW)
    room -= _FOLDED_LINES * sum(bool(groups[standing]) for standing in shown)
    for standing in shown:
        folded: list[AuditedPackage] = []
        for number, alike in enumerate(_alike(groups[standing], layout)):
            block = list(_block(alike, standing, audit, layout))
            fits = len(block) <= room or (number < _FEWEST_BLOCKS and standing is Standing.BLOCKED)
            if layout.shows_all or (fits and not folded):
                room -= len(block)
                yield from block
            else:
                folded.extend(alike)
        if folded:
            yield from _folded(folded, standing, layout)


def _alike(
    packages: Sequence[AuditedPackage], layout: Layout
) -> Iterable[Sequence[AuditedPackage]]:
    """Return the packages by block: one thing that is told of many is told once."""
    groups: dict[object, list[AuditedPackage]] = {}
    for package in packages:
        said = (package.bundled_in, *(_gist(one, package) for one in reasons_of(package)))
        groups.setdefault(said, []).append(package)
    many = {} if layout.shows_all else {k: v for k, v in groups.items() if len(v) >= _MANY}
    grouped = {id(one): group for group in many.values() for one in group}
    # In the order of the report, a group where its first package is.
    found = [grouped.get(id(package), [package]) for package in packages]
    return {id(group[0]): group for group in found}.values()


def _gist(reason: Reason, package: AuditedPackage) -> str:
    """Return a reason as it is told of any package: without the name, as addresses have it."""
    message = reason.message.replace(package.name, "")
    return f"{reason.code}: {message.replace(package.version, '')}"


def _block(
    alike: Sequence[AuditedPackage], standing: Standing, audit: Audit, layout: Layout
) -> Iterator[str]:
    package = alike[0]
    reasons = reasons_of(package)
    most_reasons = len(reasons) if layout.shows_all else _MOST_REASONS
    yield from _marked(standing, _told(alike, audit, layout), layout)
    for one in reasons[:most_reasons]:
        yield from _wrapped(f"{one.code}: {one.message}", layout)
    if len(reasons) > most_reasons:
        yield f"{_INDENT}and {counted(len(reasons) - most_reasons, 'more reason')}"
    if len(alike) == 1:
        yield from _why_here(package, layout)
    actions = shared_actions(alike, audit)
    most_actions = len(actions) if layout.shows_all else _MOST_ACTIONS
    for number, action in enumerate(actions[:most_actions]):
        lead = "to do: " if number == 0 else "or: "
        whole = () if action.command is None else (action.command,)
        yield from _wrapped(f"{lead}{action}", layout, whole=whole)


def _told(alike: Sequence[AuditedPackage], audit: Audit, layout: Layout) -> str:
    """Return who it is about: a package with grade, age and publisher, or the names of many."""
    if len(alike) > 1:
        return f"{_named(alike, shows_all=layout.shows_all)} (`--all` shows them)"
    package = alike[0]
    facts = (title(package), grade_words(package), age(package, audit.now), package.publisher)
    return "  ".join(fact for fact in facts if fact)


def _why_here(package: AuditedPackage, layout: Layout) -> Iterator[str]:
    reach = reach_words(package)
    if reach is not None:
        yield from _wrapped(reach, layout)
    if package.bundled_in is not None:
        yield from _wrapped(f"bundled in {package.bundled_in}", layout)
    if reach is None or layout.shows_all:
        yield from _wrapped(f"by {way_words(package)}", layout)
    for advisory in package.advisories if layout.shows_all else package.advisories[:1]:
        severity = advisory.severity.value
        yield from _wrapped(f"advisory {advisory.id} ({severity}): {advisory.title}", layout)


def _folded(
    packages: Sequence[AuditedPackage], standing: Standing, layout: Layout
) -> Iterator[str]:
    codes = Counter(
        code for one in packages for code in dict.fromkeys(r.code for r in reasons_of(one))
    )
    told = ", ".join(f"{code} {count}" for code, count in codes.most_common(_MOST_NAMES))
    text = f"{len(packages):,} more: {told} (`--all` shows them)"
    yield from _marked(standing, text, layout)


def _unchecked(packages: Sequence[AuditedPackage], layout: Layout) -> Iterator[str]:
    """Yield one line for each thing that could not be had: one silent registry is one line."""
    groups: dict[str, list[AuditedPackage]] = {}
    for package in packages:
        reason = next(iter(reasons_of(package)), None)
        groups.setdefault("" if reason is None else _gist(reason, package), []).append(package)
    most = len(groups) if layout.shows_all else _MOST_NOTES
    for group in list(groups.values())[:most]:
        reason = next(iter(reasons_of(group[0])), None)
        text = "not decided" if reason is None else f"{reason.code}: {reason.message}"
        named = _named(group, shows_all=layout.shows_all)
        yield from _marked(Standing.UNCHECKED, f"{named}  {text}", layout)
        if len(group) == 1:
            yield from _why_here(group[0], layout)
    rest = sum(len(group) for group in list(groups.values())[most:])
    if rest:
        yield from _marked(Standing.UNCHECKED, f"{rest:,} more (`--all` shows them)", layout)


def _quiet(groups: Mapping[Standing, Sequence[AuditedPackage]], layout: Layout) -> Iterator[str]:
    for standing in (Standing.IMPROVED, Standing.USUAL):
        packages = groups[standing]
        if not packages:
            continue
        if layout.shows_all:
            for package in packages:
                told = f"{_gained(package)}  {grade_words(package)}"
                yield from _marked(standing, told, layout)
        elif standing is Standing.IMPROVED:
            yield from _marked(standing, _named(packages, shows_all=False), layout)
        else:
            yield from _marked(standing, counted(len(packages), "package"), layout)


def _ends(audit: Audit, layout: Layout) -> Iterator[str]:
    notes = list(notes_of(audit))
    most = len(notes) if layout.shows_all else _MOST_NOTES
    for note in notes[:most]:
        yield from _wrapped(note, layout, indent="")
    if len(notes) > most:
        yield f"and {counted(len(notes) - most, 'more note')}"


def _where_to_read(
    groups: Mapping[Standing, Sequence[AuditedPackage]], layout: Layout
) -> Iterator[str]:
    """Yield what tells more of the worst of all."""
    asked = (*groups[Standing.BLOCKED], *groups[Standing.REVIEW], *groups[Standing.UNCHECKED])
    if not asked:
        return
    name = shlex.quote(asked[0].name)
    codes = [f"imprint explain {reason.code}" for reason in reasons_of(asked[0])[:1]]
    commands = (*codes, f"imprint why {name}", f"imprint timeline {name}")
    told = ", ".join(f"`{one}`" for one in commands)
    yield from _wrapped(f"more: {told}", layout, indent="", whole=commands)


def _named(packages: Iterable[AuditedPackage], *, shows_all: bool) -> str:
    names = [_gained(package) for package in packages]
    most = len(names) if shows_all else _MOST_NAMES
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _gained(package: AuditedPackage) -> str:
    gain = gain_words(package) if standing_of(package) is Standing.IMPROVED else None
    return title(package) if gain is None else f"{title(package)} (now {gain})"


def _marked(standing: Standing, text: str, layout: Layout) -> Iterator[str]:
    symbol = standing.symbol if layout.has_symbols else standing.plain_symbol
    mark = f"{symbol} {standing.word}"
    first, *others = _wrapped(f"{mark}  {text}", layout, indent="")
    if layout.has_colour:
        # After wrapping: what steers a terminal has no width.
        first = click.style(mark, fg=standing.colour, bold=True) + first.removeprefix(mark)
    yield from (first, *others)


def _wrapped(
    text: str, layout: Layout, *, indent: str = _INDENT, whole: Iterable[str] = ()
) -> list[str]:
    """Return lines as wide as the layout is, no name broken in two.

    `whole` are commands within the text: each stays on one line, to be copied as it is.
    """
    shown = layout.plain(printable(text))
    for one in whole:
        command = layout.plain(printable(one))
        shown = shown.replace(command, command.replace(" ", _HELD))
    lines = textwrap.wrap(
        shown,
        width=layout.width,
        initial_indent=indent,
        subsequent_indent=indent + _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_HELD, " ") for line in lines] or [indent]
