"""What is known of an issuer before any token of it is read. Data only."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from imprint.identity.workload import Provider

MAXIMUM_LIFETIME_SECONDS = 86_400
"""GitHub's tokens live minutes, CircleCI's an hour, GitLab's as long as the job may take."""


class ReplayMode(StrEnum):
    """How often one ID token may be exchanged (architecture decision 8)."""

    PER_REQUEST = "per-request"
    """A fresh token for each request (GitHub): once, for one package."""
    PER_JOB = "per-job"
    """One static token for a whole job (GitLab, CircleCI): once for each package."""


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """An issuer that an administrator registered. Tokens of any other are refused."""

    name: str
    """The administrator's word for it, unique."""
    url: str
    """Compared to the letter with `iss`; discovery and keys are fetched from its host only."""
    provider: Provider
    algorithms: tuple[str, ...] = ("RS256",)
    maximum_lifetime_seconds: int = MAXIMUM_LIFETIME_SECONDS
    """A token that lives longer (exp - iat) is refused."""
    replay: ReplayMode = ReplayMode.PER_REQUEST
    audiences: tuple[str, ...] = ()
    """Accepted beside the registry's own audiences; for issuers whose audience cannot be chosen."""
