"""Publishing one package: by an exchange or not at all.

A token that some configuration has is never used, so a job that is refused ends refused, with the
reasons, and does not publish by something else.
"""

from __future__ import annotations

import contextlib
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from imprint.attestations.statement_rules import ExpectedSubject
from imprint.publish.ambient import NPM_VARIABLE, ambient_token
from imprint.publish.body import publish_body, stage_id_of
from imprint.publish.exchange_check import check_exchange
from imprint.publish.exchanging import exchange, give_back
from imprint.publish.provenance import provenance_statement
from imprint.publish.published_version import published_refusal, published_version
from imprint.publish.signing import sign
from imprint.refusals import Malformed, Refusal, Unavailable
from imprint.tokens.audiences import audiences_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.publish.body import Terms
    from imprint.publish.exchange_check import WouldMint
    from imprint.publish.packed import Packed
    from imprint.publish.registry_client import RegistryClient
    from imprint.publish.signing import Signed, Signer
    from imprint.publishers.credentials import Secret

STAGE = "-/stage/package/"


class Outcome(StrEnum):
    """What became of the version."""

    PUBLISHED = "published"
    STAGED = "staged"
    PRESENT = "present"
    """It was there already, exactly so, by a trusted publisher."""
    REHEARSED = "rehearsed"


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """How a publication ended well."""

    outcome: Outcome
    stage_id: str | None = None
    signed: Signed | None = None
    would_mint: WouldMint | None = None
    """What a rehearsal was told."""


class Publisher(msgspec.Struct, frozen=True, kw_only=True):
    """A job that publishes: where, with what, and who hears of it."""

    client: RegistryClient
    """Without a token."""
    environment: Mapping[str, str]
    signer: Signer | None
    """None: without provenance."""
    tell: Callable[[str], object]
    mask: Callable[[Secret], object]
    """Hides a secret from the CI's log, should anything ever print it."""

    def publish(self, packed: Packed, terms: Terms) -> Published | Refusal:
        """Exchange, sign and send. The credential is given back unless something was published."""
        statement = self._statement(packed)
        credential = exchange(self.client, packed.name, id_token=self._registry_token())
        if isinstance(credential, Refusal):
            return credential
        self.mask(credential.secret)
        ended: Published | Refusal | None = None
        try:
            ended = self._publish(packed, terms, statement, credential.secret)
        finally:
            if not isinstance(ended, Published) or ended.outcome is Outcome.PRESENT:
                self._give_back(credential.secret)
        return ended

    def rehearse(self, packed: Packed, terms: Terms) -> Published | Refusal:
        """Do all of it but mint a credential and send the version; provenance is logged too."""
        statement = self._statement(packed)
        checked = check_exchange(self.client, packed.name, id_token=self._registry_token())
        if isinstance(checked, Refusal):
            return checked
        found = published_version(self.client, packed, bearer=None)
        if found is not None:
            refusal = published_refusal(found, packed)
            return refusal or Published(outcome=Outcome.PRESENT, would_mint=checked)
        signed = self._signed(packed, statement)
        if isinstance(signed, Refusal):
            return signed
        publish_body(packed, terms, registry_url=self.client.url, bundle=_text(signed))
        return Published(outcome=Outcome.REHEARSED, signed=signed, would_mint=checked)

    def _publish(
        self, packed: Packed, terms: Terms, statement: bytes | None, credential: Secret
    ) -> Published | Refusal:
        found = published_version(self.client, packed, bearer=credential)
        if found is not None:
            return published_refusal(found, packed) or Published(outcome=Outcome.PRESENT)
        signed = self._signed(packed, statement)
        if isinstance(signed, Refusal):
            return signed
        body = publish_body(packed, terms, registry_url=self.client.url, bundle=_text(signed))
        self.tell(f"sending {packed}, {len(packed.data)} bytes")
        method, path = ("POST", STAGE) if terms.stages else ("PUT", "")
        answer = self.client.call(method, path + packed.name.escaped, body=body, bearer=credential)
        if isinstance(answer, Refusal):
            return answer
        # A trusted publisher may be one whose publications always wait.
        stage_id = stage_id_of(answer)
        outcome = Outcome.STAGED if terms.stages or stage_id else Outcome.PUBLISHED
        return Published(outcome=outcome, stage_id=stage_id, signed=signed)

    def _statement(self, packed: Packed) -> bytes | None:
        return None if self.signer is None else provenance_statement(packed, self.environment)

    def _signed(self, packed: Packed, statement: bytes | None) -> Signed | Refusal | None:
        if self.signer is None or statement is None:
            return None
        # NPM_ID_TOKEN is for the registry: an authority that got it could publish with it.
        own = {name: text for name, text in self.environment.items() if name != NPM_VARIABLE}
        id_token = self._token(own, self.signer.audience)
        self.tell(f"signing provenance by trust domain {self.signer.domain.name}")
        subject = ExpectedSubject(
            name=packed.name, version=str(packed.version), sha512=packed.digests.sha512
        )
        return sign(statement, signer=self.signer, id_token=id_token, subject=subject)

    def _registry_token(self) -> Secret:
        return self._token(self.environment, audiences_of(self.client.url)[0])

    def _token(self, environment: Mapping[str, str], audience: str) -> Secret:
        self.tell(f"asking for an ID token for {audience}")
        found = ambient_token(environment, audience=audience)
        self.mask(found)
        return found

    def _give_back(self, credential: Secret) -> None:
        # It ends by itself within minutes; what went wrong before is what has to be said.
        with contextlib.suppress(Unavailable, Malformed):
            if give_back(self.client, credential) is None:
                self.tell("gave the publish credential back")


def _text(signed: Signed | None) -> str | None:
    return None if signed is None else signed.bundle
