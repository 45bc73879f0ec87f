"""A checkpoint is the log's when the log's key and name are on it, whoever else signed too."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.codes import Code
from imprint.attestations.logs.checkpoints import judge_checkpoint, log_host, parse_checkpoint
from imprint.attestations.roots import Log, Window
from imprint.refusals import Malformed
from tests.authority.keys import edwards_key
from tests.support.attested import stand_in

ALWAYS = Window(start=0.0, end=None)
FIRST, SECOND = stand_in().log, stand_in().second_log
ROOT = base64.b64encode(bytes(32)).decode()
WITNESS = f"\N{EM DASH} witness.example.test {base64.b64encode(bytes(72)).decode()}\n"


def known(log, **changes):
    values = {
        "log_id": log.log_id,
        "base_url": log.base_url,
        "public_key": log.key.public_key(),
        "window": ALWAYS,
        **changes,
    }
    return Log(**values)


def judged(note, log):
    rejection = judge_checkpoint(parse_checkpoint(note), log)
    assert rejection is None or rejection.code is Code.CHECKPOINT
    return None if rejection is None else rejection.message


@pytest.mark.parametrize("log", [FIRST, SECOND], ids=["p-256", "ed25519"])
def test_a_logs_checkpoint_is_the_logs(log):
    checkpoint = parse_checkpoint(log.checkpoint())

    assert judge_checkpoint(checkpoint, known(log)) is None
    assert checkpoint.tree_size == 1
    assert checkpoint.root_hash == log.head()


@pytest.mark.parametrize("log", [FIRST, SECOND], ids=["p-256", "ed25519"])
def test_witnesses_may_sign_before_and_after_the_log(log):
    text, _, signature = log.checkpoint().rpartition("\n\n")

    assert judged(f"{text}\n\n{WITNESS}{signature}", known(log)) is None
    assert judged(f"{text}\n\n{signature}{WITNESS}{WITNESS}", known(log)) is None
    assert "is not signed by" in str(judged(f"{text}\n\n{WITNESS}", known(log)))


def test_lines_beyond_the_third_are_signed_and_mean_nothing():
    note = FIRST.checkpoint().replace("\n\n", "\nTimestamp: 1\n\n")

    assert len(parse_checkpoint(note).signed.split(b"\n")) == 5
    assert "has a wrong signature" in str(judged(note, known(FIRST)))


def test_another_logs_checkpoint_is_not_the_logs():
    assert "is of" in str(judged(SECOND.checkpoint(), known(FIRST)))


def test_the_name_is_the_whole_host():
    assert judged(FIRST.checkpoint(), known(FIRST, base_url=f"https://x.{FIRST.host}"))
    assert judged(FIRST.checkpoint(), known(FIRST, base_url=f"https://{FIRST.host}.evil.test"))
    assert judged(FIRST.checkpoint(), known(FIRST, base_url=f"https://{FIRST.host}/path")) is None


def test_another_key_of_the_same_name_is_not_the_logs():
    another = stand_in("another").log

    message = judged(another.checkpoint(), known(FIRST))

    assert "is not signed by" in str(message)


def test_a_hint_at_the_key_does_not_do_without_its_signature():
    another = stand_in("another").log
    text, _, line = another.checkpoint().rpartition("\n\n")
    signature = base64.b64decode(line.split()[2])
    forged = base64.b64encode(FIRST.log_id[:4] + signature[4:]).decode()

    message = judged(f"{text}\n\n\N{EM DASH} {FIRST.host} {forged}\n", known(FIRST))

    assert "has a wrong signature" in str(message)


def test_an_ed25519_key_may_be_hinted_at_as_notes_derive_it():
    # Where a trusted root names the log by the SHA-256 of its key, as of Rekor v1.
    log = known(SECOND, log_id=hashlib.sha256(b"whatever").digest())

    assert judged(SECOND.checkpoint(), log) is None
    other = known(SECOND, log_id=log.log_id, public_key=edwards_key("x", "y").public_key())
    assert "is not signed by" in str(judged(SECOND.checkpoint(), other))


def signed(text, *, name=FIRST.host):
    """A note that the first log's key signed, whatever it says."""
    signature = base64.b64encode(FIRST.log_id[:4] + FIRST._sign(text.encode())).decode()
    return f"{text}\n\N{EM DASH} {name} {signature}\n"


def test_the_logs_key_does_not_do_under_another_name_or_origin():
    text = f"{FIRST.host} - 1\n1\n{ROOT}\n"

    assert judged(signed(text), known(FIRST)) is None
    assert "is not signed by" in str(judged(signed(text, name="x.test"), known(FIRST)))
    for origin in (f"{FIRST.host}.x.test", f"x.{FIRST.host}", f"{FIRST.host} -1", ""):
        note = signed(f"{origin or 'x'}\n1\n{ROOT}\n")
        assert "is of" in str(judged(note, known(FIRST)))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://log.example.test", "log.example.test"),
        ("http://localhost:8000/", "localhost:8000"),
        ("log.example.test/a/b", "log.example.test"),
    ],
)
def test_a_log_signs_by_its_host(url, host):
    assert log_host(known(FIRST, base_url=url)) == host


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        f"host\n1\n{ROOT}\n",
        f"host\n1\n{ROOT}\n\n",
        f"1\n{ROOT}\n\n{WITNESS}",
        f"host\n{ROOT}\n\n{WITNESS}",
        f"host\n01\n{ROOT}\n\n{WITNESS}",
        f"host\n-1\n{ROOT}\n\n{WITNESS}",
        f"host\n{'9' * 20}\n{ROOT}\n\n{WITNESS}",
        f"host\n1\n{ROOT[4:]}\n\n{WITNESS}",
        f"\n1\n{ROOT}\n\n{WITNESS}",
        f"host\n1\n{ROOT}\n\n{WITNESS.rstrip()}",
        f"host\n1\n{ROOT}\n\n{WITNESS}\n",
        f"host\n1\n{ROOT}\n\n-- witness AAAAAAAA\n",
        f"host\n1\n{ROOT}\n\n\N{EM DASH} witness AAAA\n",
        f"host\n1\n{ROOT}\n\n\N{EM DASH} witness A A\n",
        f"host\n1\n{ROOT}\n\n{WITNESS * 65}",
        f"host\n1\n{ROOT}\n{'x' * 16_384}\n\n{WITNESS}",
        f"host\ud800\n1\n{ROOT}\n\n{WITNESS}",
    ],
)
def test_what_is_no_checkpoint_is_malformed(note):
    with pytest.raises(Malformed) as caught:
        parse_checkpoint(note)

    assert caught.value.code == "CHECKPOINT"


@given(note=st.text() | st.text(alphabet="\n1a=\N{EM DASH} "))
def test_no_note_is_too_strange(note):
    try:
        found = parse_checkpoint(note)
    except Malformed as err:
        assert err.code == "CHECKPOINT"  # noqa: PT017 - both ends are good ones
    else:
        assert found.signatures
        assert note.encode().startswith(found.signed)
