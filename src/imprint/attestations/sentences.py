"""Who signed, in plain sentences for people: a tuple of short lines. Not here: the verdict."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from imprint.attestations.proof import CertificateProof, KeyProof, Level, TimeSource
from imprint.attestations.workflow_references import called_by, caller_of
from imprint.identity.workload import Missing, Provider, Runner, Workload
from imprint.refusals import quoted

if TYPE_CHECKING:
    from imprint.attestations.proof import Certificate, Proof, VerifiedTime
    from imprint.identity.workload import Field

_WORKFLOW_TITLE, _RUN = 4, 21

_NAMES: Final = {
    Provider.GITHUB: "GitHub",
    Provider.GITLAB: "GitLab",
    Provider.CIRCLECI: "CircleCI",
    Provider.GENERIC: "provider",
}


def describe_proof(proof: Proof) -> tuple[str, ...]:
    """Return what a verified bundle proves, most important first."""
    match proof:
        case CertificateProof():
            lines = describe_identity(proof)
        case KeyProof():
            lines = (f"signed by the registry's key {quoted(proof.key_id)}",)
    return (*lines, *_evidence(proof))


def describe_identity(proof: CertificateProof) -> tuple[str, ...]:
    """Return who signed: the run with its ids, or that it was none."""
    workload = proof.workload
    if workload is None:
        certificate = proof.certificate
        subject, issuer = quoted(certificate.subject), quoted(certificate.issuer)
        return (f"signed by {subject} of {issuer}, which is no run of an allowed CI issuer",)
    lines = [_built_by(proof.certificate, workload)]
    called = called_by(workload)
    if called is not None:
        lines.append(
            f"the job is that of the reusable workflow {quoted(called.path)} "
            f"at {quoted(called.revision)} of {quoted(called.root)}"
        )
    lines += [", ".join(parts) for parts in (_circumstances(workload),) if parts]
    run = proof.certificate.extensions.get(_RUN)
    if run is not None:
        lines.append(f"run {quoted(run)}")
    if proof.level is Level.LEGACY:
        lines.append(
            "the certificate has names and no ids: whoever took over a name would look the same"
        )
    return tuple(lines)


def _built_by(certificate: Certificate, workload: Workload) -> str:
    caller = caller_of(workload)
    title = certificate.extensions.get(_WORKFLOW_TITLE)
    reference = _known(workload.caller_workflow_ref)
    if caller is not None:
        what = f"{quoted(caller.path)} at {quoted(caller.revision)}"
    elif reference is not None:
        what = f"the workflow {quoted(reference)}"
    elif title is not None:
        what = f"a workflow titled {quoted(title)}"
    else:
        what = "a workflow that the certificate does not name"
    if caller is None and (ref := _known(workload.ref)) is not None:
        what += f" at {quoted(ref)}"
    repository = _known(workload.repository)
    whose = "an unnamed repository" if repository is None else quoted(repository)
    ids = [
        f"{name} id {quoted(text)}"
        for name, value in (("repository", workload.repository_id), ("owner", workload.owner_id))
        if (text := _known(value)) is not None
    ]
    return f"built by {what} of {whose}" + (f" ({', '.join(ids)})" if ids else "")


def _circumstances(workload: Workload) -> list[str]:
    parts = []
    match workload.runner:
        case Runner.HOSTED:
            parts.append(f"on a {_NAMES[workload.provider]}-hosted runner")
        case Runner.SELF_HOSTED:
            parts.append("on a self-hosted runner")
        case Missing():
            pass
    if workload.ssh_rerun is True:
        parts.append("with a person's shell open inside the job")
    for words, value in (
        ("started by", workload.event),
        ("in environment", workload.environment),
        ("from a repository that was", workload.visibility),
        ("commit", workload.commit),
    ):
        text = _known(value)
        if text is not None:
            parts.append(f"{words} {quoted(text)}")
    return parts


def _evidence(proof: Proof) -> tuple[str, ...]:
    times = [_time(time) for time in proof.times[:1]]
    entries = [f"logged as entry {entry.log_index}" for entry in proof.entries[:1]]
    return (", ".join([*times, *entries, f"trust domain {quoted(proof.domain)}"]),)


def _time(time: VerifiedTime) -> str:
    try:
        moment = datetime.fromtimestamp(time.moment, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        moment = f"{time.moment:.0f} s after 1970"
    who = "a log" if time.source is TimeSource.LOG else "a timestamp authority"
    return f"signed at `{moment}` by the word of {who}"


def _known(value: Field[str]) -> str | None:
    return None if isinstance(value, Missing) else value
