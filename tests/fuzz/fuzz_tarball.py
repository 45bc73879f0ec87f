"""Fuzz entry: tar archives, gzipped here so that the damage is within."""

import gzip

from imprint.npm.tarball import inspect
from imprint.refusals import Malformed


def one_input(data: bytes) -> None:
    """Any archive has paths that stay in the package, each once, or is Malformed."""
    try:
        found = inspect(gzip.compress(data, compresslevel=1))
    except Malformed as err:
        refused = err.message
    else:
        refused = ""
        assert "package.json" in found.paths
        assert len({path.lower() for path in found.paths}) == len(found.paths)
        assert not any({"", ".", ".."} & set(path.split("/")) for path in found.paths)
    assert refused.isascii()
    assert refused == "" or refused.isprintable()
