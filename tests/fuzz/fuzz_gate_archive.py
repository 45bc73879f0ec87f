"""Fuzz entry: an archive of a gate's cache, read whole."""

import tempfile
from pathlib import Path

from imprint.gate.archives.importing import check_archive
from imprint.gate.archives.layout import members_of
from imprint.refusals import Malformed

UPSTREAM = "https://registry.example.test/"


def one_input(data: bytes) -> None:
    """Any file is an archive of which every path is ours to name, or Malformed in one line."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cache.tar"
        file.write_bytes(data)
        try:
            found = check_archive(file, upstreams=[UPSTREAM], quota_bytes=1 << 20)
        except Malformed as err:
            assert err.code.startswith("gate-archive")  # noqa: PT017 - no test, an entry
            assert err.message.isprintable()  # noqa: PT017 - no test, an entry
            return
    for member in members_of(found.manifest):
        assert ".." not in member.path
        assert member.path.partition("/")[0] in {"keys", "packuments", "attestations", "tarballs"}
