"""Fuzz entry: packuments that are served without some of their versions."""

import json

from imprint.gate.addresses import GateAddresses
from imprint.gate.packuments.rendering import Packument
from imprint.npm.names import PackageName
from imprint.refusals import Malformed

WITHHELD = frozenset({"1.1.0"})
ADDRESSES = GateAddresses(
    base_url="https://gate.example.test", package=PackageName.parse("@acme/widget")
)


def one_input(data: bytes) -> None:
    """Any bytes are a packument, whose renderings are JSON without 1.1.0, or Malformed."""
    try:
        whole = Packument(data)
        bodies = [
            whole.full(withheld=WITHHELD, addresses=ADDRESSES).body,
            whole.abbreviated(withheld=WITHHELD, addresses=ADDRESSES).body,
        ]
        whole.manifest("1.0.0", addresses=ADDRESSES)
    except Malformed as err:
        assert err.code == "malformed-packument"  # noqa: PT017 - no test, an entry
        assert err.message.isprintable()  # noqa: PT017 - no test, an entry
        return
    for body in bodies:
        try:
            document = json.loads(body)
        except (UnicodeDecodeError, RecursionError):
            continue  # texts are not looked into: theirs to be broken, and the client's to refuse
        assert "1.1.0" not in (document.get("versions") or {})
        tags = document.get("dist-tags")
        assert not isinstance(tags, dict) or "1.1.0" not in tags.values()
