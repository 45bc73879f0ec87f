"""A verdict on the screen, and as the JSON that scripts rely on (interface.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict

from imprint.cli.report import Report
from imprint.evidence.verdict import SIGNATURE, Outcome, Standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.evidence.verdict import AttestationStanding, Verdict

CLEAN, INVALID, UNDECIDED = 0, 1, 3
_WORDS = {
    Outcome.VALID: "verified",
    Outcome.INVALID: "not valid",
    Outcome.UNDECIDED: "undecided",
}


def report(verdicts: Sequence[Verdict]) -> Report:
    """Return what to say: of one version its own object, of several a list of them."""
    counts = {
        outcome.value: sum(verdict.outcome is outcome for verdict in verdicts)
        for outcome in Outcome
    }
    objects = [_object(verdict) for verdict in verdicts]
    lines = [line for verdict in verdicts for line in _lines(verdict)]
    if len(verdicts) == 1:
        return Report(lines=tuple(lines), summary=counts, values=objects[0])
    lines.append(", ".join(f"{count} {_WORDS[Outcome(name)]}" for name, count in counts.items()))
    return Report(lines=tuple(lines), summary=counts, values={"packages": objects})


def exit_code(verdicts: Sequence[Verdict]) -> int:
    """Return 1 where a version is not valid, else 3 where one is undecided, else 0."""
    outcomes = {verdict.outcome for verdict in verdicts}
    if Outcome.INVALID in outcomes:
        return INVALID
    return CLEAN if outcomes == {Outcome.VALID} else UNDECIDED


def _object(verdict: Verdict) -> dict[str, object]:
    return asdict(verdict)


def _lines(verdict: Verdict) -> Iterator[str]:
    subject = f"{verdict.name}@{verdict.version}" if verdict.name else "the bundle"
    reason = f" ({verdict.code})" if verdict.code else ""
    yield f"{subject}: {_WORDS[verdict.outcome]}{reason}"
    if verdict.message:
        yield f"  {verdict.message}"
    if verdict.hint:
        yield f"  hint: {verdict.hint}"
    if all(item.what != SIGNATURE for item in verdict.not_checked):
        yield f"  {SIGNATURE}: {_signature(verdict)}"
    for attestation in verdict.attestations:
        yield from _attestation(attestation)
    for text in verdict.checked:
        yield f"  {text}"
    for finding in verdict.findings:
        yield f"  {finding.severity}: {finding.message} ({finding.code})"
    for item in verdict.not_checked:
        yield f"  not checked: {item.what}: {item.why}"


def _signature(verdict: Verdict) -> str:
    signature = verdict.signature
    if signature.state is Standing.VERIFIED:
        return f"verified, key {signature.keyid}"
    reason = f" ({signature.code})" if signature.code else ""
    why = f": {signature.message}" if signature.message else ""
    return f"{signature.state}{reason}{why}"


def _attestation(attestation: AttestationStanding) -> Iterator[str]:
    reason = f" ({attestation.code})" if attestation.code else ""
    yield f"  {attestation.predicate_type or 'attestation'}: {attestation.state}{reason}"
    if attestation.message:
        yield f"    {attestation.message}"
    for sentence in attestation.sentences:
        yield f"    {sentence}"
