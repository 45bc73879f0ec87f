"""A path as text for people, as Mermaid for pull requests, and as the steps of a SARIF codeFlow.

Only texts and plain structures: formats are doctor's and the faces'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.paths.table import chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.workflows.paths.model import Hop, PublishPath

_UNSAFE_IN_LABELS = str.maketrans(
    {
        '"': "'",
        "<": "(",
        ">": ")",
        "#": "",
        "`": "'",
        "\n": " ",
        "|": "/",
    }
)
LONGEST_LABEL = 120


class PathGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Paths that differ by their package alone: one thing for people to read."""

    path: PublishPath
    """The first of them."""
    packages: tuple[str, ...]


class FlowStep(msgspec.Struct, frozen=True, kw_only=True):
    """One location of a SARIF threadFlow."""

    path: str
    line: int
    column: int
    end_line: int | None
    message: str
    nesting: int
    """From 0; grows from hop to hop."""


def grouped(paths: Iterable[PublishPath]) -> tuple[PathGroup, ...]:
    """Return the paths with those of many packages put together, in their order."""
    found: dict[tuple[object, ...], list[PublishPath]] = {}
    for path in paths:
        key = (path.check, path.who, path.can_publish, chain(path.hops), path.stopped_by)
        found.setdefault(key, []).append(path)
    return tuple(
        PathGroup(path=same[0], packages=tuple(dict.fromkeys(one.package for one in same)))
        for same in found.values()
    )


def plain(group: PathGroup) -> str:
    """Return a path as lines: who, each hop with file and line, and what stops it."""
    return "\n".join(_lines(group))


def mermaid(groups: Iterable[PathGroup]) -> str:
    """Return paths as one Mermaid flowchart, which renders in pull requests."""
    lines = ["flowchart LR"]
    names: dict[tuple[str, str], str] = {}

    def node(kind: str, text: str) -> str:
        key = (kind, text)
        if key not in names:
            names[key] = f"n{len(names)}"
            opening, closing = {"who": ("([", "])"), "package": ("[[", "]]")}.get(kind, ("[", "]"))
            lines.append(f'  {names[key]}{opening}"{_label(text)}"{closing}')
        return names[key]

    for group in groups:
        path = group.path
        before = node("who", "+".join(map(str, path.who)))
        for hop in path.hops:
            after = node("hop", _with_place(hop))
            lines.append(f"  {before} --> {after}")
            before = after
        if path.package != "*" or path.can_publish:
            end = node("package", _packages(group.packages))
            arrow = "-->" if path.can_publish else "-. stopped .->"
            lines.append(f"  {before} {arrow} {end}")
    return "\n".join(dict.fromkeys(lines)) + "\n"


def flow(path: PublishPath) -> tuple[FlowStep, ...]:
    """Return a path's hops as the locations of one SARIF threadFlow; hops without a place left out.

    Every path is one codeFlow with one threadFlow.
    """
    return tuple(
        FlowStep(
            path=hop.span.path,
            line=hop.span.line,
            column=hop.span.column,
            end_line=None,
            message=f"{hop.node}: {hop.what}",
            nesting=place,
        )
        for place, hop in enumerate(path.hops)
        if hop.span is not None
    )


def _lines(group: PathGroup) -> Iterator[str]:
    path = group.path
    people = "+".join(map(str, path.who))
    if path.package == "*" and not path.can_publish:
        yield f"{people} runs code, on {path.trigger}; no way to a publication was found"
    else:
        verb = "can publish" if path.can_publish else "could publish"
        yield f"{people} {verb} {_packages(group.packages)}, on {path.trigger}"
    for place, hop in enumerate(path.hops):
        branch = "└─" if place == len(path.hops) - 1 else "├─"
        at = "" if hop.span is None else f"  {hop.span.path}:{hop.span.line}"
        yield f"  {branch} {hop.node}: {hop.what}{at}"
    for stop in path.stopped_by:
        yield f"  stopped by: {stop}"


def _packages(names: tuple[str, ...]) -> str:
    shown = ["what it publishes" if name == "*" else name for name in names[:3]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _with_place(hop: Hop) -> str:
    if hop.span is None:
        return hop.node
    return f"{hop.node} ({hop.span.path.rpartition('/')[2]}:{hop.span.line})"


def _label(text: str) -> str:
    """Return a text that cannot end a Mermaid label or be markup in it."""
    return text.translate(_UNSAFE_IN_LABELS)[:LONGEST_LABEL]
