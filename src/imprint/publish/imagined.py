"""A run that was only described: for asking whether it would be accepted, never for minting.

What is not said of it stays unknown, and a rule on what is unknown refuses, but for what a plain
run on a hosted runner has.
"""

from __future__ import annotations

import msgspec

from imprint.identity.workload import (
    ABSENT,
    UNKNOWN,
    Field,
    Provider,
    RefType,
    Runner,
    Workload,
)
from imprint.publishers.forges import forge_host
from imprint.publishers.refs import TAG_PREFIX
from imprint.publishers.workflows import WORKFLOW_FOLDER


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """A run in a person's words."""

    provider: Provider
    issuer_url: str
    repository: str
    repository_id: str | None = None
    owner_id: str | None = None
    workflow: str
    ref: str
    ref_protected: bool | None = None
    environment: str | None = None
    event: str = "push"
    runner: Runner = Runner.HOSTED


def workload_of(described: Described) -> Workload:
    """Return the Workload of such a run, whose job belongs to the triggered workflow itself."""
    owner = described.repository.rpartition("/")[0]
    reference: Field[str] = _reference(described)
    return Workload(
        provider=described.provider,
        issuer=described.issuer_url,
        repository=described.repository,
        repository_id=_known(described.repository_id),
        owner=owner or UNKNOWN,
        owner_id=_known(described.owner_id),
        caller_workflow_ref=reference,
        called_workflow_ref=reference if described.provider is Provider.GITHUB else UNKNOWN,
        ref=described.ref,
        ref_type=RefType.TAG if described.ref.startswith(TAG_PREFIX) else RefType.BRANCH,
        ref_protected=UNKNOWN if described.ref_protected is None else described.ref_protected,
        environment=ABSENT if described.environment is None else described.environment,
        event=described.event,
        runner=described.runner,
        ssh_rerun=False if described.provider is Provider.CIRCLECI else UNKNOWN,
    )


def _reference(described: Described) -> str:
    match described.provider:
        case Provider.GITHUB:
            file = f"{described.repository}/{WORKFLOW_FOLDER}{described.workflow}"
        case Provider.GITLAB:
            host = forge_host(described.issuer_url)
            file = f"{host}/{described.repository}//{described.workflow}"
        case Provider.CIRCLECI | Provider.GENERIC:
            return described.workflow
    return f"{file}@{described.ref}"


def _known(text: str | None) -> Field[str]:
    return UNKNOWN if text is None else text
