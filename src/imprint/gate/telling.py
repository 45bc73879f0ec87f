"""What clients show of a refusal, and how it reaches the output of those that show no body. Pure.

npm shows `npm-notice` and `error`, deno the whole body, yarn 1 the `message` of a packument's 403.
pnpm shows the dist-tags of a package that has no such version; bun, and yarn since 2, the address
that answered last. Measured: docs/concepts/what-clients-show.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imprint.http.replies import NO_STORE, Reply

if TYPE_CHECKING:
    from imprint.http.requests import Request

PARAMETER: Final = "refused"
"""The query parameter that says why. Nobody reads it but people."""
MOST_SAID_CHARACTERS: Final = 400
_SHOWS_TAGS: Final = b"pnpm/"
# yarn since 2 names only the library that it asks with.
_SHOW_ADDRESSES: Final = ("Bun/", "got (")
# What no client writes otherwise in an address that it shows, and no terminal reads otherwise.
_UNSAID: Final = re.compile(r"[^A-Za-z0-9.,:;@/_~()+=-]+")


def shows_tags(user_agent: bytes) -> bool:
    """Whether a client lists the dist-tags where a package has no version that it looks for."""
    return user_agent.startswith(_SHOWS_TAGS)


def by_address(refusal: Reply, request: Request, *, address: str, sentence: str) -> Reply:
    """Return a refusal, for clients that show addresses alone at one that has the sentence in it.

    `address` is where the same is answered: whoever goes there is refused in the same way, or is
    served what policy admits meanwhile.
    """
    agent = request.header("user-agent") or ""
    if not agent.startswith(_SHOW_ADDRESSES) or is_told(request):
        return refusal
    location = f"{address}?{PARAMETER}={_said(sentence)}"
    return Reply(status=302, headers=((b"location", location.encode("ascii")), NO_STORE))


def is_told(request: Request) -> bool:
    """Whether a request came by such an address."""
    return request.parameter(PARAMETER) is not None


def _said(sentence: str) -> str:
    words = _UNSAID.sub("_", sentence.replace("`", "").replace("%", "_"))
    return words.strip("_")[:MOST_SAID_CHARACTERS]
