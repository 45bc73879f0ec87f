"""`imprint admin key` at a registry's stores."""

from __future__ import annotations

import re
import sys
from contextlib import closing

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from imprint.storage import packages, users
from imprint.storage.database import Database
from tests.storage.test_packages import new_version

WIDGET = "@acme/widget"
SHA512 = "0" * 128
DIST = b'{"integrity":"sha512-' + b"A" * 86 + b'=="}'


@pytest.fixture
def key(registry):
    """The id of the registry's one key."""
    return registry.admin("key", "create").out.strip()


@pytest.fixture
def unsigned(registry):
    """`@acme/widget` with two versions of a time before signatures."""
    with (
        closing(Database.open(f"sqlite:///{registry.data}/imprint.sqlite3")) as database,
        database.writing() as connection,
    ):
        owner = users.find_user(connection, "wile")
        package_id = "00000000-0000-4000-8000-000000000001"
        packages.create(
            connection,
            package_id=package_id,
            name=WIDGET,
            canonical=WIDGET,
            access="public",
            owner_ids=(owner.id,),
            now=1.0,
        )
        for version in ("1.0.0", "1.0.1"):
            packages.add_version(
                connection, package_id, new_version(version, dist=DIST, sha512=SHA512)
            )
    return package_id


def listed(registry):
    return registry.admin("key", "list", "--format", "json").json


def test_a_key_is_made_and_listed(registry, key):
    assert re.fullmatch(r"SHA256:[A-Za-z0-9+/]{43}", key)
    (shown,) = listed(registry)["keys"]
    assert (shown["key_id"], shown["state"], shown["signer"], shown["ends"]) == (
        key,
        "active",
        "embedded",
        None,
    )


def test_the_list_is_a_table_for_people(registry, key):
    lines = registry.admin("key", "list").out.splitlines()

    assert lines[0].split() == ["KEY", "STATE", "STARTS", "ENDS", "VERSIONS", "SIGNER"]
    assert lines[1].split()[:2] == [key, "active"]


def test_a_rotation_has_a_lead_and_an_overlap(registry, key):
    ran = registry.admin("key", "rotate", "--starts", "1h", "--overlap", "7d")

    states = {one["key_id"]: (one["state"], one["ends"]) for one in listed(registry)["keys"]}
    assert states[ran.out.strip()] == ("next", None)
    assert states[key][0] == "active"
    assert states[key][1] is not None
    assert f"{key} ends " in ran.err


def test_a_rotation_starts_now_where_that_is_said(registry, key):
    new = registry.admin("key", "rotate", "--starts", "now").out.strip()

    states = {one["key_id"]: one["state"] for one in listed(registry)["keys"]}
    assert states == {new: "active", key: "open"}


def test_an_overlap_of_minutes_is_refused(registry, key):
    ran = registry.admin("key", "rotate", "--overlap", "5m")

    assert ran.code == 2
    assert ran.err.startswith("error: the overlap is 300 seconds: an hour is the least")


def test_a_key_is_retired_in_the_past(registry, key):
    registry.admin("key", "rotate", "--starts", "now")

    ran = registry.admin("key", "retire", key, "--at", "2026-01-31T08:00:00Z")

    assert ran.out == f"{key} ended 2026-01-31 08:00:00Z\n"
    assert "imprint admin key resign" in ran.err


@pytest.mark.parametrize(
    ("word", "code"), [("SHA256:none", "no-such-signing-key"), (None, "last-signing-key")]
)
def test_no_key_and_the_last_one_are_not_retired(registry, key, word, code):
    ran = registry.admin("key", "retire", word or key, "--format", "json")

    assert (ran.code, ran.json["error"]["code"]) == (1, code)


def test_unsigned_versions_are_counted_and_signed(registry, key, unsigned):
    (registry.data / "blobs").mkdir()
    before = registry.admin("check")

    ran = registry.admin("key", "resign")

    assert re.search(r"failed +signing keys +2 versions are not signed", before.out)
    assert (ran.code, ran.out) == (0, "versions signed: 2\n")
    assert listed(registry)["summary"] == {"keys": 1, "unsigned": 0}
    assert re.search(r"ok +signing keys +1 known; `SHA256:", registry.admin("check").out)


def test_altered_versions_are_named(registry, key, unsigned):
    with (
        closing(Database.open(f"sqlite:///{registry.data}/imprint.sqlite3")) as database,
        database.writing() as connection,
    ):
        connection.exec_driver_sql("UPDATE versions SET dist = '{}' WHERE version = '1.0.1'")

    ran = registry.admin("key", "resign")

    assert (ran.code, ran.out) == (
        1,
        "versions signed: 1\naltered, not signed: @acme/widget@1.0.1\n",
    )


def test_a_programs_key_needs_the_program(registry, tmp_path):
    public_key = ec.generate_private_key(ec.SECP256R1()).public_key()
    path = tmp_path / "key.pem"
    path.write_bytes(public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    asked = ("key", "create", "--public-key", str(path))

    unset = registry.admin(*asked)
    failing = registry.admin(*asked, IMPRINT_SIGNER=f"exec:{sys.executable} -c 'exit(3)'")

    assert (unset.code, failing.code) == (2, 3)
    assert "the setting `signer` is empty" in unset.err
    assert "the program that signs ended with 3" in failing.err
    assert listed(registry)["keys"] == []


def test_a_file_that_is_no_key_is_said(registry, tmp_path):
    path = tmp_path / "key.pem"
    path.write_text("no key")

    ran = registry.admin("key", "create", "--public-key", str(path))

    assert (ran.code, ran.err) == (
        2,
        "error: the file is not a public P-256 key, as PEM or DER\n",
    )


def test_check_says_where_another_secret_key_sealed_it(registry, key):
    (registry.data / "secret.key").write_bytes(b"x" * 32)

    ran = registry.admin("check")

    assert re.search(r"unknown +signing keys +a stored secret cannot be read", ran.out)
