"""Pin: what a project remembers of a package it used (`imprint.lock`), whatever registries say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from imprint.history.axes import Approval, Auth, Origin
    from imprint.history.identities import PublisherIdentity


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """What one package proved when it was last agreed to."""

    name: str
    version: str
    auth: Auth
    approval: Approval
    origin: Origin
    identity: PublisherIdentity | None = None
    """Only what identities are compared by: issuer, ids, repository, workflow, ref's class."""
    configuration_id: str | None = None
    integrity: str | None = None
    first_seen: float
    """Unix seconds."""
