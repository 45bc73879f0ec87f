"""The gate over HTTP: what it decided, holds, doubts and counts; what another policy would change.

What clients asked for is told to administrators alone. Why versions of a package are withheld is
told to whoever may use the gate: the output of their clients names that page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imprint import __version__
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.gate.clients import NOT_ALLOWED
from imprint.gate.decisions import status, verdicts
from imprint.gate.decisions.trial import trial_policy, try_policy, with_versions
from imprint.gate.metrics import CONTENT_TYPE, Gauge, Metrics
from imprint.gate.model import NameStanding
from imprint.gate.records import client_of
from imprint.http.replies import NO_STORE, Reply, empty_reply, json_reply, refusal_reply
from imprint.http.requests import inflated
from imprint.npm.names import PackageName
from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry.authority.administrators import is_a_user, not_an_administrator
from imprint.registry.outcomes import refused
from imprint.storage import gate_records
from imprint.web.gate_pages import package_page, text_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.gate.clients import Clients
    from imprint.gate.decisions.trial import Change, Trial
    from imprint.gate.gate import Gate
    from imprint.gate.model import JudgedDocument
    from imprint.http.requests import Request
    from imprint.registry.app import RegistryApp

MOST_LISTED: Final = 1000
USUALLY_LISTED: Final = 100
MOST_TRIED: Final = 200
NO_GATE: Final = Refusal(
    code="no-route",
    message="there is no gate here: this registry has no upstream",
    hint="`imprint serve --upstream URL` puts one before it",
)

NOT_JUDGED: Final = Refusal(
    code="nothing-is-judged",
    message="the gate has no policy: everything is served, and nothing is judged",
    hint="`imprint serve --policy FILE` has it judge",
)


class GateWeb:
    """The answers. Used from the event loop alone."""

    def __init__(self, app: RegistryApp, gate: Gate | None, clients: Clients | None) -> None:
        """Answer for `gate`; None: there is none, and all but metrics says so."""
        self._app = app
        self._gate = gate
        self._clients = clients

    async def metrics(self, _request: Request, _names: Mapping[str, str]) -> Reply:
        """`GET /metrics`: for Prometheus; it has no names of packages and clients."""
        info = Gauge(
            name="info", help="The version.", value=1.0, labels=(("version", __version__),)
        )
        gate = self._gate
        metrics = Metrics() if gate is None else gate.metrics
        more = [] if gate is None else list(status.gauges(gate))
        headers = ((b"content-type", CONTENT_TYPE.encode("ascii")), NO_STORE)
        return Reply(status=200, headers=headers, body=metrics.text([info, *more]))

    async def status(self, request: Request, _names: Mapping[str, str]) -> Reply:
        """`GET /v1/gate/status`: how the gate is."""
        gate = await self._for_administrators(request)
        if isinstance(gate, Reply):
            return gate
        await gate.records.flush()
        counts = await self._app.pool.run(gate_records.counts, gate.records.index)
        return json_reply({"schema": 1, **status.gate_values(gate, counts)})

    async def decisions(self, request: Request, _names: Mapping[str, str]) -> Reply:
        """`GET /v1/gate/decisions`: what clients were told, since when, by name and effect.

        `newest=true` gives the last first, and `next_since` asks for what comes after all of them.
        """
        gate = await self._for_administrators(request)
        if isinstance(gate, Reply):
            return gate
        since = _cursor(request)
        await gate.records.flush()
        found = await self._app.pool.run(
            gate_records.decisions,
            gate.records.index,
            since=since,
            name=request.parameter("name"),
            effect=request.parameter("effect"),
            limit=_limit(request),
            newest=request.parameter("newest") == "true",
        )
        at, last = max([one.cursor for one in found], default=since)
        listed = [status.decision_values(one) for one in found]
        return json_reply({"schema": 1, "decisions": listed, "next_since": f"{at!r}:{last}"})

    async def held(self, request: Request, _names: Mapping[str, str]) -> Reply:
        """`GET /v1/gate/held`: every version that is withheld now, and until when."""
        gate = await self._for_administrators(request)
        if isinstance(gate, Reply):
            return gate
        found, more = status.held_values(
            gate.judging.remembered(), name=request.parameter("name"), limit=_limit(request)
        )
        return json_reply({"schema": 1, "held": found, "more": more})

    async def doubts(self, request: Request, _names: Mapping[str, str]) -> Reply:
        """`GET /v1/gate/doubts`: what was judged by less than there should be."""
        gate = await self._for_administrators(request)
        if isinstance(gate, Reply):
            return gate
        found = status.doubt_values(gate.judging.remembered())
        limit = _limit(request)
        more = max(len(found) - limit, 0)
        return json_reply({"schema": 1, "doubts": found[:limit], "more": more})

    async def inventory(self, request: Request, _names: Mapping[str, str]) -> Reply:
        """`GET /v1/gate/inventory`: which client asked for what, as far as clients tell."""
        gate = await self._for_administrators(request)
        if isinstance(gate, Reply):
            return gate
        await gate.records.flush()
        found = await self._app.pool.run(
            gate_records.inventory,
            gate.records.index,
            since=_cursor(request)[0],
            name=request.parameter("name"),
            version=request.parameter("version"),
            limit=_limit(request),
        )
        return json_reply({"schema": 1, "asked": [status.asked_values(one) for one in found]})

    async def forget_inventory(self, request: Request, _names: Mapping[str, str]) -> Reply:
        """`POST /v1/gate/inventory/forget`: forget which client asked for what."""
        gate = await self._for_administrators(request, writes=True)
        if isinstance(gate, Reply):
            return gate
        await gate.records.flush()
        await self._app.pool.run(gate_records.forget_inventory, gate.records.index)
        return empty_reply()

    async def trial(self, request: Request, _names: Mapping[str, str]) -> Reply:
        """`POST /v1/gate/trial`: what the policy in the body would change. Raises Malformed."""
        gate = await self._for_administrators(request)
        if isinstance(gate, Reply):
            return gate
        try:
            text = request.body.decode()
        except UnicodeDecodeError as err:
            raise Malformed("malformed-policy", "the posted policy is no UTF-8") from err
        policy = trial_policy(text, gate)
        await gate.records.flush()
        asked = await self._app.pool.run(
            gate_records.versions_asked, gate.records.index, limit=MOST_TRIED
        )
        wanted = with_versions(asked, gate.judging.remembered())
        found = await try_policy(gate, policy, wanted)
        return json_reply({"schema": 1, **_trial_values(found)})

    async def verdict(self, request: Request, _names: Mapping[str, str]) -> Reply:
        """`POST /v1/verdict`: what becomes of each version of a graph. Raises Malformed.

        Whoever may use the gate may ask; of names that are ours only who is somebody here is told.
        """
        gate = self._gate
        if gate is None:
            return refusal_reply(NO_GATE, 404)
        if self._clients is not None and not self._clients.may(request.address):
            return refusal_reply(NOT_ALLOWED, 403)
        policy = gate.policies.current
        if policy is None:
            return refusal_reply(NOT_JUDGED, 409)
        asked = await self._app.pool.run(_asked, request)
        knows_own = await self._app.pool.run(is_a_user, self._app.registry, request)
        client = client_of(request)
        found = await verdicts.verdicts_of(gate, policy, asked, knows_own=knows_own, client=client)
        gate.metrics.request("verdict", "served")
        return json_reply(found)

    async def package(self, request: Request, names: Mapping[str, str]) -> Reply:
        """`GET /v1/gate/packages/<name>`: which versions are not plainly served, and why."""
        judged = await self._judged(request, names["name"])
        if isinstance(judged, Reply):
            return judged
        values = {
            "name": judged.name,
            "doubt": judged.doubt,
            "versions": [status.verdict_values(one) for one in judged.verdicts.values()],
        }
        return json_reply({"schema": 1, **values})

    async def page(self, request: Request, names: Mapping[str, str]) -> Reply:
        """`GET /gate/packages/<name>`: the same, for people, as plain text."""
        judged = await self._judged(request, names["name"])
        return judged if isinstance(judged, Reply) else text_reply(package_page(judged))

    async def _judged(self, request: Request, text: str) -> JudgedDocument | Reply:
        gate = self._gate
        if gate is None:
            return refusal_reply(NO_GATE, 404)
        if self._clients is not None and not self._clients.may(request.address):
            return refusal_reply(NOT_ALLOWED, 403)
        name = PackageName.parse_existing(text)
        upstream = gate.upstreams.of(name)
        # Whose a name of ours is, is nobody's to learn here: it is as if there were none.
        if upstream is None or await gate.standings.of(name) is not NameStanding.UPSTREAM:
            return refusal_reply(_not_here(name), 404)
        match await gate.documents.get(str(name), upstream):
            case Had(document):
                return await gate.judging.judge(document)
            case NotThere():
                return refusal_reply(_not_here(name), 404)
            case NotLooked(why=why):
                message = f"{quoted(str(name))} cannot be judged: {why}"
                return refusal_reply(Refusal(code="upstream-failed", message=message), 502)

    async def _for_administrators(self, request: Request, *, writes: bool = False) -> Gate | Reply:
        if self._gate is None:
            return refusal_reply(NO_GATE, 404)
        denied = await self._app.pool.run(
            not_an_administrator, self._app.registry, request, writes=writes
        )
        if denied is None:
            return self._gate
        reply = refused(denied).reply
        return reply if isinstance(reply, Reply) else refusal_reply(denied, 403)


def _trial_values(found: Trial) -> dict[str, object]:
    return {
        "summary": {
            "packages": found.packages,
            "versions": found.versions,
            "changes": len(found.changes) + found.more_changes,
            "not_judged": len(found.not_judged),
        },
        "changes": [_change_values(one) for one in found.changes],
        "more": found.more_changes,
        "not_judged": sorted(found.not_judged)[:MOST_LISTED],
    }


def _change_values(change: Change) -> dict[str, object]:
    return {
        "name": change.name,
        "version": change.version,
        "now": None if change.now is None else status.verdict_values(change.now),
        "then": None if change.then is None else status.verdict_values(change.then),
    }


def _limit(request: Request) -> int:
    text = request.parameter("limit") or ""
    if not text:
        return USUALLY_LISTED
    if text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST_LISTED:  # noqa: PLR2004 (digits)
        return int(text)
    raise Malformed("query", f"`limit` is {quoted(text)}: it takes 1 to {MOST_LISTED}")


def _cursor(request: Request) -> tuple[float, int]:
    """Return `since`: Unix seconds, or what `next_since` was; the beginning where there is none."""
    text = request.parameter("since") or "0"
    at, _, last = text.partition(":")
    try:
        found = float(at), int(last or "0")
    except ValueError:
        found = -1.0, 0
    if not (0 <= found[0] < 1e12 and 0 <= found[1] < 2**63):  # noqa: PLR2004 (nor is it a NaN)
        raise Malformed("query", f"`since` is {quoted(text)}: it takes Unix seconds")
    return found


def _asked(request: Request) -> tuple[verdicts.AskedVersion, ...]:
    encoding = request.header("content-encoding")
    return verdicts.read_asked(inflated(request.body, encoding, limit=verdicts.MOST_BODY_BYTES))


def _not_here(name: PackageName) -> Refusal:
    message = f"the gate knows nothing of {quoted(str(name))}"
    return Refusal(code="no-package", message=message)
