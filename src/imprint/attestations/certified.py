"""What a certificate proves of a run, in the words and spellings that predicates use.

The names are those of `predicates.PredicateClaim`; what a certificate does not say is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imprint.attestations.workflow_references import caller_of
from imprint.identity.workload import Missing, Provider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.attestations.proof import Certificate
    from imprint.identity.workload import Field, Workload

_LEGACY_FORGE: Final = "https://github.com/"
"""Certificates with names alone were made for one forge only, and do not repeat its address."""
_RUNNERS: Final = "https://github.com/actions/runner/"
"""What npm's clients write before the runner's word (libnpmpublish, `provenance.js`)."""

_SIGNER, _RUNNER, _REPOSITORY, _RUN = 9, 11, 12, 21


def certified_claims(certificate: Certificate, workload: Workload) -> Mapping[str, str]:
    """Return name to text for everything that the certificate says of its run."""
    extensions = certificate.extensions
    claims: dict[str, Field[str] | None] = {
        "repository": repository_address(certificate, workload),
        "repository_name": workload.repository,
        "repository_id": workload.repository_id,
        "owner_id": workload.owner_id,
        "workflow": workload.caller_workflow_ref,
        "workflow_sha": workload.caller_workflow_sha,
        "ref": workload.ref,
        "event": workload.event,
        "commit": workload.commit,
        "signer": extensions.get(_SIGNER),
        "runner": extensions.get(_RUNNER),
        "run": extensions.get(_RUN),
        "run_id": workload.run_id,
        "run_attempt": workload.run_attempt,
    }
    known = {name: text for name, text in claims.items() if isinstance(text, str)}
    if "ref" in known:
        known["ref_name"] = known["ref"].removeprefix("refs/heads/").removeprefix("refs/tags/")
    if "runner" in known:
        known["builder"] = _RUNNERS + known["runner"]
    if "run_id" in known and "run_attempt" in known:
        known["run_and_attempt"] = f"{known['run_id']}-{known['run_attempt']}"
    caller = caller_of(workload)
    if caller is not None:
        known |= {"workflow_path": caller.path, "workflow_ref": caller.revision}
    return known


def repository_address(certificate: Certificate, workload: Workload) -> str | None:
    """Return the address of the run's repository; None where the certificate has none."""
    address = certificate.extensions.get(_REPOSITORY)
    if address is not None or isinstance(workload.repository, Missing):
        return address
    is_legacy = workload.provider is Provider.GITHUB
    return _LEGACY_FORGE + workload.repository if is_legacy else None
