"""Key sets of registries: both shapes, how keys are named, and what is malformed."""

import base64
import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.keys import KeyUsage
from imprint.attestations.reading.key_sets import key_id_of, read_key_set
from imprint.attestations.roots import Window
from imprint.refusals import Malformed
from tests.attestations.authorities import dump, encoded, key, spki

KEY = key("registry").public_key()
OTHER = key("other registry").public_key()
START, END = "2022-12-01T00:00:00.000Z", "2025-01-29T00:00:00.000Z"


def route_key(public_key=KEY, **changes):
    """Return a key as `/-/npm/v1/keys` writes it."""
    return {
        "expires": None,
        "keyid": key_id_of(public_key),
        "keytype": "ecdsa-sha2-nistp256",
        "scheme": "ecdsa-sha2-nistp256",
        "key": encoded(spki(public_key)),
        **changes,
    }


def target_key(usage="npm:signatures", public_key=KEY, valid_for=None, **changes):
    """Return a key as the TUF target writes it."""
    return {
        "keyId": key_id_of(public_key),
        "keyUsage": usage,
        "publicKey": {
            "rawBytes": encoded(spki(public_key)),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": valid_for or {"start": START},
            **changes,
        },
    }


def read(*entries):
    return read_key_set(dump({"keys": entries}))


def refused(raw):
    with pytest.raises(Malformed) as caught:
        read_key_set(raw)
    assert caught.value.code == "malformed-key-set"
    return caught.value.message


def test_a_key_of_the_route_is_good_for_both_uses_from_1970():
    found = read(route_key()).keys[0]

    assert (found.key_id, found.public_key, found.spki) == (key_id_of(KEY), KEY, spki(KEY))
    assert found.usages == {KeyUsage.SIGNATURES, KeyUsage.ATTESTATIONS}
    assert found.window == Window(start=0.0, end=None)


def test_a_key_of_the_route_is_good_until_it_expires():
    assert read(route_key(expires=END)).keys[0].window == Window(start=0.0, end=1_738_108_800.0)


def test_a_key_of_the_target_is_good_for_one_use_in_its_window():
    found = read(target_key(valid_for={"start": START, "end": END})).keys[0]

    assert found.usages == {KeyUsage.SIGNATURES}
    assert found.window == Window(start=1_669_852_800.0, end=1_738_108_800.0)


def test_one_key_may_be_listed_for_each_use():
    found = read(target_key(), target_key("npm:attestations", valid_for={"start": END})).keys

    assert [key.key_id for key in found] == [key_id_of(KEY)] * 2
    assert [key.window.start for key in found] == [1_669_852_800.0, 1_738_108_800.0]


def test_keys_that_verify_nothing_here_are_passed_over():
    entries = [
        route_key(OTHER, keytype="ed25519"),
        target_key("npm:something", OTHER),
        target_key(public_key=OTHER, keyDetails="ML_DSA_65"),
    ]

    assert [key.public_key for key in read(*entries, route_key()).keys] == [KEY]


def test_a_key_set_has_the_digest_of_its_file():
    raw = dump({"keys": [route_key()]})

    assert read_key_set(raw).digest == hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "`keys` of the key set has no usable key"),
        ([route_key(keytype="ed25519")], "`keys` of the key set has no usable key"),
        ([route_key()] * 101, "`keys` of the key set has `101` entries"),
        (["key"], "`keys[0]` of the key set is not an object"),
        ([route_key(), route_key()], "`keys[1]` of the key set names `SHA256:"),
        ([route_key(), target_key()], "once more for the same use"),
        ([route_key(keyid="")], "`keys[0].keyid` of the key set is not a text"),
        ([route_key(keyid="k" * 257)], "`keys[0].keyid`"),
        ([route_key(key="!")], "`keys[0].key` of the key set is not base64"),
        ([route_key(key=None)], "`keys[0].key` of the key set is not base64"),
        ([route_key(key="AAAA")], "`keys[0].key` of the key set is not a key of"),
        (
            [route_key(key=encoded(spki(key("curve", "P-384").public_key())))],
            "`keys[0].key` of the key set is not a key of `PKIX_ECDSA_P256_SHA_256`",
        ),
        ([route_key(expires="soon")], "`keys[0].expires` is `soon`, expected a time"),
        ([route_key(expires=7)], "`keys[0].expires` is not a text"),
        ([target_key() | {"publicKey": None}], "`keys[0].publicKey` of the key set"),
        ([target_key() | {"keyUsage": 7}], "`keys[0]` of the key set has a `keyUsage`"),
        ([target_key(valid_for=[1])], "`keys[0].publicKey.validFor` is not an object"),
        ([target_key(rawBytes="AAAA")], "`keys[0].publicKey.rawBytes` of the key set"),
    ],
)
def test_what_is_malformed_is_named_with_its_place(entries, message):
    assert message in refused(dump({"keys": entries}))


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"keys":{}}', b"\xff", b"[" * 100_000])
def test_what_is_no_document_is_malformed(raw):
    assert "key set" in refused(raw)


def test_a_key_is_named_by_its_fingerprint_as_ssh_says_it():
    point = spki(KEY)[-65:]

    parts = [b"ecdsa-sha2-nistp256", b"nistp256", point]
    wire = b"".join(struct.pack(">I", len(part)) + part for part in parts)

    digest = base64.b64encode(hashlib.sha256(wire).digest()).decode().rstrip("=")
    assert key_id_of(KEY) == key_id_of(spki(KEY)) == f"SHA256:{digest}"


@pytest.mark.parametrize("der", [b"", b"nonsense", spki(key("curve", "P-384").public_key())])
def test_what_is_no_p256_key_has_no_name(der):
    with pytest.raises(Malformed) as caught:
        key_id_of(der)

    assert caught.value.code == "malformed-key-set"


WHOLE = dump({"keys": [route_key(), target_key(public_key=OTHER)]})


@st.composite
def damaged(draw):
    start = draw(st.integers(0, len(WHOLE)))
    end = draw(st.integers(start, min(len(WHOLE), start + 20)))
    return WHOLE[:start] + draw(st.binary(max_size=20)) + WHOLE[end:]


@given(raw=damaged() | st.binary(max_size=200))
def test_damaged_bytes_are_a_key_set_or_malformed(raw):
    try:
        found = read_key_set(raw).keys
    except Malformed as err:
        refused = err.code
    else:
        refused = "malformed-key-set"
        assert found
    assert refused == "malformed-key-set"
