"""`POST …/advisories/bulk`, and the older audit routes: what an archive says, where there is one.

Without one an empty answer would be read as "no known vulnerabilities" of every version that was
asked about. 404 is what every client takes for a registry without such a route: installs go on,
without the line that counts vulnerabilities, and audits fail with the sentence or their own
(docs/decisions/0030, 0041).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from imprint.evidence.archived_advisories import bulk_answer
from imprint.http.replies import json_reply
from imprint.http.requests import inflated
from imprint.refusals import Malformed, Refusal
from imprint.registry.outcomes import Outcome, refused

if TYPE_CHECKING:
    from imprint.http.requests import Request
    from imprint.registry.context import Registry

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of a body as it comes: a graph of two thousand versions has 100 kB."""
_MOST_INFLATED_BYTES: Final = 16 * 1024 * 1024
_MOST_VERSIONS: Final = 50_000
"""Of one graph."""
_BULK: Final = "/advisories/bulk"
_GRAPH: Final = msgspec.json.Decoder(dict[str, list[str]])
_HINT: Final = "`imprint audit --advisories FILE` takes them from OSV's archive; a gate before this"

_NO_ADVISORIES: Final = Refusal(
    code="no-advisories",
    message="this registry keeps no advisories: of no version it is known whether it has flaws",
    hint=f"{_HINT} registry asks others",
)
_OLDER_ROUTE: Final = Refusal(
    code="no-advisories",
    message="this registry has advisories for newer clients alone: those that ask the bulk route",
    hint=f"{_HINT} registry answers older clients too",
)


def answered(registry: Registry, request: Request) -> Outcome:
    """Return what is known against a client's whole graph; raises Malformed for a body of none.

    A refusal is without a notice, which npm would show at every install.
    """
    if registry.advisories is None:
        return refused(_NO_ADVISORIES, noticed=False)
    if not request.raw_path.partition("?")[0].endswith(_BULK):
        return refused(_OLDER_ROUTE, noticed=False)
    encoding = request.header("content-encoding")
    wanted = _graph(inflated(request.body, encoding, limit=_MOST_INFLATED_BYTES))
    return Outcome(json_reply(msgspec.Raw(bulk_answer(registry.advisories, wanted))))


def _graph(raw: bytes) -> dict[str, list[str]]:
    try:
        wanted = _GRAPH.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise Malformed(
            "malformed-body",
            'the body is no object with versions by name: `{"NAME": ["1.0.0"]}` would be right',
        ) from err
    count = sum(map(len, wanted.values()))
    if count > _MOST_VERSIONS:
        raise Malformed(
            "malformed-body", f"the body asks about {count} versions: at most {_MOST_VERSIONS}"
        )
    return wanted
