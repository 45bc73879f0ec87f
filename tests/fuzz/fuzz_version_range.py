"""Fuzz entry: versions and ranges."""

from imprint.npm.ranges import VersionRange
from imprint.npm.versions import Version
from imprint.refusals import Malformed


def one_input(data: bytes) -> None:
    """Any text is a version that is written as it was read, a range, or Malformed."""
    text = data.decode(errors="replace")
    try:
        assert str(Version.parse(text)) == text
        assert VersionRange.parse(text).admits(Version.parse(text))
    except Malformed as err:
        assert err.code in {"invalid-version", "invalid-range"}  # noqa: PT017 - no test, an entry
    try:
        VersionRange.parse(text).admits(Version.parse("1.2.3-alpha"))
    except Malformed as err:
        assert err.code == "invalid-range"  # noqa: PT017 - no test, an entry
