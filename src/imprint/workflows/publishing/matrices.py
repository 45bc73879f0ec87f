"""Texts with `${{ matrix.x }}` in them, for each leg of the job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.workflows.github.model import Job

_USE = re.compile(r"\$\{\{\s*matrix\.([A-Za-z_][\w.-]*)\s*\}\}")
MOST = 64
"""Legs that are looked at one by one."""


def texts_by_leg(job: Job, text: str) -> tuple[str, ...]:
    """Return what a text is in each leg of the job's matrix, each once; itself without a matrix."""
    if _USE.search(text) is None or job.matrix is None or not job.matrix.legs:
        return (text,)
    legs = job.matrix.legs[:MOST]
    return tuple(dict.fromkeys(_in_leg(text, leg) for leg in legs))


def _in_leg(text: str, leg: Mapping[str, str]) -> str:
    return _USE.sub(lambda use: leg.get(use[1], use[0]), text)
