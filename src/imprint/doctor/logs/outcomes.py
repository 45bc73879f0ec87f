"""How a run ended, and what it published, as its log says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.doctor.logs.model import Outcome

if TYPE_CHECKING:
    from imprint.doctor.logs.seeing import Seen
    from imprint.doctor.logs.text import LogText

_NAME = r"(?:@[\w.~-]{1,214}/)?[\w.~-]{1,214}@\d{1,9}\.\d{1,9}\.\d{1,9}[\w.+-]{0,100}"
_PUBLISHED = (
    ("+ ", re.compile(rf"(?:^|\s)\+ ({_NAME})\s*$")),
    ("is published, by ", re.compile(rf"({_NAME}) is published, by ")),
)
_MOST = 1_000


def outcome_of(seen: Seen) -> Outcome:
    """Return how the run ended.

    A failure that was tried again counts as none where the provider says that the job went well.
    """
    went_well = seen.lines("job-succeeded") and not seen.lines("job-error")
    published = seen.lines("published")
    if seen.lines("ended-badly"):
        return Outcome.SUCCEEDED if went_well and published else Outcome.FAILED
    return Outcome.SUCCEEDED if went_well or published else Outcome.UNKNOWN


def published_in(log: LogText) -> tuple[str, ...]:
    """Return each `name@version` that a client says it published."""
    found: dict[str, None] = {}
    for literal, form in _PUBLISHED:
        for _, line in log.lines_with(literal):
            said = form.search(line)
            if said is not None:
                found[said[1]] = None
            if len(found) >= _MOST:
                break
    return tuple(found)
