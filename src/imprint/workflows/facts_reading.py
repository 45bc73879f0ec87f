"""Facts out of a file that somebody wrote: the JSON of `--trust FILE`, and trust.toml.

The JSON is that of the worked examples: `npm` (package to `{provider, repository, workflow,
environment}`, as npm's own set-up page has it), `publishers` (package to the entries that an
imprint registry lists), `environments`, `writers`, `default_branch_protected`, `tag_rules` and
more; it may stand under a key `facts`. trust.toml is the table of trusted publishers as code.
"""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.identity.workload import Provider
from imprint.npm.names import PackageName, ScopePattern
from imprint.publishers.configuration import PublisherRequest, build_limits, build_rules
from imprint.publishers.events import DENIED_EVENTS
from imprint.publishers.npm_trust import parse_trust_list
from imprint.publishers.publisher import PublisherState, TrustedPublisher
from imprint.refusals import Malformed, quoted
from imprint.tokens.issuers import Issuer
from imprint.workflows.facts import EnvironmentFacts, Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imprint.publishers.publisher import Target

INVALID = "invalid-facts"
LARGEST_BYTES = 4 * 1024 * 1024
GITHUB_ISSUER = Issuer(
    name="github", url="https://token.actions.githubusercontent.com", provider=Provider.GITHUB
)
"""The issuer of the public forge, which npm trusts."""
_ISSUERS = {
    Provider.GITHUB: GITHUB_ISSUER,
    Provider.GITLAB: Issuer(name="gitlab", url="https://gitlab.com", provider=Provider.GITLAB),
    Provider.CIRCLECI: Issuer(
        name="circleci", url="https://oidc.circleci.com", provider=Provider.CIRCLECI
    ),
}
_OTHER_EVENTS = (
    "create",
    "delete",
    "deployment",
    "deployment_status",
    "dynamic",
    "merge_group",
    "page_build",
    "public",
    "push",
    "registry_package",
    "release",
    "repository_dispatch",
    "schedule",
    "workflow_dispatch",
)


class _Environment(msgspec.Struct, frozen=True):
    branches: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    reviewers: int = 0
    prevent_self_review: bool = False
    administrators_bypass: bool | None = None


class _NpmPublisher(msgspec.Struct, frozen=True):
    repository: str
    workflow: str
    provider: str = "github"
    environment: str | None = None
    permissions: tuple[str, ...] = ("publish",)


class _Facts(msgspec.Struct, frozen=True):
    repository: str | None = None
    repository_id: str | None = None
    owner_id: str | None = None
    default_branch: str | None = None
    default_branch_protected: bool | None = None
    protected_branches: tuple[str, ...] | None = None
    tag_rules: bool | None = None
    environments: dict[str, _Environment] | None = None
    writers: int | None = None
    default_permissions_write: bool | None = None
    fork_approval: str | None = None
    codeowner_reviews_required: bool | None = None
    third_party_cache: bool = False
    npm: dict[str, _NpmPublisher | tuple[_NpmPublisher, ...] | None] | None = None
    publishers: dict[str, list[msgspec.Raw]] | None = None
    tokens_allowed: dict[str, bool] = {}
    existing_packages: tuple[str, ...] | None = None


def every_event() -> tuple[str, ...]:
    """Return every event of GitHub Actions: npm's publishers have no rule on them (facts §0.5)."""
    return (*DENIED_EVENTS[Provider.GITHUB], *_OTHER_EVENTS)


def facts_from_json(raw: bytes) -> Facts:
    """Return what a JSON file of facts says; raises Malformed (`invalid-facts`).

    Keys that are not known are left out, which `assumed` says.
    """
    if len(raw) > LARGEST_BYTES:
        raise Malformed(INVALID, f"facts are {len(raw)} bytes, at most {LARGEST_BYTES} are read")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as err:
        raise Malformed(INVALID, "facts are not JSON", hint="give an object, `{}` is one") from err
    if isinstance(document, dict) and isinstance(document.get("facts"), dict):
        document = document["facts"]
    return facts_from_object(document)


def facts_from_object(document: object) -> Facts:
    """Return what a decoded object of facts says; raises Malformed (`invalid-facts`)."""
    try:
        read = msgspec.convert(_with_raw_publishers(document), _Facts)
    except msgspec.ValidationError as err:
        raise Malformed(INVALID, f"facts are not as expected: {quoted(str(err))}") from err
    known = set(_Facts.__struct_fields__)
    ignored = [name for name in document if name not in known] if isinstance(document, dict) else []
    publishers = _publishers(read)
    return Facts(
        repository=read.repository,
        repository_id=read.repository_id,
        owner_id=read.owner_id,
        default_branch=read.default_branch,
        default_branch_protected=read.default_branch_protected,
        protected_branches=read.protected_branches,
        tag_rules=read.tag_rules,
        environments=_environments(read.environments),
        writers=read.writers,
        default_permissions_write=read.default_permissions_write,
        fork_approval=read.fork_approval,
        codeowner_reviews_required=read.codeowner_reviews_required,
        third_party_cache=read.third_party_cache,
        publishers=publishers,
        tokens_allowed=read.tokens_allowed,
        existing_packages=None
        if read.existing_packages is None
        else frozenset(read.existing_packages),
        assumed=tuple(
            f"fact {quoted(str(name))} is not known and was left out" for name in ignored
        ),
    )


def facts_from_toml(raw: bytes, packages: Iterable[str] = ()) -> Facts:
    """Return the publishers of a trust.toml as facts; raises Malformed.

    `packages` are the names that patterns such as `@acme/*` are tried on.
    """
    if len(raw) > LARGEST_BYTES:
        raise Malformed(INVALID, f"facts are {len(raw)} bytes, at most {LARGEST_BYTES} are read")
    try:
        document = tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as err:
        raise Malformed(INVALID, "trust.toml is not TOML") from err
    names = tuple(packages)
    found: dict[str, tuple[TrustedPublisher, ...]] = {}
    entries = document.get("publisher", [])
    if not isinstance(entries, list):
        raise Malformed(INVALID, "`publisher` is no list of tables: write `[[publisher]]`")
    for place, entry in enumerate(entries):
        for target, publisher in _of_table(entry, place):
            matching = [name for name in names if _is_for(target, name)] or [str(target)]
            for name in matching:
                found[name] = (*found.get(name, ()), publisher)
    return Facts(publishers=found)


def publisher_of_request(
    request: PublisherRequest, target: Target, *, publisher_id: str
) -> TrustedPublisher:
    """Return the publisher that a request asks for, active or waiting for its ids.

    Raises Malformed.
    """
    issuer = _ISSUERS.get(request.provider)
    if issuer is None:
        raise Malformed(INVALID, "a publisher of a generic issuer has no workflow files")
    rules = build_rules(request, issuer)
    has_ids = rules.repository_id is not None
    return TrustedPublisher(
        id=publisher_id,
        target=target,
        issuer=issuer,
        provider=request.provider,
        rules=rules,
        limits=build_limits(request),
        state=PublisherState.ACTIVE if has_ids else PublisherState.UNPINNED,
        pin_until=None if has_ids else float("inf"),
        created_at=0.0,
        created_by="",
    )


def _with_raw_publishers(document: object) -> object:
    """Keep the entries of `publishers` as text: their reader takes bytes."""
    if not isinstance(document, dict) or not isinstance(document.get("publishers"), dict):
        return document
    entries = {
        name: [msgspec.Raw(msgspec.json.encode(entry)) for entry in listed]
        for name, listed in document["publishers"].items()
        if isinstance(listed, list)
    }
    return {**document, "publishers": entries}


def _environments(
    read: Mapping[str, _Environment] | None,
) -> Mapping[str, EnvironmentFacts] | None:
    if read is None:
        return None
    return {
        name: EnvironmentFacts(
            branches=one.branches,
            tags=one.tags,
            reviewers=one.reviewers,
            prevent_self_review=one.prevent_self_review,
            administrators_bypass=one.administrators_bypass,
        )
        for name, one in read.items()
    }


def _publishers(read: _Facts) -> Mapping[str, tuple[TrustedPublisher, ...]] | None:
    if read.npm is None and read.publishers is None:
        return None
    found: dict[str, tuple[TrustedPublisher, ...]] = {}
    for name, given in (read.npm or {}).items():
        several = given if isinstance(given, tuple) else (given,)
        found[name] = tuple(_of_npm(name, one) for one in several if one is not None)
    for name, entries in (read.publishers or {}).items():
        listed = parse_trust_list(msgspec.json.encode(entries))
        publishers = tuple(
            publisher_of_request(one.request, _target(name), publisher_id=one.id)
            for one in listed
            if one.request is not None
        )
        found[name] = (*found.get(name, ()), *publishers)
    return found


def _of_npm(name: str, read: _NpmPublisher) -> TrustedPublisher:
    """Return npm's publisher: repository, file, perhaps an environment; no more (facts §0.5)."""
    try:
        provider = Provider(read.provider)
    except ValueError as err:
        raise Malformed(INVALID, f"provider {quoted(read.provider)} is none that npm has") from err
    request = PublisherRequest(
        provider=provider,
        repository=read.repository,
        workflow=read.workflow,
        environment=read.environment,
        permissions=read.permissions,
    )
    publisher = publisher_of_request(request, _target(name), publisher_id=f"npm:{name}")
    if provider is not Provider.GITHUB:
        return publisher
    return replace(publisher, rules=replace(publisher.rules, events=every_event()))


def _target(name: str) -> Target:
    return ScopePattern.parse(name) if "*" in name else PackageName.parse_existing(name)


def _is_for(target: Target, name: str) -> bool:
    try:
        package = PackageName.parse_existing(name)
    except Malformed:
        return False
    return target == package if isinstance(target, PackageName) else target.matches(package)


def _of_table(entry: object, place: int) -> Iterable[tuple[Target, TrustedPublisher]]:
    """Yield the publishers of one `[[publisher]]`, one for each of its packages."""
    if not isinstance(entry, dict) or not isinstance(entry.get("packages"), list):
        raise Malformed(INVALID, f"publisher {place + 1} of trust.toml has no `packages`")
    fields = {name: value for name, value in entry.items() if name != "packages"}
    if "ref" in fields:
        fields["refs"] = [fields.pop("ref")]
    fields.pop("pending", None)
    fields["issuer_name"] = fields.pop("issuer", None)
    try:
        request = msgspec.convert(fields, PublisherRequest)
    except msgspec.ValidationError as err:
        message = f"publisher {place + 1} of trust.toml is not as expected: {quoted(str(err))}"
        raise Malformed(INVALID, message) from err
    for name in entry["packages"]:
        target = _target(str(name))
        yield target, publisher_of_request(request, target, publisher_id=f"trust.toml:{place + 1}")
