"""Is the run that signed the run that publishes? Provenance of another run proves nothing of it.

Both sides are proved: the certificate's Workload by its trust domain, the credential's by the ID
token of the exchange. They come of two different tokens of one job (facts/wire.md §2.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.identity.workload import UNKNOWN, Missing, Provider
from imprint.publishers.comparisons import claim_name, known
from imprint.refusals import Mismatch, Refusal, quoted
from imprint.registry.attesting.refusing import refusing

if TYPE_CHECKING:
    from imprint.identity.workload import Field, Workload

_COMPARED = (
    "repository_id",
    "owner_id",
    "run_id",
    "run_attempt",
    "job_id",
    "commit",
    "ref",
    "caller_workflow_ref",
    "called_workflow_ref",
    "environment",
)
_DECIDING = {
    Provider.GITHUB: (
        "repository_id",
        "owner_id",
        "run_id",
        "run_attempt",
        "caller_workflow_ref",
        "called_workflow_ref",
    ),
    # GitLab's certificates name the job, which is of one pipeline.
    Provider.GITLAB: ("repository_id", "owner_id", "job_id", "commit"),
    Provider.CIRCLECI: ("run_id", "job_id", "caller_workflow_ref"),
}
"""Without these on both sides nobody could say that it is the same run."""


def judge_run(signer: Workload, publisher: Workload) -> Refusal | None:
    """Return why the signing run is not the publishing one, or None: they are one and the same.

    (1) the same issuer, to the letter
    (2) what tells runs of this provider apart is known on both sides
    (3) whatever both sides know is equal
    """
    if (signer.provider, signer.issuer) != (publisher.provider, publisher.issuer):  # (1)
        return _another("iss", expected=publisher.issuer, actual=signer.issuer)
    deciding = _DECIDING.get(signer.provider, _COMPARED)
    for field in _COMPARED:
        actual: Field[str] = getattr(signer, field)
        expected: Field[str] = getattr(publisher, field)
        if field in deciding and (isinstance(actual, Missing) or isinstance(expected, Missing)):
            return _undecided(claim_name(signer.provider, field))  # (2)
        if actual != expected and UNKNOWN not in (actual, expected):  # (3)
            name = claim_name(signer.provider, field)
            return _another(name, expected=known(expected), actual=known(actual))
    return None


def _another(claim: str, *, expected: str | None, actual: str | None) -> Refusal:
    mismatch = Mismatch(claim=claim, expected=expected or "none", actual=actual)
    return refusing(
        Refusal(
            code="provenance-run",
            message=f"it is of another run: its `{claim}` is {_shown(actual)},"
            f" that of the publishing run is {_shown(expected)}",
            hint="provenance is signed by the very job that publishes",
            mismatches=(mismatch,),
        )
    )


def _undecided(claim: str) -> Refusal:
    return refusing(
        Refusal(
            code="provenance-run",
            message=f"whether it is of the publishing run cannot be told: `{claim}` is not known"
            " of both",
            hint="provenance is signed by the very job that publishes",
        )
    )


def _shown(text: str | None) -> str:
    return "missing" if text is None else quoted(text)
