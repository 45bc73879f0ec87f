"""Writing a file whole or not at all: a new one takes the place of the old."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path`; whoever reads meanwhile sees the old file or the new one.

    A link at `path` is replaced, never followed: the folder may be somebody else's. Raises OSError.
    """
    is_file = path.is_file() and not path.is_symlink()
    # As the one in its place was, or as any file that this user makes would be.
    mode = stat.S_IMODE(path.stat().st_mode) if is_file else 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
