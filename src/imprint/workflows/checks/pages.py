"""The checks' pages: documentation and test in one. They are files beside this module."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def page_ids() -> tuple[str, ...]:
    """Return the ids of all checks that have a page, sorted. Does not import the checks."""
    return tuple(sorted(path.stem.replace("_", "-") for path in _FOLDER.glob("*.md")))


def check_page(check_id: str) -> str | None:
    """Return the page of a check; None where there is none."""
    # Only ids that are listed are read: nothing that was typed becomes a path.
    if check_id not in page_ids():
        return None
    return (_FOLDER / f"{check_id.replace('-', '_')}.md").read_text(encoding="utf-8")
