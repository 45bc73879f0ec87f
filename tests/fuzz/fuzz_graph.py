"""Fuzz entry: graphs that clients post for their audits, and what upstreams answer to them."""

import msgspec

from imprint.gate.advisories.advised import read_upstream
from imprint.gate.advisories.answering import read_graph
from imprint.gate.advisories.audit_trees import legacy_answer, read_tree
from imprint.refusals import Malformed

WANTED = ("widget", "@acme/widget")


def one_input(data: bytes) -> None:
    """Any bytes are a graph, a tree or an answer, or Malformed; what is read can be sent."""
    try:
        msgspec.json.encode(read_graph(data))
    except Malformed as err:
        assert err.message.isprintable()  # noqa: PT017 - no test, an entry
    theirs = read_upstream(data, WANTED)
    entries = [] if theirs is None else [e for found in theirs.entries.values() for e in found]
    for entry in entries:
        assert 0 <= entry.id < 2**53
        assert entry.severity in {"info", "low", "moderate", "high", "critical"}
    try:
        tree = read_tree(data)
    except Malformed as err:
        assert err.code == "malformed-body"  # noqa: PT017 - no test, an entry
        return
    found = [(name, e, versions) for name, versions in tree.versions().items() for e in entries]
    msgspec.json.encode(legacy_answer(tree, found))
