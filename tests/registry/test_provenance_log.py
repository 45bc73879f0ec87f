"""The registry's own attestation: signed, logged, verified by itself, and only then advertised."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from imprint.attestations.documents import verify_document
from imprint.attestations.reading.documents import parse_document
from imprint.attestations.reading.key_sets import read_key_set
from imprint.attestations.statement_rules import ExpectedSubject
from imprint.attestations.verdicts import State as Verdict
from imprint.npm.names import PackageName
from imprint.refusals import Unavailable
from imprint.registry.signing.keys import Signing as SigningKeys
from imprint.storage import signatures, signing_keys
from imprint.storage.schema import attestations
from tests.support.attested import domain, stand_in
from tests.support.provenance import Signing

if TYPE_CHECKING:
    from tests.support.world import World

PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"
SLSA = "https://slsa.dev/provenance/v1"
NPM = "/-/npm/v1/attestations/@acme/widget@1.0.0"


@pytest.fixture
def signing(world: World, widget) -> Signing:
    """A registry with a log; `@acme/widget` has a trusted publisher."""
    world.trust()
    signing = Signing(world)
    world.attest_again()  # to the version that was there before
    return signing


def dist(world, version="1.0.0"):
    """What the packument says of a version's bytes."""
    return world.packument().json["versions"][version]["dist"]


def statement(document):
    """The statement that the registry signed."""
    found = {one["predicateType"]: one["bundle"] for one in document["attestations"]}
    return json.loads(base64.b64decode(found[PUBLISH]["dsseEnvelope"]["payload"]))


@pytest.mark.stores
def test_both_are_advertised_served_and_verified_by_anybody(world, signing):
    answer = signing.published()

    told = dist(world)["attestations"]
    served = world.request("GET", told["url"].removeprefix("https://registry.example.test"))
    verdict = verify_document(
        parse_document(served.body),
        subject=ExpectedSubject(
            name=PackageName.parse("@acme/widget"),
            version="1.0.0",
            sha512=hashlib.sha512(signing.data()).hexdigest(),
        ),
        domains=(domain(signing.authority),),
        keys=read_key_set(world.request("GET", "/-/npm/v1/keys").body),
        registry="registry.example.test",
        now=world.clock(),
        provenance_expected=True,
        publish_expected=True,
    )
    assert "its publish attestation is in the transparency log" in answer.notice
    assert told["provenance"] == {"predicateType": SLSA}
    assert (verdict.state, verdict.rejections) == (Verdict.VERIFIED, ())


def test_it_states_what_npm_leaves_unsigned(world, signing):
    signing.published()

    said = statement(world.request("GET", NPM).json)

    assert said["subject"][0]["name"] == "pkg:npm/%40acme/widget@1.0.0"
    assert said["predicate"] == {
        "name": "@acme/widget",
        "version": "1.0.0",
        "registry": "https://registry.example.test",
        "imprint": {
            "schema": 1,
            "credential": "trusted-publisher",
            "publisher": world.events("exchange-minted")[0]["publisher.id"],
            "published": "2026-11-18T11:06:40.000Z",
            "approval": None,
            "refProtected": True,
            "source": {
                "provider": "github",
                "issuer": "https://ci.example.test",
                "repository": "acme/rocket",
                "repositoryId": "901",
                "ownerId": "42",
                "callerWorkflow": "acme/rocket/.github/workflows/release.yml@refs/tags/v1.2.0",
                "calledWorkflow": "acme/rocket/.github/workflows/release.yml@refs/tags/v1.2.0",
                "ref": "refs/tags/v1.2.0",
                "commit": "5d1c1d7c3a0d8c1f7e1f6b0f8a2f4f6f0b9f7a31",
                "environment": "npm",
                "event": "push",
                "run": {"id": "17300200100", "attempt": "1", "job": None},
            },
        },
    }


def test_an_approval_is_in_it(world, widget):
    world.trust(permissions=("stage",))
    signing = Signing(world)
    claims = signing.run()
    token = world.credential(world.sign(claims))
    staged = signing.publish(token, signing.bundle(claims), stages=True).json["stageId"]
    world.clock.pass_(60)

    path = f"/-/stage/{staged}/approve"
    answer = world.request("POST", path, token=widget.token, npm_otp=world.otp(widget))

    said = statement(world.request("GET", NPM).json)["predicate"]["imprint"]
    assert "its publish attestation is in the transparency log" in answer.notice
    assert said["approval"] == {"by": "maintainer", "at": "2026-11-18T11:07:40.000Z"}


def test_a_publication_by_token_says_so(world, widget):
    Signing(world)

    world.put(widget.token, version="1.0.0")

    said = statement(world.request("GET", NPM).json)["predicate"]["imprint"]
    assert (said["credential"], said["publisher"], said["source"]) == ("token", None, None)


class TestAPrivateSource:
    """Everybody who may read a package reads its publish attestation, and a log may keep it."""

    def source(self, world, signing, *, with_provenance):
        claims = signing.run(repository_visibility="private")
        if with_provenance:
            assert signing.published(claims).status == 201
        else:
            world.put(world.credential(world.sign(claims)))
        return statement(world.request("GET", NPM).json)["predicate"]["imprint"]["source"]

    def test_is_not_named(self, world, signing):
        assert self.source(world, signing, with_provenance=False) is None

    def test_is_named_where_the_publisher_named_it(self, world, signing):
        named = self.source(world, signing, with_provenance=True)

        assert named["repository"] == "acme/rocket"

    def test_is_named_where_an_administrator_says_so(self, world, signing):
        signing.believe(names_private_sources=True)

        named = self.source(world, signing, with_provenance=False)

        assert named["repositoryId"] == "901"


class TestTheLogIsAway:
    """The version stands, its attestation waits, and nobody is told of what cannot be served."""

    @pytest.fixture
    def away(self, world, signing):
        signing.log.is_away = True
        answer = signing.published()
        assert answer.status == 201, answer.body
        return answer

    def test_who_publishes_is_told(self, away):
        assert "its publish attestation waits for the transparency log" in away.notice

    def test_npm_is_told_of_nothing(self, world, away):
        told = dist(world)

        assert "attestations" not in told
        assert told["imprint"] == {
            "attestations": {
                "provenance": {"state": "verified", "predicateType": SLSA, "domain": "private"},
                "publish": {"state": "waiting"},
            },
            "credential": "trusted-publisher",
        }

    def test_what_waits_is_not_served_to_npm(self, world, away):
        served = world.request("GET", NPM)

        assert [one["predicateType"] for one in served.json["attestations"]] == [SLSA]
        assert served.headers["cache-control"] == "public, no-cache"

    @pytest.mark.stores
    def test_it_is_logged_when_the_log_is_back(self, world, signing, away):
        world.packument()
        tried = world.attest_again()
        signing.log.is_away = False

        swept = world.attest_again()

        assert (tried.logged, tried.waiting) == (0, 1)
        assert (swept.logged, swept.waiting, swept.changed) == (1, 0, ("@acme/widget",))
        assert dist(world)["attestations"]["provenance"] == {"predicateType": SLSA}
        assert len(world.request("GET", NPM).json["attestations"]) == 2

    def test_it_is_logged_once(self, world, signing, away):
        signing.log.is_away = False
        world.attest_again()
        asked = signing.log.asked

        world.attest_again()

        assert signing.log.asked == asked

    def test_a_key_that_ended_meanwhile_signs_no_more(self, world, signing, away):
        first = world.registry.signing.current().key_id
        _end_key(world, first)
        signing.log.is_away = False
        world.clock.pass_(60)

        swept = world.attest_again()

        (publish,) = (
            one["bundle"]
            for one in world.request("GET", NPM).json["attestations"]
            if one["predicateType"] == PUBLISH
        )
        hint = publish["verificationMaterial"]["publicKey"]["hint"]
        assert (swept.logged, hint) == (1, world.registry.signing.current().key_id)
        assert hint != first


def _end_key(world, key_id, *, at=None):
    now = world.clock()
    made = world.registry.signing.make_key(valid_from=now)
    with world.database.writing() as connection:
        signing_keys.add(connection, made)
        signing_keys.set_end(connection, key_id, valid_until=now + 1 if at is None else at, now=now)
        signatures.changed_since(connection, 0)


def test_what_a_dead_server_left_unsigned_is_attested_to(world, signing):
    signing.log.is_away = True
    signing.published()
    with world.database.writing() as connection:
        stored = connection.execute(
            select(attestations.c.bundle).where(attestations.c.state == "waiting")
        ).scalar_one()
        payload = json.loads(stored)["dsseEnvelope"]["payload"]
        connection.execute(
            update(attestations)
            .where(attestations.c.state == "waiting")
            .values(bundle=base64.b64decode(payload), state="unsigned", proof="{}")
        )
    unsigned = dist(world)["imprint"]["attestations"]
    signing.log.is_away = False

    swept = world.attest_again()

    assert "publish" not in unsigned
    assert swept.logged == 1
    assert "attestations" in dist(world)


class FarAway(SigningKeys):
    """The embedded keys, as if a program had them; it can be away."""

    is_away = False

    def signer(self, connection):
        return Program(super().signer(connection), self)


class Program:
    def __init__(self, signer, owner):
        self.key_id, self.public_key = signer.key_id, signer.public_key
        self._signer, self._owner = signer, owner

    def sign(self, data):
        # A registry signature is made before the transaction, this one after it.
        if self._owner.is_away and data.startswith(b"DSSEv1"):
            raise Unavailable("signer-unavailable", "the program that signs does not answer")
        return self._signer.sign(data)


class TestAKeyFarAway:
    @pytest.fixture
    def keys(self, world, signing):
        keys = FarAway(world.database, world.registry.seal, clock=world.clock)
        world.serve(signing=keys, write_entry=signing.log)
        return keys

    def test_signs_after_the_version_is_there(self, world, signing, keys):
        answer = signing.published()

        assert "its publish attestation is in the transparency log" in answer.notice
        assert "attestations" in dist(world)

    def test_signs_later_where_it_is_away(self, world, signing, keys):
        keys.is_away = True
        answer = signing.published()
        told = dist(world)["imprint"]["attestations"]
        keys.is_away = False

        swept = world.attest_again()

        assert "its publish attestation waits for the transparency log" in answer.notice
        assert ("publish" in told, swept.logged) == (False, 1)
        assert "attestations" in dist(world)


class TestNothingIsAdvertisedThatDoesNotVerify:
    """The registry judges its own document before anybody else is to."""

    @pytest.mark.parametrize(
        "damage",
        [
            lambda entry: {**entry, "integratedTime": "1"},
            lambda entry: {**entry, "canonicalizedBody": entry["logId"]["keyId"]},
            lambda entry: {name: entry[name] for name in entry if name != "inclusionProof"},
            lambda entry: {},
        ],
        ids=["another time", "another body", "no proof", "nothing"],
    )
    def test_an_entry_that_does_not_verify(self, world, signing, damage, caplog):
        signing.log.answers = damage

        answer = signing.published()

        assert answer.status == 201
        assert "waits for the transparency log" in answer.notice
        assert "attestations" not in dist(world)

    def test_those_that_never_verify_hold_up_nobody(self, world, signing):
        signing.log.answers = lambda entry: {**entry, "integratedTime": "1"}
        for number in range(5):
            version = f"1.0.{number}"
            signing.published(version=version, data=signing.data(version=version))
        signing.log.is_away = True
        signing.published(version="1.1.0", data=signing.data(version="1.1.0"))
        signing.log.is_away, signing.log.answers = False, lambda entry: entry

        swept = world.attest_again()

        assert swept.logged == 1
        assert "attestations" in dist(world, "1.1.0")
        assert "attestations" not in dist(world, "1.0.0")

    def test_they_are_tried_again_by_another_server(self, world, signing):
        signing.log.answers = lambda entry: {**entry, "integratedTime": "1"}
        signing.published()
        signing.log.answers = lambda entry: entry
        signing.believe()

        assert world.attest_again().logged == 1

    def test_they_are_tried_again_after_an_hour(self, world, signing):
        signing.log.answers = lambda entry: {**entry, "integratedTime": "1"}
        signing.published()
        signing.log.answers = lambda entry: entry

        at_once = world.attest_again()
        world.clock.pass_(3601)
        later = world.attest_again()

        assert (at_once.logged, later.logged) == (0, 1)

    def test_a_log_that_no_domain_knows(self, world, signing):
        signing.log.authority = stand_in("another")

        signing.published()

        assert "attestations" not in dist(world)

    def test_a_domain_that_clients_do_not_know(self, world, signing):
        signing.believe(advertised_domains=frozenset({"public-good"}))

        signing.published()

        told = dist(world)
        assert "attestations" not in told
        assert told["imprint"]["attestations"]["provenance"]["domain"] == "private"
        assert len(world.request("GET", NPM).json["attestations"]) == 2

    def test_a_domain_that_is_believed_no_longer(self, world, signing):
        signing.published()
        signing.believe(domains=(domain(stand_in("another"), name="another"),))

        assert "attestations" not in dist(world)

    def test_a_key_that_is_said_to_have_ended_before(self, world, signing):
        world.clock.pass_(3600)
        signing.published()
        advertised = "attestations" in dist(world)

        _end_key(world, world.registry.signing.current().key_id, at=world.clock() - 60)
        world.clock.pass_(60)

        assert advertised
        assert "attestations" not in dist(world)

    def test_a_registry_that_signs_no_longer(self, world, signing):
        signing.published()

        world.serve(signing=None)

        assert world.request("GET", "/-/npm/v1/keys").status == 404
        assert "attestations" not in dist(world)

    def test_a_version_without_provenance(self, world, signing):
        world.put(world.credential())

        told = dist(world)
        assert "attestations" not in told
        assert sorted(told["imprint"]["attestations"]) == ["publish"]


def test_without_a_log_it_is_signed_and_told_in_our_own_field(world, signing):
    signing.believe(logs=False)

    answer = signing.published()

    told = dist(world)
    assert "transparency log" not in answer.notice
    assert "attestations" not in told
    assert told["imprint"]["attestations"]["publish"]["state"] == "waiting"
    assert world.attest_again().logged == 0


def test_without_signing_there_is_none(world, signing):
    world.serve(signing=None)

    signing.published()

    assert sorted(dist(world)["imprint"]["attestations"]) == ["provenance"]
