"""DriftEvent: one thing about a publication that is not as it was, or not as releases are.

The taxonomy is that of facts: consumers §6.4, its names in kebab-case (architecture, decision 18).
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec


class EventSeverity(IntEnum):
    """How bad it is by default; policy may say otherwise. Comparable: the worst is the greatest."""

    INFO = 1
    WARN = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """`info`, `warn` or `error`."""
        return self.name.lower()


class EventId(StrEnum):
    """Every event there is. Each has a page (`imprint explain ID`)."""

    # What is broken: never accepted, only quarantined.
    SIGNATURE_INVALID = "signature-invalid"
    INTEGRITY_MISMATCH = "integrity-mismatch"
    ATTESTATION_INVALID = "attestation-invalid"
    ATTESTATION_SUBJECT_MISMATCH = "attestation-subject-mismatch"
    # The registry's signature.
    SIGNATURE_MISSING = "signature-missing"
    SIGNATURE_KEY_UNKNOWN = "signature-key-unknown"
    SIGNATURE_KEY_CHANGED = "signature-key-changed"
    # Evidence that is less than it was.
    AUTH_REGRESSED = "auth-regressed"
    ORIGIN_DROPPED = "origin-dropped"
    APPROVAL_DROPPED = "approval-dropped"
    LINE_BELOW_PACKAGE = "line-below-package"
    # Who published is another.
    PUBLISHER_CONFIG_CHANGED = "publisher-config-changed"
    PUBLISHER_REPO_CHANGED = "publisher-repo-changed"
    PUBLISHER_REPO_RENAMED = "publisher-repo-renamed"
    PUBLISHER_ISSUER_CHANGED = "publisher-issuer-changed"
    PUBLISHER_WORKFLOW_CHANGED = "publisher-workflow-changed"
    PUBLISHER_REF_WEAKENED = "publisher-ref-weakened"
    PUBLISHER_RUNNER_CHANGED = "publisher-runner-changed"
    PUBLISHER_TRIGGER_RISKY = "publisher-trigger-risky"
    PUBLISHER_USER_NEW = "publisher-user-new"
    PUBLISHER_USER_EMAIL_CHANGED = "publisher-user-email-changed"
    MAINTAINER_ADDED = "maintainer-added"
    # Source and release.
    SOURCE_MISMATCH = "source-mismatch"
    SOURCE_TAG_MISSING = "source-tag-missing"
    SOURCE_COMMIT_UNPROTECTED = "source-commit-unprotected"
    """The provenance's commit is on no protected branch (where the forge or a clone says so)."""
    SOURCE_RUN_FAILED = "source-run-failed"
    """The run of the provenance failed, or another job than the publish job signed."""
    RELEASE_EXOTIC_DEPENDENCY_ADDED = "release-exotic-dependency-added"
    RELEASE_INSTALL_SCRIPT_ADDED = "release-install-script-added"
    RELEASE_SIZE_JUMP = "release-size-jump"
    RELEASE_NEWBORN_DEPENDENCY = "release-newborn-dependency"
    RELEASE_BURST = "release-burst"
    RELEASE_TOO_YOUNG = "release-too-young"
    RELEASE_UNPUBLISHED = "release-unpublished"
    HISTORY_REWRITTEN = "history-rewritten"
    # The lockfile itself.
    LOCK_FOREIGN_HOST = "lock-foreign-host"
    """`resolved` is neither the registry's address nor the public default's."""
    LOCK_NO_INTEGRITY = "lock-no-integrity"
    # What is better than before.
    UPGRADED = "upgraded"


class DriftEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of one version."""

    id: EventId
    severity: EventSeverity
    message: str
    """One line: what changed, and since when it had been otherwise."""
    before: str | None = None
    after: str | None = None
    """For identities: their fingerprints in words, by which an acceptance is keyed (from → to)."""
    since: str | None = None
    """The version that it is compared with."""
    release: str | None = None
    """What would release a held version: one line, an action or a moment."""
    until: float | None = None
    """Unix seconds: from then on it is less severe, or not there, by itself."""
    fingerprint: str = ""
    """Stable over runs: of package, event, before, after. `drift` sets it; for baselines, SARIF."""
