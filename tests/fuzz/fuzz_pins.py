"""Fuzz entry: pins, and the baseline."""

from imprint.policy.baseline import read_baseline
from imprint.policy.pins import read_pins, write_pins
from imprint.refusals import Malformed


def one_input(data: bytes) -> None:
    """Any text is pins that are written as they were read, or Malformed; so is a baseline."""
    try:
        pins = read_pins(data.decode(errors="replace"))
        assert read_pins(write_pins(pins)) == pins
    except Malformed as err:
        assert err.code == "malformed-pins"  # noqa: PT017 - no test, an entry
        assert err.message.startswith("imprint.lock:")  # noqa: PT017 - no test, an entry
    try:
        read_baseline(data)
    except Malformed as err:
        assert err.code == "malformed-baseline"  # noqa: PT017 - no test, an entry
