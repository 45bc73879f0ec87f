"""PublisherIdentity: who published a version, in the form that two versions are compared by.

Equality, not order (facts: consumers §6.2). Ids decide, names are for people. Not here: what proves
it (`attestations/`), and what a change means (`drift`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherIdentity:
    """A CI run that published, by its verified certificate. None: the certificate does not say."""

    provider: str
    issuer: str
    repository: str | None = None
    repository_id: str | None = None
    owner: str | None = None
    owner_id: str | None = None
    workflow: str | None = None
    """Path of the workflow that was triggered, within its repository, without the revision."""
    called_workflow: str | None = None
    """`root/path` of a reusable workflow whose job ran, where that is another."""
    ref: str | None = None
    ref_protected: bool | None = None
    """Where somebody who knows was asked."""
    environment: str | None = None
    event: str | None = None
    """What started the run, in the provider's word."""
    runner: str | None = None
    """`hosted` or `self-hosted`."""
    visibility: str | None = None
    commit: str | None = None
    run: str | None = None
    """Address or id of the run."""
