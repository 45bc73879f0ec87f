"""The generated parts of `docs/reference`: made of the code, so that they say what it does.

Between `<!-- generated: NAME -->` and `<!-- end -->` a page holds what `GENERATED[NAME]` returns.
`python -m tests.docs` writes it, a test compares.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from imprint.doctor.logs.symptoms import symptoms
from imprint.explanations.pages import id_of, ids, page
from imprint.settings import PREFIX, Settings
from imprint.workflows.checks.pages import check_page
from imprint.workflows.checks.running import checks as all_checks
from tests.docs.codes import found
from tests.docs.commands import COMMON, Described, described
from tests.workflows.checks.case_words import CASE_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "reference"

_PART = re.compile(r"(<!-- generated: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_CHECKS = "../../src/imprint/workflows/checks"
_EXPLANATIONS = "../../src/imprint/explanations"


def regenerated(text: str) -> str:
    """Return a page with its generated parts made anew."""
    return _PART.sub(lambda part: f"{part[1]}\n{GENERATED[part[2]]()}\n{part[3]}", text)


def codes() -> str:
    """Return every code with its status, its exit code and its one line."""
    with_codes = set(map(id_of, found().codes))
    return _table(
        ("code", "HTTP", "meaning"),
        ((_link(name), _status(name), _meaning(name)) for name in ids() if name in with_codes),
    )


def causes() -> str:
    """Return every cause that a log can tell of, by the stage of publishing where it is met."""
    return _table(
        ("cause", "stage", "meaning"),
        ((f"`{row.id}`", row.stage, row.title) for _, row in sorted(symptoms().items())),
    )


def events() -> str:
    """Return every event, whether owners get a mail, and its one line."""
    known = found()
    return _table(
        ("event", "mail", "meaning"),
        (
            (_link(name), "yes" if name in known.mails else "", _meaning(name))
            for name in ids()
            if name in known.events or name in known.mails
        ),
    )


def settings() -> str:
    """Return every setting with its type, its default, its variable and its documentation."""
    documented = _field_documentation()
    rows = []
    defaults = zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True)
    for name, default in defaults:
        kind = {str: "text", int: "number", bool: "true or false", tuple: "list of texts"}
        shown = str(default).lower() if isinstance(default, bool) else default
        rows.append(
            (
                f"`{name}`",
                f"`{PREFIX}{name.upper()}`",
                kind[type(default)],
                f"`{shown}`" if default not in ("", ()) else "",
                documented[name],
            )
        )
    return _table(("setting", "variable", "type", "default", "meaning"), rows)


def commands() -> str:
    """Return the common options, then every command with its own."""
    parts = ["## Options that every command has", _options(COMMON())]
    parts += [_command(command) for command in described()]
    return "\n\n".join(parts)


def checks() -> str:
    """Return every check with what it stands for, how grave it is, and its one line."""
    return _table(
        ("check", "specification", "severity", "confidence", "for", "fix", "meaning"),
        (
            (
                f"[{info.id}]({_CHECKS}/{info.id.replace('-', '_')}.md)",
                ", ".join(info.specification),
                info.severity.name.lower(),
                info.confidence.name.lower(),
                info.persona,
                info.fix_kind or "",
                " ".join((check_page(info.id) or "").split("\n\n")[1].split()),
            )
            for info in all_checks()
        ),
    )


def words() -> str:
    """Return the words of the archive's cases, each with the checks that it stands for."""
    return _table(
        ("word", "checks"),
        ((f"`{word}`", ", ".join(names)) for word, names in sorted(CASE_WORDS.items())),
    )


GENERATED: Mapping[str, Callable[[], str]] = {
    "causes": causes,
    "checks": checks,
    "codes": codes,
    "commands": commands,
    "events": events,
    "settings": settings,
    "words": words,
}


def _command(command: Described) -> str:
    if command.is_group:
        level = "##" if command.words.count(" ") == 1 else "###"
        return "\n\n".join([f"{level} {command.words}", *command.paragraphs])
    parts = [f"### {command.words}", f"```text\n{command.usage}\n```", *command.paragraphs]
    if command.options:
        parts.append(_options(command.options))
    parts += [
        f"{what}\n\n```console\n{lines}\n```" if lines else what for what, lines in command.examples
    ]
    return "\n\n".join(parts)


def _options(options: Iterable[tuple[str, str]]) -> str:
    return _table(("option", "meaning"), ((f"`{name}`", text) for name, text in options))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _link(name: str) -> str:
    return f"[{name}]({_EXPLANATIONS}/{name}.md)"


def _meaning(name: str) -> str:
    """Return the page's first paragraph: one sentence."""
    return " ".join((page(name) or "").split("\n\n")[1].split())


def _status(name: str) -> str:
    return ", ".join(re.findall(r"HTTP (\d{3})", page(name) or ""))


def _field_documentation() -> dict[str, str]:
    """Return the text under each field of Settings."""
    source = (ROOT / "src" / "imprint" / "settings.py").read_text(encoding="utf-8")
    documented: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and node.name == "Settings":
            for item, following in zip(node.body, node.body[1:], strict=False):
                match item, following:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str() as text)),
                    ):
                        documented[name] = " ".join(text.split())
    return documented
