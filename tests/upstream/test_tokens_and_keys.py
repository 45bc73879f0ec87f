"""Tokens against an issuer that is really asked for its keys: rotation, withdrawal, outage."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from imprint.refusals import Refusal, Unavailable
from imprint.tokens.envelope import parse
from imprint.tokens.proof import TokenProof
from imprint.tokens.verify import verify
from imprint.upstream.fetch import Fetcher
from imprint.upstream.keysets import KeySets
from tests.support.claims import AUDIENCE, github_claims
from tests.support.fake_issuer import KEYS, Answer, FakeClock, FakeIssuer
from tests.support.issuer_keys import SigningIssuer

pytestmark = pytest.mark.anyio

OLD, NEW = SigningIssuer.rsa("old", key="old"), SigningIssuer.rsa("new", key="new")


@dataclass
class Exchange:
    """The first half of an exchange: from a token's text to a proof."""

    server: FakeIssuer
    sets: KeySets
    clock: FakeClock

    def claims(self) -> dict[str, object]:
        now = int(self.clock.now)
        return github_claims(iss=self.server.url, iat=now, nbf=now, exp=now + 300)

    async def judge(self, token: str) -> TokenProof | Refusal:
        parsed = parse(token.encode())
        keys, age_seconds = await self.sets.get(self.server.issuer, parsed.key_id)
        return verify(
            parsed,
            issuer=self.server.issuer,
            keys=keys,
            keys_age_seconds=age_seconds,
            audiences=(AUDIENCE,),
            now=self.clock.now,
        )


@contextlib.asynccontextmanager
async def exchange() -> AsyncIterator[Exchange]:
    clock = FakeClock()
    async with FakeIssuer(signer=OLD) as server, Fetcher() as fetcher:
        sets = KeySets(fetcher, now=clock, sleep=clock.sleep)
        yield Exchange(server, sets, clock)
        await sets.close()


@pytest.mark.case("C20")
async def test_a_token_of_a_new_key_is_accepted_and_one_of_the_old_key_still_is():
    async with exchange() as here:
        before = await here.judge(OLD.sign(here.claims()))
        here.server.publish(OLD, NEW)
        here.clock.now += 60

        after = [await here.judge(signer.sign(here.claims())) for signer in (NEW, OLD)]

        assert all(isinstance(proof, TokenProof) for proof in (before, *after))


@pytest.mark.case("C15")
async def test_a_token_of_a_withdrawn_key_is_refused_within_the_soft_age():
    async with exchange() as here:
        await here.judge(OLD.sign(here.claims()))
        here.server.publish(NEW)
        here.clock.now += 600

        refusal = await here.judge(OLD.sign(here.claims()))

        assert isinstance(refusal, Refusal)
        assert refusal.code == "unknown-key"


@pytest.mark.case("A05")
async def test_a_key_that_the_issuer_does_not_have_after_a_refresh_is_named():
    async with exchange() as here:
        await here.judge(OLD.sign(here.claims()))
        here.clock.now += 60

        refusal = await here.judge(NEW.sign(here.claims()))

        assert isinstance(refusal, Refusal)
        assert refusal.message == "issuer `github` has no key `new`"
        assert here.server.fetches == 2


@pytest.mark.case("A06", "C08")
async def test_while_an_issuer_publishes_no_key_nothing_is_decided():
    async with exchange() as here:
        here.server.answers[KEYS] = Answer(b'{"keys":[]}')

        with pytest.raises(Unavailable) as caught:
            await here.judge(OLD.sign(here.claims(), alg="none"))

        assert caught.value.code == "issuer-unreachable"
        assert caught.value.message == (
            "keys of issuer `github` could not be had:"
            " key set has no usable key among `0`, expected one for signing"
        )
