"""Which acceptance case is covered by which tests, read from the tests' own markers."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
PAGE = ROOT / "docs" / "reference" / "acceptance.md"

_GROUPS = {
    "A": "The token's envelope and cryptography",
    "B": "Issuer, audience, time",
    "C": "Key sets",
    "D": "GitHub's workflow reference",
    "E": "GitHub's identity and context",
    "F": "GitLab, CircleCI, generic issuers",
    "G": "Replay and concurrency",
    "H": "Credentials",
    "I": "Publishing and enforcement",
    "J": "Pending publishers",
    "K": "Configuration",
    "L": "Audit, operations, provenance",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what holds, or why that is not tested yet."""

    id: str
    text: str
    not_yet: str | None


def cases() -> tuple[Case, ...]:
    """Every case, in order."""
    lines = (Path(__file__).parent / "cases.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_case(line) for line in lines if line and not line.startswith("#"))


def covered() -> Mapping[str, tuple[str, ...]]:
    """Case id to the files that have tests of it, by the marker `case`."""
    found: dict[str, set[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        if "node_modules" in path.parts:
            continue
        for case in _marked(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(case, set()).add(path.relative_to(ROOT).as_posix())
    return {case: tuple(sorted(files)) for case, files in sorted(found.items())}


def page() -> str:
    """The page as it should be."""
    lines = [
        "# Acceptance cases",
        "",
        "What an exchange of ID tokens must do, case by case, and the tests that hold it to that.",
        "The cases come from what the best trusted publishing servers test, from defects seen in",
        "them, and from what real clients send. `python -m tests.acceptance` writes this page from",
        "the tests' markers. A case without a test says why.",
    ]
    files = covered()
    group = ""
    for case in cases():
        if case.id[0] != group:
            group = case.id[0]
            lines += ["", f"## {group}. {_GROUPS[group]}", "", "| | holds | tests |", "|-|-|-|"]
        where = ", ".join(f"`{_short(file)}`" for file in files.get(case.id, ()))
        lines.append(f"| {case.id} | {case.text} | {where or f'not yet: {case.not_yet}'} |")
    return "\n".join(lines) + "\n"


def _case(line: str) -> Case:
    name, _, rest = line.partition(" ")
    text, _, not_yet = rest.partition(" ! ")
    return Case(name, text.strip(), not_yet.strip() or None)


def _marked(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.case"):
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def _short(file: str) -> str:
    return file.removeprefix("tests/").removesuffix(".py")
