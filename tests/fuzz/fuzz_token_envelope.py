"""Fuzz entry: the envelope of a token."""

from imprint.refusals import Malformed
from imprint.tokens.envelope import MAX_TOKEN_BYTES, parse


def one_input(data: bytes) -> None:
    """Any bytes are a token that was taken apart, or Malformed."""
    try:
        token = parse(data)
    except Malformed as err:
        refused = err.message
    else:
        refused = ""
        assert len(data) <= MAX_TOKEN_BYTES
        assert token.signing_input == data.rsplit(b".", 1)[0]
        assert token.unverified_claims["iss"] == token.unverified_issuer
    assert refused.isascii()
    assert refused == "" or refused.isprintable()
