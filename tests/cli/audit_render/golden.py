"""The audits whose every format is kept, and how the files are written: for review, never blind."""

from __future__ import annotations

import re
from pathlib import Path

from imprint import __version__
from imprint.cli.render.audit.formats import FORMATS, render
from imprint.cli.render.audit.layout import Layout
from imprint.policy.model import Mode
from tests.support.audits import audit, difference, package

FOLDER = Path(__file__).parent / "golden"
CASES = {
    "audit": audit,
    "difference": difference,
    "nothing": lambda: audit(package(), mode=Mode.OBSERVE, notes=("`[[accept]]` 2 is not used",)),
}
_SUFFIXES = {
    "plain": ".txt",
    "github": ".txt",
    "markdown": ".md",
    "jsonl": ".jsonl",
    "junit": ".xml",
}

_PAGE = re.compile(
    r'("fullDescription": \{\s*"text": |"help": \{\s*"text": |"markdown": )"(?:[^"\\]|\\.)*"'
)


def suffix_of(name: str) -> str:
    """Return a golden file's ending."""
    return _SUFFIXES.get(name, ".json")


def rendered(case: str, name: str) -> str:
    """Return a case in a format, with our version and the explanations' texts taken out."""
    text = render(CASES[case](), name, layout=Layout())
    text = _PAGE.sub(r'\1"@@PAGE@@"', text) if name == "sarif" else text
    return text.replace(f'"{__version__}"', '"@@VERSION@@"')


if __name__ == "__main__":
    for case in CASES:
        (FOLDER / case).mkdir(parents=True, exist_ok=True)
        for name in FORMATS:
            if name != "html":
                path = FOLDER / case / f"{name}{suffix_of(name)}"
                path.write_text(rendered(case, name), encoding="utf-8")
