"""The identity that a verdict tells (a mapping, for it was kept) as one that can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.history.identities import PublisherIdentity

if TYPE_CHECKING:
    from collections.abc import Mapping


def identity_from(told: Mapping[str, object]) -> PublisherIdentity | None:
    """Return who signed; None where the verdict names no provider and issuer."""
    provider, issuer = _text(told, "provider"), _text(told, "issuer")
    if provider is None or issuer is None:
        return None
    protected = told.get("ref_protected")
    return PublisherIdentity(
        provider=provider,
        issuer=issuer,
        repository=_text(told, "repository"),
        repository_id=_text(told, "repository_id"),
        owner=_text(told, "owner"),
        owner_id=_text(told, "owner_id"),
        workflow=_text(told, "workflow"),
        called_workflow=_text(told, "called_workflow"),
        ref=_text(told, "ref"),
        ref_protected=protected if isinstance(protected, bool) else None,
        environment=_text(told, "environment"),
        event=_text(told, "event"),
        runner=_text(told, "runner"),
        visibility=_text(told, "visibility"),
        commit=_text(told, "commit"),
        run=_text(told, "run"),
    )


def _text(told: Mapping[str, object], name: str) -> str | None:
    value = told.get(name)
    return value if isinstance(value, str) else None
