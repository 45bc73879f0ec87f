"""What every SARIF 2.1.0 log of imprint has alike: the envelope, and places in files.

Source: OASIS SARIF 2.1.0; GitHub reads `partialFingerprints` and `security-severity`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from imprint import __version__
from imprint.cli.render.json_text import json_text
from imprint.cli.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
Values: TypeAlias = "dict[str, object]"


def log_text(*, category: str, rules: Sequence[Values], results: Sequence[Values]) -> str:
    """Return the log of one run. `category`: what kind of run, that later ones are held against."""
    return log_of([run_of(category=category, rules=rules, results=results)])


def log_of(runs: Sequence[Values]) -> str:
    """Return the log of several runs, each of another category."""
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": list(runs)})


def run_of(*, category: str, rules: Sequence[Values], results: Sequence[Values]) -> Values:
    """Return one run."""
    return {
        "tool": {
            "driver": {"name": "imprint", "semanticVersion": __version__, "rules": list(rules)}
        },
        "automationDetails": {"id": category},
        "columnKind": "unicodeCodePoints",
        "results": list(results),
    }


def message(text: str) -> Values:
    """Return a message that has no link: SARIF makes one of `[words](address)` in plain text."""
    lines = (printable(line) for line in text.split("\n"))
    return {"text": "\n".join(lines).replace("](", "] (")}


def location(
    path: str, line: int, *, column: int | None = None, end_line: int | None = None
) -> Values:
    """Return a place in a file of the repository."""
    region: Values = {"startLine": line}
    if column is not None:
        region["startColumn"] = column
    if end_line is not None and end_line > line:
        region["endLine"] = end_line
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri(path), "uriBaseId": "%SRCROOT%"},
            "region": region,
        }
    }


def uri(path: str) -> str:
    """Return a path as the relative address that SARIF wants."""
    return quote(path, safe="/", errors="surrogatepass")
