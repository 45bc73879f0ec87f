"""Fuzz entry: key set documents."""

from imprint.refusals import Malformed
from imprint.tokens.keysets import ALGORITHMS, KeySet


def one_input(data: bytes) -> None:
    """Any bytes are a key set that is not empty, or Malformed."""
    try:
        keys = KeySet.parse(data).keys
    except Malformed as err:
        refused = err.message
    else:
        refused = ""
        assert keys
        assert all(key.key_id == key_id for key_id, key in keys.items())
        assert all(key.algorithms and key.algorithms <= ALGORITHMS for key in keys.values())
    assert refused.isascii()
    assert refused == "" or refused.isprintable()
