"""Where the server listens: a socket of ours, bound before anything else is started.

granian would bind its own with SO_REUSEPORT, and two servers started by mistake on one port would
share it without a word. Ours is exclusive, its port is known at once also where a free one is taken
(`:0`), and from `listen` on clients are kept waiting instead of being turned away.
"""

from __future__ import annotations

import socket
from typing import Self

import msgspec

from imprint.refusals import Malformed, Unavailable, quoted

BACKLOG = 1024
STALLED_SECONDS = 60
"""How long a client may take nothing of what is on its way to it: each holds one of the places that
there are for connections (`start.CONCURRENT_REQUESTS`), and neither granian nor hyper lets go."""
_MAX_PORT = 65_535


class Listener(msgspec.Struct, frozen=True):
    """A bound socket and the address that clients reach it by."""

    socket: socket.socket
    url: str
    """Without a slash at its end."""

    @classmethod
    def bind(cls, listen: str) -> Self:
        """Bind `HOST:PORT`; raises Malformed for another form, Unavailable where it is taken."""
        host, port = parse(listen)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_STREAM)
        try:
            # What is left of connections of an earlier process must not keep the port.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Connections have it from here (Linux, BSD): a file is sent after its headers, and
            # would wait 40 ms for the client to acknowledge them.
            bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; inherited, too (RFC 5482)
                timeout = STALLED_SECONDS * 1000
                bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, timeout)
            bound.bind((host, port))
        except OSError as err:
            bound.close()
            raise Unavailable(
                "address-unavailable",
                f"cannot listen on {quoted(listen)}: {(err.strerror or str(err)).lower()}",
                hint="another process may have the port: choose another, or `--listen HOST:0`"
                " for a free one",
            ) from err
        bound.settimeout(0)
        shown = f"[{host}]" if ":" in host else host
        return cls(bound, f"http://{shown}:{bound.getsockname()[1]}")

    @property
    def is_wildcard(self) -> bool:
        """Whether it listens on every address, so that `url` is none that clients could use."""
        return self.socket.getsockname()[0] in ("0.0.0.0", "::")  # noqa: S104  (compared only)

    def listen(self) -> None:
        """Let clients connect: they wait until the server takes them."""
        self.socket.listen(BACKLOG)

    def release(self) -> int:
        """Give the descriptor away, to whoever closes it; clients keep waiting meanwhile."""
        return self.socket.detach()

    def close(self) -> None:
        """Give the port back, unless the descriptor was given away."""
        self.socket.close()


def parse(listen: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT` or `[IPV6]:PORT`; raises Malformed."""
    host, colon, port = listen.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= _MAX_PORT):
        raise Malformed(
            "listen-address",
            f"the address to listen on is {quoted(listen)}: it takes `HOST:PORT`,"
            " such as `127.0.0.1:4873`",
        )
    return host, int(port)
