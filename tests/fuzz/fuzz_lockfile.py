"""Fuzz entry: lockfiles of every format; the first byte chooses which."""

from imprint.npm.lockfiles.difference import LockfileDifference, difference
from imprint.npm.lockfiles.graph import Graph
from imprint.npm.lockfiles.read import LOCKFILE_NAMES, read_lockfile
from imprint.refusals import Malformed

CODES = {
    "malformed-lockfile",
    "malformed-manifest",
    "unknown-lockfile",
    "unknown-lockfile-version",
}


def one_input(data: bytes) -> None:
    """Any bytes are a lockfile, whose graph can be walked, or Malformed."""
    filename = LOCKFILE_NAMES[data[0] % len(LOCKFILE_NAMES)] if data else "yarn.lock"
    text, _, manifest = data[1:].partition(b"\0")
    try:
        lockfile = read_lockfile(
            text, filename=filename, manifests={"package.json": manifest} if manifest else {}
        )
    except Malformed as err:
        assert err.code in CODES  # noqa: PT017 - no test, an entry
        assert err.message.isprintable()  # noqa: PT017 - no test, an entry
        return
    lines = text.count(b"\n") + 1
    graph = Graph(lockfile)
    for key, package in lockfile.packages.items():
        assert package.key == key
        assert 1 <= package.line <= lines
        assert graph.path_to(key)[-1:] in {(), (key,)}
        assert all(
            edge.target in lockfile.packages or edge.target is None for edge in package.edges
        )
    assert difference(lockfile, lockfile) == LockfileDifference()
