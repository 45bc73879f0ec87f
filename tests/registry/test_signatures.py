"""Registry signatures as clients see them: every version is signed, by a key that is served."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from imprint.registry.administration.signing_keys import (
    create_key,
    resign_versions,
    retire_key,
    rotate_keys,
)
from imprint.registry.signing.keys import Signing
from imprint.storage import signatures
from imprint.storage.schema import versions
from tests.support.npm_signatures import npm_verdict

HOUR = 3600.0
CORGI = "application/vnd.npm.install-v1+json"


@pytest.fixture
def keys(world):
    """What `/-/npm/v1/keys` answers."""

    def ask():
        answer = world.request("GET", "/-/npm/v1/keys")
        assert answer.status == 200
        return answer.json

    return ask


@pytest.fixture
def verdict(world, keys):
    """What npm says of a version of `@acme/widget` now."""
    return lambda version="1.0.0": npm_verdict(keys(), world.packument().json, version)


@pytest.fixture
def published(world, widget):
    """`@acme/widget@1.0.0`, which its owner published; the owner."""
    assert world.put(widget.token).status == 201
    return widget


def rotate(world, *, starts_in=0.0, overlap=HOUR):
    world.clock.pass_(1)
    return rotate_keys(world.registry, starts_in=starts_in, overlap_seconds=overlap, by="operator")


def resign(world):
    return list(resign_versions(world.registry, by="operator"))


def the_key(keys):
    (key,) = keys()["keys"]
    return key


class TestPublishing:
    @pytest.mark.stores
    def test_a_published_version_is_signed_by_a_key_that_is_served(self, published, verdict):
        assert verdict() == "verified"

    def test_an_approved_version_is_signed(self, world, widget, verdict):
        world.trust(permissions=("stage",))
        staged = world.stage(world.credential()).json["stageId"]

        answer = world.request(
            "POST", f"/-/stage/{staged}/approve", token=widget.token, npm_otp=world.otp(widget)
        )

        assert answer.status == 201
        assert verdict() == "verified"

    def test_a_trusted_publication_is_signed(self, world, widget, verdict):
        world.trust()
        world.put(world.credential())

        assert verdict() == "verified"

    def test_the_short_form_and_the_manifest_have_the_same_signature(self, world, published):
        full = world.packument().json["versions"]["1.0.0"]["dist"]["signatures"]
        short = world.packument(accept=CORGI).json["versions"]["1.0.0"]["dist"]["signatures"]
        manifest = world.request("GET", "/@acme%2fwidget/1.0.0").json["dist"]["signatures"]

        assert full == short == manifest
        assert [sorted(one) for one in full] == [["keyid", "sig"]]

    def test_nothing_is_published_when_nothing_can_be_signed(self, world, widget):
        world.serve(signing=Signing(world.database, world.registry.seal, clock=lambda: 0.0))

        answer = world.put(widget.token)

        assert (answer.status, answer.code) == (503, "no-signing-key")
        assert "1.0.0" not in world.packument().json["versions"]

    def test_where_signing_is_off_neither_signatures_nor_keys_are_served(self, world, published):
        world.serve(signing=None)

        assert world.request("GET", "/-/npm/v1/keys").status == 404
        assert "signatures" not in world.packument().json["versions"]["1.0.0"]["dist"]
        assert world.put(published.token, version="1.0.1").status == 201


class TestKeys:
    def test_they_are_in_npms_shape(self, keys):
        key = the_key(keys)

        assert sorted(key) == ["expires", "key", "keyid", "keytype", "scheme"]
        assert (key["expires"], key["keytype"], key["scheme"]) == (
            None,
            "ecdsa-sha2-nistp256",
            "ecdsa-sha2-nistp256",
        )
        assert key["keyid"].startswith("SHA256:")
        assert not key["keyid"].endswith("=")

    def test_they_are_not_cached(self, world):
        answer = world.request("GET", "/-/npm/v1/keys")

        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.stores
    def test_the_first_one_is_made_once(self, world, keys):
        before = keys()

        assert not world.registry.signing.prepare()
        assert keys() == before

    def test_private_keys_are_sealed_at_rest(self, world):
        with world.database.reading() as connection:
            (row,) = connection.exec_driver_sql("SELECT private_sealed FROM signing_keys")

        assert b"BEGIN" not in row[0]
        # The object identifier of id-ecPublicKey, which every unsealed PKCS #8 form of one has.
        assert bytes.fromhex("2a8648ce3d0201") not in row[0]


class TestRotation:
    def test_a_key_is_served_before_it_signs(self, world, published, keys, verdict):
        first = the_key(keys)
        rotate(world, starts_in=HOUR)
        world.put(published.token, version="1.0.1")

        ids = [key["keyid"] for key in keys()["keys"]]

        newest = world.packument().json["versions"]["1.0.1"]["dist"]["signatures"]
        assert len(ids) == 2
        assert [one["keyid"] for one in newest] == [first["keyid"]]
        assert verdict("1.0.1") == "verified"

    def test_the_new_key_signs_from_its_beginning(self, world, published, keys, verdict):
        rotate(world, starts_in=HOUR)
        world.clock.pass_(HOUR)
        world.put(published.token, version="1.0.1")

        newest = world.packument().json["versions"]["1.0.1"]["dist"]["signatures"]

        assert newest[0]["keyid"] == keys()["keys"][1]["keyid"]
        assert (verdict("1.0.0"), verdict("1.0.1")) == ("verified", "verified")

    def test_what_the_old_key_signed_stays_good_after_its_end(
        self, world, published, keys, verdict
    ):
        rotate(world)
        world.clock.pass_(2 * HOUR)

        old, new = keys()["keys"]
        assert old["expires"] is not None
        assert new["expires"] is None
        assert verdict() == "verified"

    def test_a_running_server_signs_with_another_processs_key_at_once(self, world, published, keys):
        elsewhere = Signing(world.database, world.registry.seal, clock=world.clock)
        world.serve(signing=elsewhere)
        rotate(world)

        world.put(published.token, version="1.0.1")

        newest = world.packument().json["versions"]["1.0.1"]["dist"]["signatures"]
        assert newest[0]["keyid"] == keys()["keys"][1]["keyid"]

    def test_of_several_open_keys_the_last_to_begin_signs(self, world, published, keys):
        world.clock.pass_(1)
        created = create_key(world.registry, by="operator")
        world.put(published.token, version="1.0.1")

        newest = world.packument().json["versions"]["1.0.1"]["dist"]["signatures"]
        assert newest[0]["keyid"] == created.key_id
        assert [key["expires"] for key in keys()["keys"]] == [None, None]


class TestCompromise:
    @pytest.fixture
    def stolen(self, world, published, keys):
        """The id of a key that was in other hands an hour ago, when 1.0.1 was published."""
        world.clock.pass_(HOUR)
        world.put(published.token, version="1.0.1")
        world.clock.pass_(HOUR)
        key_id = the_key(keys)["keyid"]
        rotate(world)
        retire_key(world.registry, key_id, at=world.clock() - HOUR - 1, by="operator")
        return key_id

    def test_its_signatures_since_then_are_served_no_longer(self, stolen, verdict):
        assert (verdict("1.0.0"), verdict("1.0.1")) == ("verified", "missing")

    def test_what_is_ready_in_memory_goes_too(self, world, published, keys):
        world.clock.pass_(1)
        before = world.packument().json["versions"]["1.0.0"]["dist"]
        key_id = the_key(keys)["keyid"]
        rotate(world)
        retire_key(world.registry, key_id, at=world.clock() - HOUR, by="operator")
        world.clock.pass_(0.6)

        after = world.packument().json["versions"]["1.0.0"]["dist"]
        assert ("signatures" in before, "signatures" in after) == (True, False)

    def test_signing_anew_puts_good_ones_in_their_place(self, world, stolen, verdict):
        resign(world)
        world.clock.pass_(1)

        served = world.packument().json["versions"]
        assert (verdict("1.0.0"), verdict("1.0.1")) == ("verified", "verified")
        assert stolen not in json.dumps(served)

    def test_the_last_key_is_not_retired(self, world, published, keys):
        refusal = retire_key(world.registry, the_key(keys)["keyid"], by="operator")

        assert refusal.code == "last-signing-key"
        assert the_key(keys)["expires"] is None


class TestSigningAnew:
    def test_a_version_has_both_signatures_while_both_keys_are_open(
        self, world, published, keys, verdict
    ):
        rotate(world)
        resign(world)
        world.clock.pass_(1)

        served = world.packument().json["versions"]["1.0.0"]["dist"]["signatures"]
        old, new = keys()["keys"]
        assert [one["keyid"] for one in served] == [new["keyid"], old["keyid"]]
        assert verdict() == "verified"

    def test_it_is_done_once(self, world, published):
        rotate(world)
        first, again = resign(world), resign(world)

        assert [batch.signed for batch in first] == [("@acme/widget@0.1.0", "@acme/widget@1.0.0")]
        assert again == []
        assert [event["signed"] for event in world.events("versions-resigned")] == [2]

    def test_it_goes_on_where_it_was_broken_off(self, world, published, monkeypatch):
        monkeypatch.setattr("imprint.registry.signing.resigning.BATCH", 1)
        rotate(world)
        for _ in resign_versions(world.registry, by="operator"):
            break

        assert [batch.signed for batch in resign(world)] == [("@acme/widget@1.0.0",)]
        assert [event["signed"] for event in world.events("versions-resigned")] == [1, 1]

    def test_unsigned_versions_are_signed(self, world, published, verdict):
        alter(world, signatures=None, signed_with=None)
        with world.database.reading() as connection:
            assert signatures.count_by_key(connection)[None] == 1

        resign(world)

        assert verdict() == "verified"

    @pytest.mark.parametrize(
        "altered",
        [
            {"dist": b'{"integrity":"sha512-AAAA"}'},
            {"dist": b"{}"},
            {"sha512": "0" * 128},
            {"signatures": b'[{"keyid":"SHA256:none","sig":"AAAA"}]'},
        ],
    )
    def test_an_altered_record_gets_no_new_signature(self, world, published, altered):
        alter(world, **altered)
        rotate(world)

        (batch,) = resign(world)

        assert (batch.signed, batch.refused) == (("@acme/widget@0.1.0",), ("@acme/widget@1.0.0",))

    def test_a_signature_of_another_version_is_no_excuse(self, world, published):
        world.put(published.token, version="1.0.1")
        with world.database.reading() as connection:
            document = connection.execute(
                versions.select().where(versions.c.version == "1.0.1")
            ).one()
        alter(world, signatures=document.signatures)
        rotate(world)

        (batch,) = resign(world)

        assert batch.refused == ("@acme/widget@1.0.0",)


def alter(world, **values):
    """Change the row of 1.0.0, as somebody could who got at the database."""
    with world.database.writing() as connection:
        connection.execute(update(versions).where(versions.c.version == "1.0.0").values(**values))
