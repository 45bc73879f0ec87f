"""`POST …/advisories/bulk`: what every `npm install` sends. This registry has no advisories.

The answer may name requested packages only, or yarn crashes (facts/wire.md §2.11); with none to
tell of it is empty, which every client takes as "no known vulnerabilities".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.http.replies import json_reply
from imprint.http.requests import inflated
from imprint.refusals import Malformed
from imprint.registry.outcomes import Outcome

if TYPE_CHECKING:
    from imprint.http.requests import Request
    from imprint.registry.context import Registry

MOST_BYTES = 4 * 1024 * 1024
"""Of a body, inflated: a graph of two thousand versions has 100 kB, and anybody may send one."""


def bulk(registry: Registry, request: Request) -> Outcome:
    """Answer for a whole graph; raises Malformed for a body that is none."""
    limit = min(registry.max_publish_bytes, MOST_BYTES)
    raw = inflated(request.body, request.header("content-encoding"), limit=limit)
    try:
        msgspec.json.decode(raw, type=dict[str, list[str]])
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Malformed(
            "malformed-body", f"the body is not package names with their versions: {err}"
        ) from err
    return Outcome(json_reply({}))
