"""Keys that a program has: it signs, or nothing is published."""

from __future__ import annotations

import base64
import json
import sys
from textwrap import dedent

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from imprint.attestations.reading.key_sets import key_id_of
from imprint.attestations.signatures import verifies
from imprint.refusals import Malformed, Unavailable
from imprint.registry.administration.signing_keys import create_key, rotate_keys
from imprint.registry.signing.external import ExternalSigner, command_of, read_public_key
from imprint.registry.signing.keys import Signing
from imprint.storage import signing_keys
from tests.support.npm_signatures import npm_verdict

PROGRAM = """
    import base64, json, sys
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    request = json.load(sys.stdin)
    with open(sys.argv[1], "rb") as file:
        key = load_pem_private_key(file.read(), None)
    with open(sys.argv[1] + ".log", "a") as log:
        log.write(json.dumps(request) + "\\n")
    signature = key.sign(base64.b64decode(request["data"]), ec.ECDSA(SHA256()))
    print(json.dumps({"signature": base64.b64encode(signature).decode()}))
"""


def spki_of(public_key):
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class Program:
    """A signing program with a key of its own."""

    def __init__(self, folder):
        self.private_key = ec.generate_private_key(ec.SECP256R1())
        self.spki = spki_of(self.private_key.public_key())
        self._key = folder / "key.pem"
        self._key.write_bytes(
            self.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        path = folder / "sign.py"
        path.write_text(dedent(PROGRAM))
        self.address = f"exec:{sys.executable} '{path}' '{self._key}'"

    @property
    def asked(self):
        """Every request that it got."""
        log = self._key.with_name("key.pem.log")
        return [json.loads(line) for line in log.read_text().splitlines()]


@pytest.fixture
def program(tmp_path):
    return Program(tmp_path)


@pytest.fixture
def external(world, program):
    """The world, whose `signer` setting names the program."""
    signing = Signing(
        world.database, world.registry.seal, clock=world.clock, program=program.address
    )
    world.serve(signing=signing)
    return world


def saying(code, *, seconds=5.0):
    """A signer whose program is this Python code."""
    spki = spki_of(ec.generate_private_key(ec.SECP256R1()).public_key())
    return ExternalSigner(
        key_id=key_id_of(spki),
        public_key=spki,
        command=(sys.executable, "-c", code),
        answer_seconds=seconds,
    )


def test_versions_are_signed_by_the_program(external, widget, program):
    external.clock.pass_(1)
    created = create_key(external.registry, spki=program.spki, by="operator")

    assert external.put(widget.token, version="1.0.0").status == 201

    packument = external.packument().json
    keys = external.request("GET", "/-/npm/v1/keys").json
    dist = packument["versions"]["1.0.0"]["dist"]
    assert npm_verdict(keys, packument, "1.0.0") == "verified"
    assert [one["keyid"] for one in dist["signatures"]] == [created.key_id]
    signed = f"@acme/widget@1.0.0:{dist['integrity']}".encode()
    assert {
        "schema": 1,
        "key_id": created.key_id,
        "algorithm": "ecdsa-p256-sha256",
        "data": base64.b64encode(signed).decode(),
    } in program.asked


def test_no_private_key_is_kept(external, program):
    created = create_key(external.registry, spki=program.spki, by="operator")

    with external.database.reading() as connection:
        kept = {key.key_id: key for key in signing_keys.list_all(connection)}
    assert kept[created.key_id].private_sealed is None
    assert kept[created.key_id].signer == program.address


def test_a_key_is_taken_only_if_the_program_has_it(external):
    another = spki_of(ec.generate_private_key(ec.SECP256R1()).public_key())

    with pytest.raises(Unavailable, match="did not sign with the key") as caught:
        rotate_keys(
            external.registry, starts_in=0, overlap_seconds=3600, spki=another, by="operator"
        )

    assert caught.value.code == "signer-unavailable"


def test_without_the_setting_nothing_is_run(external, widget, program):
    external.clock.pass_(1)
    create_key(external.registry, spki=program.spki, by="operator")
    external.serve(signing=Signing(external.database, external.registry.seal, clock=external.clock))

    answer = external.put(widget.token, version="1.0.0")

    assert (answer.status, answer.code) == (503, "signer-unavailable")
    assert len(program.asked) == 1


def test_no_first_key_is_made_for_a_program(world, program):
    with world.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM signing_keys")

    assert not Signing(
        world.database, world.registry.seal, clock=world.clock, program=program.address
    ).prepare()
    assert world.request("GET", "/-/npm/v1/keys").json == {"keys": []}


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("print('no')", 'did not answer `{"signature": "<base64>"}`'),
        ('print(\'{"signature": "*"}\')', 'did not answer `{"signature": "<base64>"}`'),
        ("print('{\"signature\": 1}')", 'did not answer `{"signature": "<base64>"}`'),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", 'did not answer `{"signature"'),
        ('print(\'{"signature": "AAAA"}\')', "did not sign with the key `SHA256:"),
        ("print('x' * 10_000)", "answered more than 4096 bytes"),
        ("import sys; sys.exit('no\\nslot \\x07 locked')", "ended with 1: `slot \\u{7} locked`"),
        ("import sys; sys.exit(7)", "ended with 7"),
    ],
)
def test_an_answer_that_is_no_signature_is_none(code, why):
    with pytest.raises(Unavailable) as caught:
        saying(code).sign(b"data")

    assert caught.value.code == "signer-unavailable"
    assert caught.value.message.startswith(f"the program that signs {why}")


def test_a_program_that_does_not_answer_is_not_waited_for():
    with pytest.raises(Unavailable, match=r"did not answer within 0\.2 seconds"):
        saying("import time; time.sleep(60)", seconds=0.2).sign(b"data")


def test_a_program_that_is_not_there_cannot_be_started():
    signer = ExternalSigner(key_id="SHA256:x", public_key=b"", command=("/none/such",))

    with pytest.raises(Unavailable, match="cannot be started: No such file"):
        signer.sign(b"data")


@pytest.mark.parametrize("address", ["", "exec:", "exec:sign", "/opt/sign", "exec:'/opt/sign"])
def test_an_address_is_a_full_path(address):
    with pytest.raises(Malformed) as caught:
        command_of(address)

    assert caught.value.code == "signer-address"


def test_arguments_are_words_as_in_a_shell_and_no_shell_reads_them():
    assert command_of("exec:/opt/sign --slot 'my slot' $HOME;ls") == (
        "/opt/sign",
        "--slot",
        "my slot",
        "$HOME;ls",
    )


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_public_key_is_read_in_either_form(program, encoding):
    public_key = program.private_key.public_key()
    raw = public_key.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)

    assert read_public_key(raw) == program.spki


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        spki_of(ec.generate_private_key(ec.SECP384R1()).public_key()),
        spki_of(rsa.generate_private_key(65537, 2048).public_key()),
    ],
)
def test_no_other_key_is_taken(raw):
    with pytest.raises(Malformed) as caught:
        read_public_key(raw)

    assert caught.value.code == "malformed-public-key"


def test_an_embedded_signer_signs_the_data_itself_and_shows_no_key(world):
    signer = world.registry.signing.current()

    assert verifies(load_der_public_key(signer.public_key), signer.sign(b"data"), b"data")
    assert repr(signer) == f"EmbeddedSigner({signer.key_id})"
