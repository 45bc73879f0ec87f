"""`POST …/advisories/bulk`, and the older audit routes: no advisories are kept, and that is said.

An empty answer would be read as "no known vulnerabilities" of every version that was asked about.
404 is what every client takes for a registry without such a route: installs go on, without the line
that counts vulnerabilities, and audits fail with the sentence or their own (docs/decisions/0030).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imprint.refusals import Refusal
from imprint.registry.outcomes import refused

if TYPE_CHECKING:
    from imprint.registry.outcomes import Outcome

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of a body as it comes: a graph of two thousand versions has 100 kB, and nothing of it is kept."""

_NO_ADVISORIES: Final = Refusal(
    code="no-advisories",
    message="this registry keeps no advisories: of no version it is known whether it has flaws",
    hint="`imprint audit --advisories FILE` takes them from OSV's archive; a gate before this"
    " registry asks others",
)


def no_advisories() -> Outcome:
    """Return what is answered; without a notice, which npm would show at every install."""
    return refused(_NO_ADVISORIES, noticed=False)
