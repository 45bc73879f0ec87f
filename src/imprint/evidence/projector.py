"""The process that projects packuments for another one: `python -m imprint.evidence.projector FD`.

It reads packuments from a socket that it was started with, and writes what is kept of each, in
their order. It ends with whoever started it, or is killed: nothing is lost by that. Not here: when
it is worth a process (`evidence.projecting`).
"""

from __future__ import annotations

import signal
import socket
import struct
import sys
from typing import TYPE_CHECKING, Final

from imprint.history.projection import encode, project
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from typing import BinaryIO

QUESTION: Final = struct.Struct(">IQ")
"""The lengths of a name, and of the packument that follows it."""
ANSWER: Final = struct.Struct(">BQ")
"""What became of it, and the length of what follows: a projection, or a sentence."""
PROJECTED, MALFORMED = 0, 1


def serve(connection: socket.socket) -> None:
    """Answer until the other side closes, or is gone."""
    with connection.makefile("rb") as incoming:
        while (asked := _next(incoming)) is not None:
            try:
                kind, said = PROJECTED, encode(project(asked[1], asked[0]))
            except Malformed as err:
                kind, said = MALFORMED, err.message.encode()
            connection.sendall(ANSWER.pack(kind, len(said)))
            connection.sendall(said)


def _next(incoming: BinaryIO) -> tuple[str, bytes] | None:
    head = incoming.read(QUESTION.size)
    if len(head) < QUESTION.size:
        return None
    name_size, size = QUESTION.unpack(head)
    name, body = incoming.read(name_size), incoming.read(size)
    return (name.decode(), body) if len(body) == size else None


def main(descriptor: int) -> None:
    """Serve on an open socket of this process."""
    # Ctrl-C goes to the whole group: whoever started this one says what comes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as connection:
        try:
            serve(connection)
        except ConnectionError:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
