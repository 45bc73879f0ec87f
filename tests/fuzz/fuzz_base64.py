"""Fuzz entry: bytes in protobuf's JSON."""

import base64

from imprint.attestations.reading.protobuf_json import decode_base64


def one_input(data: bytes) -> None:
    """Any text is bytes that could be spelled so, or none."""
    text = data.decode("utf-8", "replace")
    decoded = decode_base64(text)
    if decoded is None:
        return
    spelled = base64.b64encode(decoded).decode().rstrip("=")
    # All but the last character, whose lowest bits may be anything.
    standard = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    assert standard[:-1] == spelled[:-1]
    assert len(standard) == len(spelled)
