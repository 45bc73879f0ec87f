"""The exchange over HTTP: an ID token in the Authorization header, a credential in the answer.

Cheap before expensive: what is not a token never reaches the database or the network, keys are
fetched without a database connection in hand, and only a proved token is written about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Protocol

import msgspec

from imprint.http.replies import Reply, json_reply, refusal_reply
from imprint.npm.packument import iso
from imprint.npm.versions import Version
from imprint.publishers.replay import DistTagOnly
from imprint.publishers.sentences import describe_publisher
from imprint.refusals import Malformed, Refusal, Unavailable, quoted
from imprint.registry.authority.bearers import bearer_text
from imprint.registry.exchange.audience import ordered_audiences
from imprint.registry.exchange.decision import Accepted, Asked, switched_off
from imprint.registry.exchange.exchange import check, exchange, note_outcome
from imprint.registry.statuses import status_of
from imprint.storage import issuers
from imprint.tokens.envelope import parse
from imprint.tokens.proof import TokenProof
from imprint.tokens.verify import verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.http.pool import Pool
    from imprint.http.requests import Request
    from imprint.npm.names import PackageName
    from imprint.registry.context import Registry
    from imprint.registry.exchange.minting import Minted
    from imprint.storage.issuers import RegisteredIssuer
    from imprint.tokens.issuers import Issuer
    from imprint.tokens.keysets import KeySet

ISSUERS_KEPT_SECONDS = 1.0
"""How long the list of issuers is believed; an exchange looks its own up before it mints."""


class KeySource(Protocol):
    """Where issuers' keys come from: `upstream.keysets.KeySets`, or what a test has at hand."""

    async def get(self, issuer: Issuer, key_id: str) -> tuple[KeySet, float]:
        """Return the issuer's keys and their age in seconds; raises Unavailable."""
        ...


class ExchangeRoute:
    """Answers exchanges and their dry runs. One for each process and event loop."""

    def __init__(self, registry: Registry, keysets: KeySource, pool: Pool) -> None:
        """Take the issuers' keys from `keysets`."""
        self._registry = registry
        self._keysets = keysets
        self._pool = pool
        # In their order: a refusal names the one that npm asks for.
        self._audiences = ordered_audiences(registry)
        self._issuers: Mapping[str, RegisteredIssuer] = {}
        self._issuers_until = float("-inf")

    async def answer(self, request: Request, package: PackageName) -> Reply:
        """Exchange the ID token that `request` carries for a credential for `package`."""
        if request.method != "POST":
            return refusal_reply(_method(request.method), 405)
        try:
            proof = await self._proof(request)
        except (Malformed, Unavailable) as err:
            note_outcome(self._registry, package, request.address, err.refusal())
            raise
        if isinstance(proof, Refusal):
            note_outcome(self._registry, package, request.address, proof)
            return refusal_reply(proof, status_of(proof.code), challenge=None)
        outcome = await self._pool.run(exchange, self._registry, _asked(request, proof, package))
        if isinstance(outcome, Refusal):
            return refusal_reply(outcome, status_of(outcome.code, malformed=False))
        return _minted(outcome)

    async def check(self, request: Request, package: PackageName) -> Reply:
        """Say what an exchange would say; nothing is minted, burnt or remembered."""
        proof = await self._proof(request)
        if isinstance(proof, Refusal):
            return refusal_reply(proof, status_of(proof.code))
        outcome = await self._pool.run(check, self._registry, _asked(request, proof, package))
        if isinstance(outcome, Refusal):
            return refusal_reply(outcome, status_of(outcome.code, malformed=False))
        return _accepted(outcome)

    async def _proof(self, request: Request) -> TokenProof | Refusal:
        raw = bearer_text(request.header("authorization"))
        if not raw:
            return _NO_ID_TOKEN
        token = parse(raw.encode("latin-1", "replace"))
        now = self._registry.clock()
        registered = await self._registered(token.unverified_issuer, now)
        if registered is None:
            return Refusal(
                code="unsupported-issuer",
                message=f"the issuer {quoted(token.unverified_issuer)} is not registered here",
                hint="an administrator registers it: `imprint admin issuer add`",
            )
        issuer = registered.issuer
        if registered.disabled_at is not None:
            return switched_off(f"for the issuer `{issuer.name}`")
        keys, age_seconds = await self._keysets.get(issuer, token.key_id)
        return verify(
            token,
            issuer=issuer,
            keys=keys,
            keys_age_seconds=age_seconds,
            audiences=self._audiences,
            now=now,
        )

    async def _registered(self, url: str, now: float) -> RegisteredIssuer | None:
        if now >= self._issuers_until:
            registered = await self._pool.run(_registered, self._registry)
            self._issuers = {r.issuer.url: r for r in registered}
            self._issuers_until = now + ISSUERS_KEPT_SECONDS
        return self._issuers.get(url)


def _registered(registry: Registry) -> tuple[RegisteredIssuer, ...]:
    with registry.database.reading() as connection:
        return issuers.list_all(connection)


class _Binding(msgspec.Struct, forbid_unknown_fields=True):
    version: Annotated[str, msgspec.Meta(max_length=256)] | None = None
    sha512: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{128}$")] | None = None


def _asked(request: Request, proof: TokenProof, package: PackageName) -> Asked:
    """Return what is asked for; npm sends no body, ours may bind the credential to an artifact."""
    binding = _Binding()
    if request.body.strip():
        try:
            binding = msgspec.json.decode(request.body, type=_Binding)
        except (msgspec.DecodeError, UnicodeDecodeError) as err:
            raise Malformed(
                "malformed-body",
                "the body of an exchange is empty, or JSON with `version` and `sha512`:"
                f" {quoted(str(err))}",
            ) from err
    return Asked(
        proof=proof,
        package=package,
        address=request.address,
        user_agent=request.user_agent,
        version=None if binding.version is None else str(Version.parse(binding.version)),
        sha512=binding.sha512,
    )


def _minted(minted: Minted) -> Reply:
    credential = minted.credential
    answer: dict[str, object] = {
        "token_type": "oidc",
        "token": minted.secret.reveal(),
        "created": iso(credential.created_at),
        "expires": iso(credential.expires_at),
    }
    notice = None
    if credential.stage_only:
        notice = (
            "this is the first use of a trusted publisher without ids: what is published now"
            " waits, staged, until an owner approves it"
        )
    return json_reply(answer, status=201, notice=notice)


def _accepted(accepted: Accepted) -> Reply:
    matched = accepted.matched
    return json_reply(
        {
            "accepted": True,
            "publisher": describe_publisher(matched.publisher),
            "publisher_id": matched.publisher.id,
            "permissions": sorted(p.value for p in matched.publisher.limits.permissions),
            "stage_only": matched.stage_only,
            "dist_tag_only": isinstance(accepted.replay, DistTagOnly),
            "mismatches": [],
            "hint": None,
        }
    )


def _method(method: str) -> Refusal:
    return Refusal(
        code="method-not-allowed",
        message=f"the exchange takes POST, not {quoted(method)}",
    )


_NO_ID_TOKEN = Refusal(
    code="missing-id-token",
    message="the exchange needs an ID token as `Authorization: Bearer …`, and there is none",
    hint="in GitHub Actions the job needs `permissions: id-token: write`; elsewhere set"
    " NPM_ID_TOKEN; and the registry setting must have no path on another host",
)
