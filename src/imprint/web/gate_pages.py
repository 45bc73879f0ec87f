"""The page of a package that the gate withholds versions of: plain text, so nothing in it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imprint.explanations import pages
from imprint.gate.decisions.status import verdict_values
from imprint.gate.model import Effect
from imprint.http.replies import Headers, Reply, refusal_reply
from imprint.refusals import Refusal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.gate.model import JudgedDocument, VersionVerdict
    from imprint.http.requests import Request

MOST_SHOWN: Final = 200
_HEADERS: Final[Headers] = (
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)


def text_reply(text: str) -> Reply:
    """Return text that a browser shows as it is."""
    return Reply(status=200, headers=_HEADERS, body=text.encode("utf-8", "replace"))


def package_page(judged: JudgedDocument) -> str:
    """Return which versions of a package are not plainly served, why, and what to do."""
    withheld = [one for one in judged.verdicts.values() if one.effect is Effect.WITHHOLD]
    noted = [one for one in judged.verdicts.values() if one.effect is Effect.SERVE and one.sentence]
    return "".join(f"{line}\n" for line in _lines(judged, withheld, noted))


async def explain(_request: Request, names: Mapping[str, str]) -> Reply:
    """`GET /explain/<code>`: the page that `imprint explain` prints."""
    found = pages.page(names["code"])
    if found is None:
        refusal = Refusal(code="unknown-id", message=f"there is no page {quoted(names['code'])}")
        return refusal_reply(refusal, 404)
    return text_reply(found)


def _lines(
    judged: JudgedDocument, withheld: list[VersionVerdict], noted: list[VersionVerdict]
) -> Iterator[str]:
    yield judged.name
    yield ""
    if judged.doubt is not None:
        yield f"It was judged by less than there should be: {_plain(judged.doubt)}"
        yield ""
    if not withheld:
        yield "Every version is served."
    else:
        yield f"{len(withheld)} versions are not served:"
    for verdict in withheld[-MOST_SHOWN:]:
        yield from _version(verdict)
    if noted:
        yield ""
        yield f"{len(noted)} versions are served, and something is to be said of them:"
    for verdict in noted[-MOST_SHOWN:]:
        yield from _version(verdict)
    yield ""
    yield "What a code means: /-/imprint/explain/CODE, or `imprint explain CODE`."


def _version(verdict: VersionVerdict) -> Iterator[str]:
    values = verdict_values(verdict)
    until = values["until"]
    yield ""
    yield f"{verdict.version}: {values['verdict']}" + (f", until {until}" if until else "")
    reasons = values["reasons"]
    for reason in reasons if isinstance(reasons, list) else []:
        yield f"  {_plain(reason['message'])} ({reason['code']})"
        if reason["hint"]:
            yield f"    {_plain(reason['hint'])}"


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
