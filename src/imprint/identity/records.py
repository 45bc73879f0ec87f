"""A Workload as it is recorded: JSON, with null for an absent field and none for an unknown one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.identity.workload import (
    ABSENT,
    UNKNOWN,
    Missing,
    Provider,
    RefType,
    Runner,
    Visibility,
    Workload,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Recorded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The recorded form; `UNSET` stands for unknown, None for absent."""

    provider: Provider
    issuer: str
    repository: str | msgspec.UnsetType | None = msgspec.UNSET
    repository_id: str | msgspec.UnsetType | None = msgspec.UNSET
    owner: str | msgspec.UnsetType | None = msgspec.UNSET
    owner_id: str | msgspec.UnsetType | None = msgspec.UNSET
    caller_workflow_ref: str | msgspec.UnsetType | None = msgspec.UNSET
    caller_workflow_sha: str | msgspec.UnsetType | None = msgspec.UNSET
    called_workflow_ref: str | msgspec.UnsetType | None = msgspec.UNSET
    called_workflow_sha: str | msgspec.UnsetType | None = msgspec.UNSET
    ref: str | msgspec.UnsetType | None = msgspec.UNSET
    ref_type: RefType | msgspec.UnsetType | None = msgspec.UNSET
    ref_protected: bool | msgspec.UnsetType | None = msgspec.UNSET
    environment: str | msgspec.UnsetType | None = msgspec.UNSET
    event: str | msgspec.UnsetType | None = msgspec.UNSET
    runner: Runner | msgspec.UnsetType | None = msgspec.UNSET
    visibility: Visibility | msgspec.UnsetType | None = msgspec.UNSET
    commit: str | msgspec.UnsetType | None = msgspec.UNSET
    run_id: str | msgspec.UnsetType | None = msgspec.UNSET
    run_attempt: str | msgspec.UnsetType | None = msgspec.UNSET
    job_id: str | msgspec.UnsetType | None = msgspec.UNSET
    actor: str | msgspec.UnsetType | None = msgspec.UNSET
    ssh_rerun: bool | msgspec.UnsetType | None = msgspec.UNSET
    context_ids: tuple[str, ...] | msgspec.UnsetType | None = msgspec.UNSET
    claims: dict[str, str] | msgspec.UnsetType | None = msgspec.UNSET


_NAMES = Workload.__struct_fields__
_DECODER = msgspec.json.Decoder(_Recorded)


def workload_to_json(workload: Workload) -> bytes:
    """Return the recorded form of `workload`."""
    return msgspec.json.encode(workload_to_mapping(workload))


def workload_to_mapping(workload: Workload) -> Mapping[str, object]:
    """Return the recorded form as a mapping, for people and for JSON answers."""
    recorded: dict[str, object] = {}
    for name in _NAMES:
        value = getattr(workload, name)
        if value is UNKNOWN:
            continue
        recorded[name] = None if value is ABSENT else value
    return recorded


def workload_from_json(raw: bytes) -> Workload:
    """Return the Workload that was recorded; raises msgspec.ValidationError for a foreign form."""
    recorded = _DECODER.decode(raw)
    values: dict[str, object] = {}
    for name in _NAMES:
        value = getattr(recorded, name)
        missing: Missing | None = None
        if value is msgspec.UNSET:
            missing = UNKNOWN
        elif value is None:
            missing = ABSENT
        values[name] = value if missing is None else missing
    return Workload(**values)  # type: ignore[arg-type]  # typed by _Recorded, field by field
