"""PublisherIdentity: who published a version, in the form that two versions are compared by.

Equality, not order (facts: consumers §6.2). Ids decide, names are for people. Not here: what proves
it (`attestations/`), and what a change means (`drift`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from imprint.attestations.workflow_references import called_by, caller_of, split_revision
from imprint.history.refs import ref_class_of
from imprint.identity.workload import Missing

if TYPE_CHECKING:
    from imprint.history.refs import RefClass
    from imprint.identity.workload import Field, Workload

T = TypeVar("T")


class PublisherIdentity(msgspec.Struct, frozen=True, kw_only=True):
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

    @property
    def ref_class(self) -> RefClass | None:
        """How protected its ref is; None: it is not known."""
        return ref_class_of(self.ref, is_protected=self.ref_protected, environment=self.environment)


def identity_of(workload: Workload) -> PublisherIdentity:
    """Return the identity of a verified run. What a workload lacks, or cannot say, is None."""
    caller, called = caller_of(workload), called_by(workload)
    runner, visibility = _known(workload.runner), _known(workload.visibility)
    return PublisherIdentity(
        provider=workload.provider.value,
        issuer=workload.issuer,
        repository=_known(workload.repository),
        repository_id=_known(workload.repository_id),
        owner=_known(workload.owner),
        owner_id=_known(workload.owner_id),
        workflow=_definition(workload) if caller is None else caller.path,
        called_workflow=None if called is None else f"{called.root}/{called.path}",
        ref=_known(workload.ref),
        ref_protected=_known(workload.ref_protected),
        environment=_known(workload.environment),
        event=_known(workload.event),
        runner=None if runner is None else runner.value,
        visibility=None if visibility is None else visibility.value,
        commit=_known(workload.commit),
        run=_known(workload.run_id) or _known(workload.job_id),
    )


def words_of(identity: PublisherIdentity) -> str:
    """Return an identity for people, one line: `acme/widget release.yml @ tags`."""
    where = identity.repository or f"{identity.provider} repository {identity.repository_id or '?'}"
    words = [where]
    if identity.workflow is not None:
        words.append(identity.workflow.rpartition("/")[2])
    ref_class = identity.ref_class
    if ref_class is not None:
        words += ["@", ref_class.word]
    return " ".join(words)


def fingerprint_of(identity: PublisherIdentity) -> str:
    """Return what an acceptance of an identity is keyed by, one line.

    Where there are ids, no name is in it: a rename is not another identity.
    """
    words = [repository_fingerprint(identity)]
    if identity.workflow is not None:
        words.append(identity.workflow)
    ref_class = identity.ref_class
    if ref_class is not None:
        words += ["@", ref_class.word]
    return " ".join(words)


def repository_fingerprint(identity: PublisherIdentity) -> str:
    """Return `github repository 1234 of owner 56`: by ids where they are known, else by names."""
    where = f"{identity.provider} repository {identity.repository_id or identity.repository or '?'}"
    owner = identity.owner_id
    if owner is None and identity.repository_id is None:
        owner = identity.owner
    return where if owner is None else f"{where} of owner {owner}"


def _definition(workload: Workload) -> str | None:
    """Return the triggered workflow of a provider whose references are no files: as it is said."""
    reference = _known(workload.caller_workflow_ref)
    if reference is None:
        return None
    parts = split_revision(reference, ref=_known(workload.ref))
    return reference if parts is None else parts[0]


def _known(value: Field[T]) -> T | None:
    return None if isinstance(value, Missing) else value
