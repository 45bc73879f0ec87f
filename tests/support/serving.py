"""A server of the standard library at work in a thread, which is ended in time or said to hang."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socketserver import BaseServer

END_SECONDS = 20
POLL_SECONDS = 0.01


@contextmanager
def served(server: BaseServer) -> Iterator[None]:
    """Serve until the end of the block. A handler that hangs fails the test, and ends with it."""
    thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        # It has no end of its own where the loop is stuck in a handler.
        ending = threading.Thread(target=server.shutdown, daemon=True)
        ending.start()
        thread.join(END_SECONDS)
        ending.join(END_SECONDS)
        hangs = thread.is_alive() or ending.is_alive()
        if not hangs:
            server.server_close()
    assert not hangs, f"a server did not end within {END_SECONDS} seconds"
