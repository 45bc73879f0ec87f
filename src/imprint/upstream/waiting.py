"""Waiting for an answer, so long and no longer; whatever goes wrong meanwhile is a FetchFailed."""

from __future__ import annotations

import asyncio
import errno
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from imprint.upstream.addresses import AddressRefused
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.targets import shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientError
    from yarl import URL

_OF_SYSTEM: Final = {
    errno.ECONNREFUSED: "nothing listens there",
    errno.ECONNRESET: "it reset the connection",
    errno.EPIPE: "it closed the connection",
    errno.EHOSTUNREACH: "there is no way to its host",
    errno.ENETUNREACH: "there is no way to its network",
}


@asynccontextmanager
async def within(timeout_seconds: float, target: URL) -> AsyncIterator[asyncio.Timeout]:
    """Turn whatever can go wrong with a request to `target` into FetchFailed."""
    # It takes as long to import as a run that asks nobody, and is needed with the first request.
    from aiohttp import ClientError  # noqa: PLC0415 - see above

    try:
        async with asyncio.timeout(timeout_seconds) as clock:
            yield clock
    except TimeoutError as err:
        message = f"{shown(target)} did not answer within `{timeout_seconds:g}` seconds"
        raise FetchFailed(FetchReason.TIMEOUT, message, is_transient=True) from err
    except (ClientError, OSError, ValueError) as err:
        raise _translate(err, target) from err


def _translate(err: ClientError | OSError | ValueError, target: URL) -> FetchFailed:
    from aiohttp import (  # noqa: PLC0415 - as above
        ClientConnectorCertificateError,
        ClientConnectorError,
        ClientSSLError,
    )

    match err:
        case ClientConnectorError(os_error=AddressRefused()):
            return FetchFailed(FetchReason.ADDRESS, f"{shown(target)} is not at a public address")
        case ClientSSLError() | ClientConnectorCertificateError():
            return FetchFailed(FetchReason.TLS, f"{shown(target)} could not be trusted by TLS")
        case _:
            message = f"{shown(target)} could not be reached: {_why(err)}"
            return FetchFailed(FetchReason.UNREACHABLE, message, is_transient=True)


def _why(err: ClientError | OSError | ValueError) -> str:
    from aiohttp import (  # noqa: PLC0415 - as above
        ClientConnectorDNSError,
        ClientPayloadError,
        ClientProxyConnectionError,
        ServerDisconnectedError,
    )

    match err:
        case ClientProxyConnectionError():
            return "the proxy does not answer"
        case ClientConnectorDNSError():
            return "its host name is not known"
        case ServerDisconnectedError():
            return "it closed the connection without an answer"
        case ClientPayloadError():
            return "its answer broke off"
        case OSError(errno=int(number)) if number in _OF_SYSTEM:
            return _OF_SYSTEM[number]
        case _:
            return f"`{type(err).__name__}`"
