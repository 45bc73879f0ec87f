"""Fuzz entry: the bodies of publishing, staging, deprecating and owning."""

from imprint.npm.names import PackageName
from imprint.npm.publish_body import Publication, decode
from imprint.refusals import Malformed

WIDGET = PackageName.parse("@acme/widget")


def one_input(data: bytes) -> None:
    """Any bytes are one of the documents of npm, or Malformed."""
    try:
        found = decode(data, package=WIDGET)
    except Malformed as err:
        refused = err.message
    else:
        refused = ""
        assert found.package == WIDGET
        assert not isinstance(found, Publication) or found.manifest["version"] == str(found.version)
    assert refused.isascii()
    assert refused == "" or refused.isprintable()
