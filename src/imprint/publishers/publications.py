"""Publication: one version's who, how and from where, as the registry records it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from imprint.identity.records import workload_from_json, workload_to_mapping

if TYPE_CHECKING:
    from imprint.identity.workload import Workload


class CredentialKind(StrEnum):
    """With what a version was published."""

    TRUSTED_PUBLISHER = "trusted-publisher"
    TOKEN = "token"  # noqa: S105  (a kind, not a secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Who published one version, with what, from where. Nothing here was sent by the client."""

    credential: CredentialKind
    publisher_id: str | None = None
    publisher: str | None = None
    """The publisher in one line, as it was then."""
    workload: Workload | None = None
    user: str | None = None
    """Who holds the token, for publications by token."""
    approver: str | None = None
    """Who approved it, for staged ones."""
    exchange_address: str | None = None
    publish_address: str
    user_agent: str
    claims_digest: str | None = None


class _Recorded(msgspec.Struct, frozen=True, omit_defaults=True):
    credential: CredentialKind
    publish_address: str
    user_agent: str
    publisher_id: str | None = None
    publisher: str | None = None
    workload: msgspec.Raw = msgspec.Raw()
    user: str | None = None
    approver: str | None = None
    exchange_address: str | None = None
    claims_digest: str | None = None


_PLAIN = (
    "credential",
    "publisher_id",
    "publisher",
    "user",
    "approver",
    "exchange_address",
    "publish_address",
    "user_agent",
    "claims_digest",
)


def publication_to_json(publication: Publication) -> str:
    """Return the recorded form."""
    recorded: dict[str, object] = {
        name: value for name in _PLAIN if (value := getattr(publication, name)) is not None
    }
    if publication.workload is not None:
        recorded["workload"] = workload_to_mapping(publication.workload)
    return msgspec.json.encode(recorded).decode()


def publication_from_json(raw: str) -> Publication:
    """Return what was recorded; raises msgspec.ValidationError for a foreign form."""
    recorded = msgspec.json.decode(raw, type=_Recorded)
    raw_workload = bytes(recorded.workload)
    workload = workload_from_json(raw_workload) if raw_workload else None
    values = {name: getattr(recorded, name) for name in _PLAIN}
    return Publication(workload=workload, **values)
