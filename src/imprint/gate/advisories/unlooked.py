"""Versions of a graph for which nobody looked for advisories, and how that is said. Pure.

An empty answer reads as "none are known", of versions that nobody looked at too: npm prints "found
0 vulnerabilities", pnpm and bun that there are none. So where nobody looked at any, there is no
answer: 404, as of a registry without such a route (docs/decisions/0030, 0039). Not here: asking
(`asking`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from imprint.gate.tarballs.replies import DOUBT_HEADER
from imprint.http.replies import notice_header, refusal_reply, with_notice
from imprint.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from imprint.gate.advisories.asking import Said
    from imprint.gate.model import Upstream
    from imprint.http.replies import Reply

BESIDE_OURS: Final = "of other flaws nothing is known: no upstream of these packages has advisories"
"""What an advisory of ours says where it stands alone because nobody looked for others."""
_NO_ADVISORIES: Final = Refusal(
    code="no-advisories",
    message="no upstream of these packages has advisories: of no version it is known whether it"
    " has flaws",
    hint="`imprint audit --advisories FILE` takes them from OSV's archive",
)


LEFT_OUT_REPLY: Final = refusal_reply(
    Refusal(
        code="no-advisories",
        message="the request has none of the project's packages in it: of no version it is known"
        " whether it has flaws",
        hint="npm up to 10 asks so after `/-/npm/v1/security/advisories/bulk` failed",
    ),
    404,
    noticed=False,
)
"""To npm 7 to 10, whose second question, by the older route, is about nothing (lockfiles since
version 2 have no tree): it would print "found 0 vulnerabilities"."""


class Unlooked(msgspec.Struct, frozen=True, kw_only=True):
    """What nobody looked up."""

    names: tuple[str, ...]
    """Packages of ours, and of upstreams that have no advisories."""
    is_all: bool
    """Whether that is every package that was asked about, and there is one."""
    doubt: str
    """Why upstreams' advisories are not all there, one line; empty: they are."""


def unlooked_in(
    names: Collection[str],
    sources: Mapping[str, Upstream],
    said: Mapping[str, tuple[Upstream, Said]],
    *,
    own: Said,
) -> Unlooked:
    """Return what of `names` nobody looked up.

    `sources` has the upstream of each that is not ours, `said` what each upstream said, by its
    address, and `own` what is said of ours.
    """
    found = tuple(
        name for name in names if (said[sources[name].url][1] if name in sources else own).has_none
    )
    doubts = [
        f"`{upstream.label}` has no advisories" if one.has_none else one.lacking
        for upstream, one in said.values()
    ]
    return Unlooked(
        names=found,
        is_all=bool(found) and len(found) == len(names),
        doubt="; ".join(doubt for doubt in doubts if doubt),
    )


def unknown_reply(notice: str | None) -> Reply:
    """Return what is answered where nobody looked: no answer that could be taken for a good one.

    `notice` is what is to be said of the graph in any case; the refusal itself npm would print at
    every install.
    """
    reply = refusal_reply(_NO_ADVISORIES, 404, noticed=False)
    return reply if notice is None else with_notice(reply, notice)


def doubted(reply: Reply, doubt: str) -> Reply:
    """Return `reply` with what is to be doubted of it in its header."""
    if not doubt:
        return reply
    return replace(reply, headers=(*reply.headers, (DOUBT_HEADER, notice_header(doubt)[1])))
