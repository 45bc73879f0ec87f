"""What a provenance predicate claims of its run. Claims only: publishers write them as they like.

The shapes are those of npm's clients (libnpmpublish, `provenance.js`) and of GitHub's own action:
`build types` of `slsa.dev/provenance/v1` and `v0.2`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from imprint.attestations.repositories import RepositoryAddress, normalise_address
from imprint.attestations.workflow_references import split_revision
from imprint.identity.claim_values import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imprint.attestations.reading.statements import Statement
    from imprint.npm.strict_json import Json, JsonObject

_Reader: TypeAlias = "Callable[[JsonObject], Iterator[tuple[str, str, Json]]]"

PUBLISH_TYPE: Final = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"
SLSA_V1: Final = "https://slsa.dev/provenance/v1"
SLSA_V02: Final = "https://slsa.dev/provenance/v0.2"
PROVENANCE_TYPES: Final = frozenset({SLSA_V1, SLSA_V02})

NPM_BUILD_TYPE: Final = "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1"
ACTION_BUILD_TYPE: Final = "https://actions.github.io/buildtypes/workflow/v1"
GITHUB_V02_BUILD_TYPES: Final = frozenset(
    f"https://github.com/npm/cli/gha{version}" for version in ("@v0", "@v1", "/v1", "/v2")
)
GITLAB_BUILD_TYPE: Final = "https://github.com/npm/cli/gitlab/v0alpha1"

_PATH_PREFIX: Final = ".github/"
_URI: Final = re.compile(r"(?:git\+)?([a-z+]+://(?:[^/@]*@)?[^@]*)(?:@(.*))?", re.DOTALL)
"""An `@` before the host is of a user's name, and no ref's."""


class PredicateClaim(NamedTuple):
    """One claim: what it is about, in the words of `certified.py`, and what it says."""

    name: str
    where: str
    """Which member of the predicate says it."""
    value: object
    """A text; an integer is its decimal text. Anything else is no value that could be right."""


def knows_build_type(statement: Statement) -> bool:
    """Return whether what a provenance statement claims can be read here."""
    return _reader_of(statement) is not None


def read_claims(statement: Statement) -> tuple[PredicateClaim, ...] | None:
    """Return what a provenance statement claims; None where its build type is not known here.

    Members that are missing or null claim nothing. Total.
    """
    reader = _reader_of(statement)
    if reader is None:
        return None
    return tuple(
        [
            PredicateClaim(name, where, plain(value))
            for name, where, value in reader(statement.predicate)
            if value is not None
        ]
    )


def _reader_of(statement: Statement) -> _Reader | None:
    if statement.predicate_type == SLSA_V1:
        build_type = _object(statement.predicate, "buildDefinition").get("buildType")
        return _github_v1 if build_type in (NPM_BUILD_TYPE, ACTION_BUILD_TYPE) else None
    build_type = statement.predicate.get("buildType")
    if statement.predicate_type != SLSA_V02 or not isinstance(build_type, str):
        return None
    if build_type in GITHUB_V02_BUILD_TYPES:
        return _github_v02
    return _gitlab if build_type == GITLAB_BUILD_TYPE else None


def _github_v1(predicate: JsonObject) -> Iterator[tuple[str, str, Json]]:
    definition = _object(predicate, "buildDefinition")
    workflow = _object(definition, "externalParameters", "workflow")
    repository = workflow.get("repository")
    yield "repository", "externalParameters.workflow.repository", repository
    yield "workflow_path", "externalParameters.workflow.path", workflow.get("path")
    yield "workflow_ref", "externalParameters.workflow.ref", workflow.get("ref")
    github = _object(definition, "internalParameters", "github")
    for name, member in (
        ("event", "event_name"),
        ("repository_id", "repository_id"),
        ("owner_id", "repository_owner_id"),
        ("runner", "runner_environment"),
    ):
        yield name, f"internalParameters.github.{member}", github.get(member)
    yield from _commits(definition, "resolvedDependencies", "gitCommit", repository)
    details = _object(predicate, "runDetails")
    kind = "builder" if definition.get("buildType") == NPM_BUILD_TYPE else "signer"
    yield kind, "runDetails.builder.id", _object(details, "builder").get("id")
    yield (
        "run",
        "runDetails.metadata.invocationId",
        _object(details, "metadata").get("invocationId"),
    )


def _github_v02(predicate: JsonObject) -> Iterator[tuple[str, str, Json]]:
    source = _object(predicate, "invocation", "configSource")
    address, ref = _address_and_ref(source.get("uri"))
    yield "repository", "invocation.configSource.uri", address
    yield "ref", "invocation.configSource.uri", ref
    yield "commit", "invocation.configSource.digest.sha1", _object(source, "digest").get("sha1")
    yield from _entry_point(source.get("entryPoint"))
    environment = _object(predicate, "invocation", "environment")
    for name, member in (
        ("ref", "GITHUB_REF"),
        ("event", "GITHUB_EVENT_NAME"),
        ("repository_name", "GITHUB_REPOSITORY"),
        ("repository_id", "GITHUB_REPOSITORY_ID"),
        ("owner_id", "GITHUB_REPOSITORY_OWNER_ID"),
        ("commit", "GITHUB_SHA"),
        ("run_id", "GITHUB_RUN_ID"),
        ("run_attempt", "GITHUB_RUN_ATTEMPT"),
        ("workflow", "GITHUB_WORKFLOW_REF"),
        ("workflow_sha", "GITHUB_WORKFLOW_SHA"),
    ):
        yield name, f"invocation.environment.{member}", environment.get(member)
    yield from _commits(predicate, "materials", "sha1", address)
    # `builder.id` names npm or all of GitHub's runners here: it says nothing of this run.
    invocation = _object(predicate, "metadata").get("buildInvocationId")
    yield "run_and_attempt", "metadata.buildInvocationId", invocation


def _entry_point(entry_point: Json) -> Iterator[tuple[str, str, Json]]:
    """Read both forms: `<path>`, and before general availability `<owner>/<name>/<path>@<ref>`.

    Still older ones are the name of a job, which no certificate tells.
    """
    where = "invocation.configSource.entryPoint"
    if not isinstance(entry_point, str) or "/" not in entry_point:
        return
    if entry_point.startswith(_PATH_PREFIX):
        yield "workflow_path", where, entry_point
        return
    yield "workflow", where, entry_point
    owner, _, rest = entry_point.partition("/")
    yield "repository_name", where, f"{owner}/{rest.partition('/')[0]}"
    parts = split_revision(entry_point)
    yield "ref", where, parts[1] if parts else None


def _gitlab(predicate: JsonObject) -> Iterator[tuple[str, str, Json]]:
    # The entry point is the name of the job, and the builder the number of a runner: neither is in
    # a certificate. CI_COMMIT_REF_PROTECTED is told by nobody else and proves nothing.
    source = _object(predicate, "invocation", "configSource")
    address, _ = _address_and_ref(source.get("uri"))
    yield "repository", "invocation.configSource.uri", address
    yield "commit", "invocation.configSource.digest.sha1", _object(source, "digest").get("sha1")
    parameters = _object(predicate, "invocation", "parameters")
    for name, member in (
        ("ref_name", "CI_COMMIT_REF_NAME"),
        ("event", "CI_PIPELINE_SOURCE"),
        ("repository_id", "CI_PROJECT_ID"),
        ("owner_id", "CI_PROJECT_NAMESPACE_ID"),
        ("repository_name", "CI_PROJECT_PATH"),
    ):
        yield name, f"invocation.parameters.{member}", parameters.get(member)
    yield from _commits(predicate, "materials", "sha1", address)
    invocation = _object(predicate, "metadata").get("buildInvocationId")
    yield "run", "metadata.buildInvocationId", invocation


def _commits(
    parent: JsonObject, member: str, algorithm: str, repository: Json
) -> Iterator[tuple[str, str, Json]]:
    """Yield the commits of the run's own repository among the materials; others are free.

    However its address is written there: another spelling must not hide another commit.
    """
    materials = parent.get(member)
    own = _repository(repository)
    for number, material in enumerate(materials if isinstance(materials, list) else ()):
        if not isinstance(material, dict):
            continue
        address, _ = _address_and_ref(material.get("uri"))
        if own is not None and (address == repository or _repository(address) == own):
            commit = _object(material, "digest").get(algorithm)
            yield "commit", f"{member}[{number}].digest.{algorithm}", commit


def _repository(address: Json) -> RepositoryAddress | None:
    return normalise_address(address) if isinstance(address, str) else None


def _address_and_ref(uri: Json) -> tuple[Json, str | None]:
    """Split `git+https://host/owner/name@refs/heads/main`; the ref is not always there."""
    if not isinstance(uri, str):
        return uri, None
    found = _URI.fullmatch(uri)
    return (found[1], found[2]) if found else (uri, None)


def _object(parent: JsonObject, *names: str) -> JsonObject:
    for name in names:
        value = parent.get(name)
        if not isinstance(value, dict):
            return {}
        parent = value
    return parent
