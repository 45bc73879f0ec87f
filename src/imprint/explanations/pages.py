"""Reading the pages. They are files beside this module, named by their id."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

_FOLDER = Path(__file__).parent


def ids() -> tuple[str, ...]:
    """Return every id that has a page, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.md")))


def id_of(code: str) -> str:
    """Return the id of a code's page: attestation codes are spelled `CERT_TIME`, ids are not."""
    return code.lower().replace("_", "-") if code.isupper() else code


def page(code: str) -> str | None:
    """Return the page of that code or id; None where there is none."""
    # Only ids that are listed are read: nothing that was typed becomes a path.
    page_id = id_of(code)
    if page_id not in ids():
        return None
    return (_FOLDER / f"{page_id}.md").read_text(encoding="utf-8")


def near(page_id: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return those of the known ids that are spelled like `page_id`, the nearest first."""
    wanted = page_id.lower().replace("_", "-")
    containing = [name for name in known if wanted and wanted in name]
    alike = difflib.get_close_matches(wanted, known, n=3)
    return tuple(dict.fromkeys([*alike, *containing]))[:5]
