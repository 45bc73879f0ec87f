"""The run that is asked about: an ID token's claims in a file, or a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.cli.session import say
from imprint.refusals import Refusal, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from imprint.cli.trust.knowledge import Knowledge
    from imprint.identity.workload import Workload

MAX_FILE_BYTES = 64 * 1024


def read_claims_file(path: Path) -> Mapping[str, object]:
    """Return the claims in a JSON file; raises Malformed (`claims-file`)."""
    from imprint.npm import strict_json

    raw = path.read_bytes()
    return strict_json.parse_object(
        raw, max_bytes=MAX_FILE_BYTES, max_depth=8, code="claims-file", what="file of claims"
    )


def claimed(known: Knowledge, claims: Mapping[str, object]) -> Workload | Refusal:
    """Return the Workload that `claims` state, or that their issuer is not known."""
    from imprint.identity.claims import read_claims

    url = claims.get("iss")
    if url is None and known.publishers:
        url = known.publishers[0].issuer.url
        say(f"the claims have no `iss`: {quoted(url)} is taken for it")
    provider = known.issuers.get(url) if isinstance(url, str) else None
    if provider is None or not isinstance(url, str):
        return Refusal(
            code="unsupported-issuer" if known.publishers else "no-publisher",
            message=f"the issuer {quoted(str(url))} is not registered there"
            if known.publishers
            else "there is no trusted publisher for this package",
        )
    return read_claims(claims, issuer_url=url, provider=provider).workload


def described(known: Knowledge, run: Mapping[str, object]) -> Workload | Refusal:
    """Return the Workload of a run in words.

    Ids that were not said are those of a publisher whose repository bears the name.
    """
    from imprint.publish.imagined import Described, workload_of
    from imprint.publishers.forges import same_name

    if not known.publishers:
        return Refusal(
            code="no-publisher", message="there is no trusted publisher for this package"
        )
    repository = str(run["repository"])
    like = next(
        (
            one
            for one in known.publishers
            if same_name(one.provider, one.rules.repository or "", repository)
        ),
        known.publishers[0],
    )
    is_same = same_name(like.provider, like.rules.repository or "", repository)
    return workload_of(
        Described(
            provider=like.provider,
            issuer_url=like.issuer.url,
            repository=repository,
            repository_id=_text(run["repository_id"])
            or (like.rules.repository_id if is_same else None),
            owner_id=_text(run["owner_id"]) or (like.rules.owner_id if is_same else None),
            workflow=str(run["workflow"]),
            ref=str(run["ref"]),
            ref_protected=True if run["ref_protected"] else None,
            environment=_text(run["environment"]),
            event=str(run["event"]),
        )
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
