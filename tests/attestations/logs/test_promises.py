"""A promise is over the entry's body, time, log and index, and over nothing else."""

import pytest

from imprint.attestations.logs.promises import is_promised, promised_bytes
from imprint.attestations.roots import Log, Window
from tests.support.attested import read, stand_in, whole

ENTRY = read(whole()).entries[0]


def log_of(authority):
    return Log(
        log_id=authority.log.log_id,
        base_url=authority.log.base_url,
        public_key=authority.log.key.public_key(),
        window=Window(start=0.0, end=None),
    )


def test_a_promise_is_the_logs():
    assert is_promised(ENTRY, log_of(stand_in()))
    assert not is_promised(ENTRY, log_of(stand_in("another")))


def test_what_is_signed_is_canonical_json():
    assert promised_bytes(ENTRY._replace(body=b"{}", log_id=b"\xab", log_index=0)) == (
        b'{"body":"e30=","integratedTime":%d,"logID":"ab","logIndex":0}' % ENTRY.integrated_time
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"body": ENTRY.body + b" "},
        {"integrated_time": ENTRY.integrated_time - 1},
        {"log_id": b"\1" * 32},
        {"log_index": ENTRY.log_index + 1},
        {"promise": b"signed"},
        {"promise": None},
    ],
)
def test_a_promise_is_for_nothing_else(changes):
    assert not is_promised(ENTRY._replace(**changes), log_of(stand_in()))
