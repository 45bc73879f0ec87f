"""Claims of an ID token → Workload, by the provider's table. Not here: whether they are proved."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from imprint.identity.claim_values import ClaimReader, is_missing, plain, shown
from imprint.identity.providers.circleci import CIRCLECI
from imprint.identity.providers.generic import GENERIC
from imprint.identity.providers.github import GITHUB
from imprint.identity.providers.gitlab import GITLAB
from imprint.identity.workload import (
    UNKNOWN,
    Provider,
    RefType,
    Runner,
    Visibility,
    Workload,
)
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.identity.tables import ProviderTable

STANDARD_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
"""RFC 7519 §4.1: judged where the token is verified, or, as `sub`, by nobody."""


class ClaimReading(msgspec.Struct, frozen=True, kw_only=True):
    """A Workload and what the table could not place."""

    workload: Workload
    unknown_claims: tuple[str, ...]
    """Sorted names of claims that the provider's table does not list: counted, never matched."""


def table_of(provider: Provider) -> ProviderTable:
    """Return the table of `provider`."""
    match provider:
        case Provider.GITHUB:
            return GITHUB
        case Provider.GITLAB:
            return GITLAB
        case Provider.CIRCLECI:
            return CIRCLECI
        case Provider.GENERIC:
            return GENERIC
        case _:
            assert_never(provider)


def read_claims(
    claims: Mapping[str, object], *, issuer_url: str, provider: Provider
) -> ClaimReading:
    """Return the Workload that `claims` state.

    Raises Malformed: `missing-claim` naming every claim that is required and not there,
    `malformed-claim` for a value of another form, `conflicting-claims` for two that disagree.
    """
    table = table_of(provider)
    _demand(claims, table)
    reader = ClaimReader(claims, table)
    workload = Workload(
        provider=provider,
        issuer=issuer_url,
        repository=reader.text("repository"),
        repository_id=reader.text("repository_id"),
        owner=reader.text("owner"),
        owner_id=reader.text("owner_id"),
        caller_workflow_ref=reader.text("caller_workflow_ref"),
        caller_workflow_sha=reader.text("caller_workflow_sha"),
        called_workflow_ref=reader.text("called_workflow_ref"),
        called_workflow_sha=reader.text("called_workflow_sha"),
        ref=reader.text("ref"),
        ref_type=reader.word("ref_type", RefType),
        ref_protected=reader.flag("ref_protected"),
        environment=reader.text("environment"),
        event=reader.text("event"),
        runner=reader.word("runner", Runner),
        visibility=reader.word("visibility", Visibility),
        commit=reader.text("commit"),
        run_id=reader.text("run_id"),
        run_attempt=reader.text("run_attempt"),
        job_id=reader.text("job_id"),
        actor=reader.text("actor"),
        ssh_rerun=reader.flag("ssh_rerun"),
        context_ids=reader.texts("context_ids"),
        claims=_scalars(claims) if table.keeps_claims else UNKNOWN,
    )
    _compare(claims, table)
    return ClaimReading(workload=workload, unknown_claims=_unknown(claims, table))


def _demand(claims: Mapping[str, object], table: ProviderTable) -> None:
    missing = [f"`{name}`" for name in table.required if is_missing(claims.get(name))]
    missing += [f"`{name}`" for name in table.stated if name not in claims]
    if not missing and table.stated and all(is_missing(claims[name]) for name in table.stated):
        missing = [" or ".join(f"`{name}`" for name in table.stated)]
    if not missing:
        return
    which = f"claim {missing[0]} is" if len(missing) == 1 else f"claims {', '.join(missing)} are"
    raise Malformed(
        "missing-claim",
        f"{which} missing, expected in every ID token of a `{table.provider}` issuer",
        f"check that the issuer of this token is really registered as `{table.provider}`",
    )


def _compare(claims: Mapping[str, object], table: ProviderTable) -> None:
    for first, second in table.equal:
        one, other = claims.get(first), claims.get(second)
        if is_missing(one) or is_missing(other) or plain(one) == plain(other):
            continue
        raise Malformed(
            "conflicting-claims",
            f"claim `{second}` is {shown(other)}, expected {shown(one)} as in `{first}`",
            "publish from a pipeline of the project itself, not from one of a merge request",
        )


def _unknown(claims: Mapping[str, object], table: ProviderTable) -> tuple[str, ...]:
    if table.keeps_claims:
        return ()
    known = STANDARD_CLAIMS | table.unchecked | {field.claim for field in table.fields.values()}
    return tuple(
        sorted(
            name
            for name in claims
            if name not in known and not name.startswith(table.unchecked_prefixes)
        )
    )


def _scalars(claims: Mapping[str, object]) -> Mapping[str, str]:
    """Keep texts, integers and booleans; the rest cannot be compared exactly.

    What is nested is kept under its path, such as Kubernetes' `kubernetes.io/serviceaccount/uid`.
    Two claims that come to one path make it ambiguous, and it is not kept.
    """
    kept: dict[str, str] = {}
    twice: set[str] = set()
    for path, value in _leaves(claims):
        text = "true" if value is True else "false" if value is False else plain(value)
        if not isinstance(text, str) or is_missing(text):
            continue
        if path in kept:
            twice.add(path)
        kept[path] = text
    return {path: text for path, text in kept.items() if path not in twice}


def _leaves(claims: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in claims.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", value
