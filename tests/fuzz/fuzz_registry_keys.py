"""Fuzz entry: the keys of registries, in both shapes."""

from imprint.attestations.reading.key_sets import read_key_set
from imprint.refusals import Malformed


def one_input(data: bytes) -> None:
    """Any bytes are keys for some use, or Malformed."""
    try:
        keys = read_key_set(data).keys
    except Malformed as err:
        refused = err.message
    else:
        refused = ""
        assert keys
        assert all(key.usages and key.key_id for key in keys)
    assert refused.isascii()
    assert refused == "" or refused.isprintable()
