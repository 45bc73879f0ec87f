"""Fuzz entry: in-toto statements, and the bodies of log entries about them."""

from imprint.attestations.bundles import Envelope, LogEntry
from imprint.attestations.logs.bodies import read_body
from imprint.attestations.reading.statements import (
    PAYLOAD_TYPE,
    STATEMENT_TYPES,
    read_statement,
)
from imprint.refusals import Malformed

KINDS = (
    ("intoto", "0.0.2"),
    ("dsse", "0.0.1"),
    ("dsse", "0.0.2"),
    ("hashedrekord", "0.0.1"),
    ("hashedrekord", "0.0.2"),
)


def one_input(data: bytes) -> None:
    """Any payload is a statement, or Malformed; and any body is one of its kind, or Malformed."""
    envelope = Envelope(
        payload_type=PAYLOAD_TYPE, payload=data, signature=b"s", unverified_key_id=""
    )
    messages = []
    try:
        statement = read_statement(envelope)
    except Malformed as err:
        messages.append(err.message)
    else:
        assert statement.type in STATEMENT_TYPES
        assert statement.predicate_type
    for kind, version in KINDS:
        entry = LogEntry(
            log_id=b"log",
            log_index=0,
            kind=kind,
            kind_version=version,
            integrated_time=0,
            promise=None,
            proof=None,
            body=data,
        )
        try:
            assert read_body(entry).verifier
        except Malformed as err:
            messages.append(err.message)
    assert all(message.isascii() and message.isprintable() for message in messages)
