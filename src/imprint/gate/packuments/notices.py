"""What a packument says of the versions that it is without: one line for npm, tags for pnpm.

Without them, nobody who asks for exactly the version that is withheld would learn more than that
there is none (facts/wire.md §2.8). Pure. Not here: what a whole graph comes to
(`gate.advisories.notices`), and what other clients show (`gate.telling`).
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

from imprint.http.replies import MAX_NOTICE_CHARACTERS, notice_header
from imprint.npm.versions import Version
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from imprint.gate.model import VersionVerdict

MOST_TOLD: Final = 10
"""Versions that tags speak of."""
_OLDEST: Final = Version.parse("0.0.0-0")


def withheld_notice(
    tags: Mapping[str, str],
    *,
    withheld: Collection[str],
    verdicts: Mapping[str, VersionVerdict],
) -> str | None:
    """Return npm's line; None: whoever installs by a tag gets what the upstream would give.

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


def telling_tags(
    withheld: Collection[str], *, verdicts: Mapping[str, VersionVerdict], page: str
) -> dict[str, str]:
    """Return dist-tags whose names say why the newest withheld versions are, with these versions.

    pnpm lists a package's dist-tags when it has no version that is looked for. Nobody can install
    by such a name: it has blanks in it. The last one says where to read of all; `page` is that
    address. What they are to name instead, `dist_tags` knows.
    """
    known = [version for version in withheld if version in verdicts]
    newest = heapq.nlargest(MOST_TOLD, known, key=_age)
    if not newest:
        return {}
    told = {f"{verdicts[version].sentence}; instead there is": version for version in newest}
    count = "1 version is" if len(withheld) == 1 else f"{len(withheld)} versions are"
    told[f"{count} withheld, see {page} for why; instead there is"] = newest[0]
    return {notice_header(text)[1].decode("ascii"): version for text, version in told.items()}


def _age(text: str) -> Version:
    try:
        return Version.parse(text)
    except Malformed:
        return _OLDEST  # npm once took what is none


def _latest_first(entry: tuple[str, str]) -> tuple[bool, str]:
    tag, _ = entry
    return tag != "latest", tag
