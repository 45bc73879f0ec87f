"""Fuzz entry: signed timestamps, in DER."""

import functools

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.timestamps import verify_timestamp
from tests.attestations.authorities import SIGNED_AT, authority, root, stamp, timestamper

SIGNED = b"a signature"


@functools.cache
def trusted():
    """Return the one that signs, and the two ways in which a root may trust it."""
    top = root()
    by = timestamper(top)
    return by, (authority(by, top), authority(top))


def whole():
    """Return a timestamp that is one."""
    by, _ = trusted()
    return stamp(SIGNED, by, embedded=[by.certificate])


def one_input(data: bytes) -> None:
    """Any bytes say what the authority said, or are rejected in one line."""
    found = verify_timestamp(data, signed=SIGNED, authorities=trusted()[1])
    if isinstance(found, Rejection):
        assert found.code == Code.TSA
        assert found.message.isascii()
        assert found.message.isprintable()
    else:
        assert found.moment == SIGNED_AT
