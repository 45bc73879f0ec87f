"""From what somebody asks for to a TrustedPublisher: checked and normalised here, once.

The command line, npm's trust body and trust.toml all end in a PublisherRequest. Not here: who may
ask, and whether the package exists.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.identity.claims import table_of
from imprint.identity.workload import Provider, RefType, Runner, Visibility
from imprint.npm.names import PackageName
from imprint.npm.ranges import VersionRange, is_dist_tag
from imprint.publishers.forges import (
    folded,
    forge_host,
    normalise_actor,
    normalise_environment,
    normalise_id,
    normalise_repository,
    normalise_uuid,
)
from imprint.publishers.publisher import (
    PENDING_LIFE_SECONDS,
    PIN_WINDOW_SECONDS,
    CalledWorkflow,
    Permission,
    PublicationLimits,
    PublisherState,
    Target,
    TrustedPublisher,
    WorkflowRule,
    WorkloadRules,
)
from imprint.publishers.refs import RefPattern
from imprint.publishers.storage_form import rules_to_json
from imprint.publishers.templates import TagTemplate
from imprint.publishers.validation import (
    INVALID,
    claim_rules,
    distinct,
    event_names,
    require_a_ref,
    word_of,
    words_of,
)
from imprint.publishers.workflow_files import (
    build_called,
    normalise_caller,
    split_exact_reference,
)
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.tokens.issuers import Issuer


MOST_VALUES = 32
"""Of any list in a configuration: a refusal names them all in one line."""


class PublisherRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks for, in their own spelling; nothing of it is checked yet."""

    provider: Provider
    issuer_name: str | None = None
    """The administrator's word for the issuer; None: the provider's only one."""
    repository: str | None = None
    repository_id: str | None = None
    owner_id: str | None = None
    workflow: str | None = None
    """The triggered workflow: file (GitHub), path (GitLab), pipeline definition id (CircleCI)."""
    workflow_reference: str | None = None
    """Instead of `workflow`: the whole reference with its ref, npm's string form."""
    called_workflow: str | None = None
    called_repository: str | None = None
    called_ref: str | None = None
    called_sha: str | None = None
    refs: tuple[str, ...] = ()
    ref_type: str | None = None
    ref_protected: bool = False
    environment: str | None = None
    strict_environment: bool = False
    events: tuple[str, ...] | None = None
    """None: all but those denied by default. An empty list allows none, and is refused (E18)."""
    runners: tuple[str, ...] = ()
    visibilities: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    context_ids: tuple[str, ...] = ()
    claims: Mapping[str, str] = msgspec.field(default_factory=dict)
    permissions: tuple[str, ...] = ()
    tag_template: str | None = None
    dist_tags: tuple[str, ...] = ()
    version_range: str | None = None
    create: bool = False


def build_publisher(
    request: PublisherRequest,
    *,
    publisher_id: str,
    target: Target,
    issuer: Issuer,
    pending: bool,
    now: float,
    created_by: str,
) -> TrustedPublisher:
    """Return the publisher that `request` describes; raises Malformed saying what is wrong.

    With ids it is active at once. Without them the first run within seven days pins them, which
    pending and pattern publishers may not wait for (architecture decision 5).
    """
    rules, limits = build_rules(request, issuer), build_limits(request)
    require_a_ref(rules, limits)
    is_pattern = not isinstance(target, PackageName)
    has_identity = request.provider is Provider.GENERIC or rules.repository_id is not None
    if (is_pattern or pending) and not has_identity:
        what = "for a pattern" if is_pattern else "for a package that does not exist yet"
        raise Malformed(
            INVALID,
            f"a trusted publisher {what} needs `repository_id` and `owner_id`",
            hint="names can be taken over: only ids make such a publisher safe",
        )
    if request.create and not is_pattern:
        raise Malformed(INVALID, "`create` is for patterns such as `@acme/*` alone")
    return TrustedPublisher(
        id=publisher_id,
        target=target,
        issuer=issuer,
        provider=request.provider,
        rules=rules,
        limits=limits,
        state=PublisherState.ACTIVE if has_identity else PublisherState.UNPINNED,
        pending=pending,
        create=request.create,
        pin_until=None if has_identity else now + PIN_WINDOW_SECONDS,
        expires_at=now + PENDING_LIFE_SECONDS if pending else None,
        created_at=now,
        created_by=created_by,
    )


def identity_of(publisher: TrustedPublisher) -> str:
    """Return 64 hex digits that two publishers share when the later one could never win (K03).

    That is: same target, issuer, ids and rules, after normalisation of case where the provider has
    none. Limits are no part of it: of two with the same rules the older always wins.
    """
    rules = publisher.rules
    environment = rules.environment
    if environment is not None and publisher.provider is Provider.GITHUB:
        environment = folded(environment)
    canonical = replace(
        rules,
        repository=None if rules.repository is None else folded(rules.repository),
        environment=environment,
        refs=tuple(sorted(rules.refs, key=str)),
        events=tuple(sorted(rules.events)),
        runners=tuple(sorted(rules.runners)),
        visibilities=tuple(sorted(rules.visibilities)),
        actors=tuple(sorted(map(folded, rules.actors))),
        context_ids=tuple(sorted(rules.context_ids)),
        claims=dict(sorted(rules.claims.items())),
    )
    text = f"{publisher.target}\n{publisher.issuer.url}\n".encode() + rules_to_json(canonical)
    return hashlib.sha256(text).hexdigest()


def build_rules(request: PublisherRequest, issuer: Issuer) -> WorkloadRules:
    """Return the Workload rules that `request` describes; raises Malformed."""
    if issuer.provider is not request.provider:
        raise Malformed(
            INVALID,
            f"issuer {quoted(issuer.name)} is of {quoted(issuer.provider)}, "
            f"not of {quoted(request.provider)}",
        )
    _require_statable(request)
    if request.provider is Provider.GENERIC:
        return WorkloadRules(repository=None, claims=claim_rules(request.claims))
    repository = normalise_repository(
        _required(request, "repository", request.repository),
        provider=request.provider,
        host=forge_host(issuer.url),
    )
    repository_id, owner_id = _ids(request)
    caller, refs = _caller_and_refs(request, issuer, repository)
    return WorkloadRules(
        repository=repository,
        repository_id=repository_id,
        owner_id=owner_id,
        workflow=WorkflowRule(caller=caller, called=_called(request, issuer, repository)),
        refs=refs,
        ref_type=word_of(request.ref_type, RefType, "ref type") if request.ref_type else None,
        ref_protected=request.ref_protected,
        environment=_environment(request),
        strict_environment=request.strict_environment,
        events=event_names(request.events),
        runners=words_of(request.runners, Runner, "runner"),
        visibilities=words_of(request.visibilities, Visibility, "visibility"),
        actors=tuple(normalise_actor(text) for text in distinct(request.actors)),
        context_ids=tuple(
            normalise_uuid(text, what="context id") for text in distinct(request.context_ids)
        ),
    )


def build_limits(request: PublisherRequest) -> PublicationLimits:
    """Return the publication limits that `request` describes; raises Malformed."""
    permissions = frozenset(words_of(request.permissions, Permission, "permission"))
    if not permissions:
        raise Malformed(
            INVALID,
            "a trusted publisher needs at least one permission: `publish`, `stage` or `dist-tag`",
        )
    for dist_tag in request.dist_tags:
        if not is_dist_tag(dist_tag):
            raise Malformed("invalid-dist-tag", f"dist-tag {quoted(dist_tag)} cannot be one")
    if request.version_range is not None:
        if not request.version_range.strip():
            raise Malformed("invalid-range", "the version range is empty: leave it out, or say `*`")
        VersionRange.parse(request.version_range)
    template = request.tag_template
    return PublicationLimits(
        permissions=permissions,
        tag_template=None if template is None else TagTemplate.parse(template),
        dist_tags=distinct(request.dist_tags),
        version_range=request.version_range,
    )


# The request's field, and the field of a Workload that a rule on it looks at.
_LOOKS_AT = (
    ("repository", "repository"),
    ("repository_id", "repository_id"),
    ("owner_id", "owner_id"),
    ("workflow", "caller_workflow_ref"),
    ("workflow_reference", "caller_workflow_ref"),
    ("called_workflow", "called_workflow_ref"),
    ("called_repository", "called_workflow_ref"),
    ("called_ref", "called_workflow_ref"),
    ("called_sha", "called_workflow_sha"),
    ("refs", "ref"),
    ("tag_template", "ref"),
    ("ref_type", "ref_type"),
    ("ref_protected", "ref_protected"),
    ("environment", "environment"),
    ("strict_environment", "environment"),
    ("events", "event"),
    ("runners", "runner"),
    ("visibilities", "visibility"),
    ("actors", "actor"),
    ("context_ids", "context_ids"),
)


_LISTS = (
    "refs",
    "events",
    "runners",
    "visibilities",
    "actors",
    "context_ids",
    "claims",
    "dist_tags",
)


def _require_statable(request: PublisherRequest) -> None:
    """Refuse rules on what the provider's tokens never say: they could only ever refuse."""
    table = table_of(request.provider)
    for name, looks_at in _LOOKS_AT:
        if getattr(request, name) not in (None, (), False) and looks_at not in table.fields:
            raise Malformed(
                INVALID,
                f"`{name}` is set, and no token of {quoted(request.provider)} could satisfy it",
                hint="state rules on its claims instead"
                if table.keeps_claims
                else "leave it out: tokens of this provider do not state it",
            )
    if request.claims and not table.keeps_claims:
        raise Malformed(INVALID, "rules on named claims are for issuers of type `generic` alone")
    for name in _LISTS:
        if len(getattr(request, name) or ()) > MOST_VALUES:
            raise Malformed(INVALID, f"`{name}` has more than {MOST_VALUES} values")


def _required(request: PublisherRequest, name: str, value: str | None) -> str:
    if value is None or not value.strip():
        provider = quoted(request.provider)
        raise Malformed(INVALID, f"a trusted publisher of {provider} needs `{name}`")
    return value


def _ids(request: PublisherRequest) -> tuple[str | None, str | None]:
    """Return both ids or none; CircleCI's are required (case F17)."""
    given = {"repository_id": request.repository_id, "owner_id": request.owner_id}
    if request.provider is not Provider.CIRCLECI and set(given.values()) == {None}:
        return None, None
    repository_id, owner_id = (
        normalise_id(_required(request, name, value), provider=request.provider, what=name)
        for name, value in given.items()
    )
    return repository_id, owner_id


def _caller_and_refs(
    request: PublisherRequest, issuer: Issuer, repository: str
) -> tuple[str | None, tuple[RefPattern, ...]]:
    caller, refs = request.workflow, request.refs
    if request.workflow_reference is not None:
        if caller is not None or refs:
            raise Malformed(
                INVALID, "the workflow's whole reference is given: leave out its file and the refs"
            )
        caller, ref = split_exact_reference(
            request.workflow_reference,
            provider=request.provider,
            issuer_url=issuer.url,
            repository=repository,
        )
        refs = (ref,)
    if request.called_workflow is None:
        caller = _required(request, "workflow", caller)
    return (
        None if caller is None else normalise_caller(caller, provider=request.provider),
        tuple(RefPattern.parse(text) for text in distinct(refs)),
    )


def _called(request: PublisherRequest, issuer: Issuer, repository: str) -> CalledWorkflow | None:
    rest = (request.called_repository, request.called_ref, request.called_sha)
    if request.called_workflow is not None:
        called_repository, ref, sha = rest
        return build_called(
            request.called_workflow,
            repository=called_repository,
            ref=ref,
            sha=sha,
            own=repository,
            host=forge_host(issuer.url),
        )
    if rest != (None, None, None):
        raise Malformed(INVALID, "a called workflow needs its file, `called_workflow`")
    return None


def _environment(request: PublisherRequest) -> str | None:
    if request.environment is None:
        return None
    if request.strict_environment:
        raise Malformed(
            INVALID, "`strict_environment` asks for no environment, and `environment` names one"
        )
    return normalise_environment(request.environment, provider=request.provider)
