"""FetchFailed: why a document could not be had. One class, for there is one reaction to it."""

from __future__ import annotations

from enum import StrEnum


class FetchReason(StrEnum):
    """Why a document could not be had."""

    URL = "url-not-allowed"
    ADDRESS = "address-not-allowed"
    REDIRECT = "redirect-not-allowed"
    UNREACHABLE = "unreachable"
    TLS = "tls-failed"
    TIMEOUT = "timeout"
    STATUS = "status"
    TOO_LARGE = "too-large"
    ENCODING = "encoding"


class FetchFailed(Exception):
    """A document could not be had. `is_transient` says whether trying again could help."""

    def __init__(
        self,
        reason: FetchReason,
        message: str,
        *,
        is_transient: bool = False,
        status: int | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        """Say it in one line; `message` holds nothing of the answer's body."""
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.is_transient = is_transient
        self.status = status
        """Of the answer, where it is the reason."""
        self.retry_after_seconds = retry_after_seconds
        """How long the server asks to be left alone; None: it does not say."""
