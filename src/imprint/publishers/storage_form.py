"""Rules and limits as JSON, for storage. What is not understood whole is not used at all.

A rule that a newer version wrote and an older one dropped would let in what it was made to keep
out: unknown fields are refused.
"""

from __future__ import annotations

import msgspec

from imprint.identity.workload import RefType, Runner, Visibility
from imprint.publishers.publisher import (
    CalledWorkflow,
    Permission,
    PublicationLimits,
    WorkflowRule,
    WorkloadRules,
)
from imprint.publishers.refs import RefPattern
from imprint.publishers.templates import TagTemplate
from imprint.refusals import Malformed


class _Called(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    file: str
    repository: str | None = None
    ref: str | None = None
    sha: str | None = None


class _Workflow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    caller: str | None = None
    called: _Called | None = None


class _Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    repository: str | None
    repository_id: str | None = None
    owner_id: str | None = None
    workflow: _Workflow | None = None
    refs: tuple[str, ...] = ()
    ref_type: RefType | None = None
    ref_protected: bool = False
    environment: str | None = None
    strict_environment: bool = False
    events: tuple[str, ...] = ()
    runners: tuple[Runner, ...] = ()
    visibilities: tuple[Visibility, ...] = ()
    actors: tuple[str, ...] = ()
    context_ids: tuple[str, ...] = ()
    claims: dict[str, str] = {}


class _Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    permissions: tuple[Permission, ...]
    tag_template: str | None = None
    dist_tags: tuple[str, ...] = ()
    version_range: str | None = None


_RULES = msgspec.json.Decoder(_Rules)
_LIMITS = msgspec.json.Decoder(_Limits)


def rules_to_json(rules: WorkloadRules) -> bytes:
    """Return the stored form of Workload rules."""
    workflow = None
    if rules.workflow is not None:
        called = rules.workflow.called
        workflow = _Workflow(
            caller=rules.workflow.caller,
            called=None
            if called is None
            else _Called(
                file=called.file, repository=called.repository, ref=called.ref, sha=called.sha
            ),
        )
    return msgspec.json.encode(
        _Rules(
            repository=rules.repository,
            repository_id=rules.repository_id,
            owner_id=rules.owner_id,
            workflow=workflow,
            refs=tuple(pattern.text for pattern in rules.refs),
            ref_type=rules.ref_type,
            ref_protected=rules.ref_protected,
            environment=rules.environment,
            strict_environment=rules.strict_environment,
            events=rules.events,
            runners=rules.runners,
            visibilities=rules.visibilities,
            actors=rules.actors,
            context_ids=rules.context_ids,
            claims=dict(rules.claims),
        )
    )


def rules_from_json(raw: bytes) -> WorkloadRules:
    """Return the Workload rules that were stored; raises Malformed (`unreadable-publisher`)."""
    try:
        stored = _RULES.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise _unreadable("rules") from err
    workflow = None
    if stored.workflow is not None:
        called = stored.workflow.called
        workflow = WorkflowRule(
            caller=stored.workflow.caller,
            called=None
            if called is None
            else CalledWorkflow(
                file=called.file, repository=called.repository, ref=called.ref, sha=called.sha
            ),
        )
    return WorkloadRules(
        repository=stored.repository,
        repository_id=stored.repository_id,
        owner_id=stored.owner_id,
        workflow=workflow,
        refs=tuple(map(RefPattern.parse, stored.refs)),
        ref_type=stored.ref_type,
        ref_protected=stored.ref_protected,
        environment=stored.environment,
        strict_environment=stored.strict_environment,
        events=stored.events,
        runners=stored.runners,
        visibilities=stored.visibilities,
        actors=stored.actors,
        context_ids=stored.context_ids,
        claims=stored.claims,
    )


def limits_to_json(limits: PublicationLimits) -> bytes:
    """Return the stored form of publication limits."""
    return msgspec.json.encode(
        _Limits(
            permissions=tuple(one for one in Permission if one in limits.permissions),
            tag_template=None if limits.tag_template is None else limits.tag_template.text,
            dist_tags=limits.dist_tags,
            version_range=limits.version_range,
        )
    )


def limits_from_json(raw: bytes) -> PublicationLimits:
    """Return the publication limits that were stored; raises Malformed (`unreadable-publisher`)."""
    try:
        stored = _LIMITS.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise _unreadable("limits") from err
    template = stored.tag_template
    return PublicationLimits(
        permissions=frozenset(stored.permissions),
        tag_template=None if template is None else TagTemplate.parse(template),
        dist_tags=stored.dist_tags,
        version_range=stored.version_range,
    )


def _unreadable(what: str) -> Malformed:
    return Malformed(
        "unreadable-publisher",
        f"the stored {what} of a trusted publisher are not of a form that this version knows",
        hint="a newer version wrote them: upgrade this one, or revoke the publisher",
    )
