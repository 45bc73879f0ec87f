"""The line with which a packument says what it is without, where that changes what is installed.

npm prints it (`npm-notice`). Without it, nobody who asks for exactly the version that is withheld
would learn more than that there is none (facts/wire.md §2.8). Pure. Not here: what a whole graph
comes to (`graph_notices`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.http.replies import MAX_NOTICE_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from imprint.gate.model import VersionVerdict


def withheld_notice(
    tags: Mapping[str, str],
    *,
    withheld: Collection[str],
    verdicts: Mapping[str, VersionVerdict],
) -> str | None:
    """Return the line; None: whoever installs by a tag gets what the upstream would give.

    Of versions that no tag names nothing is said: a policy that asks much withholds thousands of
    old ones, and nobody wants as many lines. `latest` goes before other tags.
    """
    named = [version for _, version in sorted(tags.items(), key=_latest_first)]
    moved = [version for version in dict.fromkeys(named) if version in withheld]
    told = [verdicts[version].sentence for version in moved if version in verdicts]
    if not told:
        return None
    others = len(withheld) - 1
    more = f" ({others} more of it {'is' if others == 1 else 'are'} withheld)" if others else ""
    return f"imprint: {told[0]}{more}"[:MAX_NOTICE_CHARACTERS]


def _latest_first(entry: tuple[str, str]) -> tuple[bool, str]:
    tag, _ = entry
    return tag != "latest", tag
