"""The project's texts, taken apart as far as tests look into them: links, headings, consoles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_SPAN = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a console, and what is shown below it."""

    command: str
    output: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Console:
    """A fenced `console` block. `run` after the word makes the tests run it."""

    page: Path
    is_run: bool
    steps: tuple[Step, ...]


def pages() -> list[Path]:
    """Return every text: those at the top, and everything below docs and the explanations."""
    folders = (ROOT / "docs", ROOT / "src" / "imprint" / "explanations")
    below = [path for folder in folders for path in folder.rglob("*.md")]
    return sorted([*ROOT.glob("*.md"), *below])


def prose(text: str) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", text)


def links(text: str) -> list[str]:
    """Return the targets of a page's links."""
    return _LINK.findall(prose(text))


def spans(text: str) -> list[str]:
    """Return the texts between backticks, outside of fenced blocks."""
    return [" ".join(span.split()) for span in _SPAN.findall(prose(text))]


def anchors(text: str) -> set[str]:
    """Return what links to headings of a page may name, as GitHub spells it."""
    found = set()
    for heading in _HEADING.findall(prose(text)):
        plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-"))
    return found


def consoles(path: Path) -> list[Console]:
    """Return the consoles of a page, in its order."""
    found = []
    for language, rest, body in _FENCE.findall(path.read_text(encoding="utf-8")):
        if language == "console":
            found.append(Console(path, is_run=rest.strip() == "run", steps=_steps(body)))
    return found


def _steps(body: str) -> tuple[Step, ...]:
    steps: list[tuple[str, list[str]]] = []
    is_continued = False
    for line in body.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        elif is_continued:
            command, output = steps[-1]
            steps[-1] = (f"{command}\n{line}", output)
        elif steps:
            steps[-1][1].append(line)
        else:
            raise ValueError(f"a console begins with `$ `, not with {line!r}")
        is_continued = steps[-1][0].endswith("\\") and not steps[-1][1]
    return tuple(Step(command.replace("\\\n", ""), tuple(output)) for command, output in steps)
