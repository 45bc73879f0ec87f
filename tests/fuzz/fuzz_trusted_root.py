"""Fuzz entry: trusted roots of sigstore."""

from imprint.attestations.reading.trusted_roots import read_trusted_root
from imprint.refusals import Malformed


def one_input(data: bytes) -> None:
    """Any bytes are a root that trusts something, or Malformed."""
    try:
        found = read_trusted_root(data)
    except Malformed as err:
        refused = err.message
    else:
        refused = ""
        authorities = (*found.signing_authorities, *found.timestamp_authorities)
        assert found.signing_authorities or found.logs
        assert all(authority.certificates for authority in authorities)
    assert refused.isascii()
    assert refused == "" or refused.isprintable()
