"""How the gate is: its policy, its upstreams, what it keeps, what it holds, and what it doubts.

Values for JSON, the same for the routes and for `imprint gate status`. Not here: who may see them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.gate.judging.effects import until_of
from imprint.gate.metrics import Gauge
from imprint.gate.withholding import codes_of
from imprint.npm.packument import iso
from imprint.policy.decisions import Admitted, Refused, Undecided, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imprint.gate.gate import Gate
    from imprint.gate.judging.policies import GatePolicy, Policies
    from imprint.gate.model import JudgedDocument, VersionVerdict
    from imprint.policy.model import Accept, Quarantine
    from imprint.storage.gate_records import Asked, Counts, KeptDecision

Values = dict[str, object]


def gate_values(gate: Gate, counts: Counts) -> Values:
    """Return how the gate is; `counts` are of the records."""
    now = gate.clock()
    remembered = gate.judging.remembered()
    return {
        "upstreams": [
            {"label": one.label, "url": one.url, "scopes": sorted(one.scopes)}
            for one in gate.upstreams.all
        ],
        "policy": policy_values(gate.policies, now=now),
        "packages": {
            "judged": len(remembered),
            "with_withheld_versions": sum(bool(one.withheld) for one in remembered),
            "in_doubt": sum(one.doubt is not None for one in remembered),
        },
        "documents": {**_counts(gate), "held_bytes": gate.documents.held_bytes},
        "records": {
            "decisions": counts.decisions,
            "withheld_versions": counts.withheld,
            "inventory": counts.inventory,
            "clients": counts.clients,
        },
        "failures": _failures(gate),
    }


def policy_values(policies: Policies, *, now: float) -> Values:
    """Return the policy in force, and why a newer one is not."""
    current, broken = policies.current, policies.not_loaded
    return {
        "in_force": None if current is None else _policy(current, now),
        "not_loaded": None
        if broken is None
        else {
            "code": broken.refusal.code,
            "message": broken.refusal.message,
            "since": iso(broken.since),
        },
    }


def held_values(
    judged: Sequence[JudgedDocument], *, name: str | None = None, limit: int
) -> tuple[list[Values], int]:
    """Return versions that are withheld, up to `limit`, and how many there are beyond them.

    Each with the moment from which it is served by itself. Of the packages that are in memory:
    those that somebody asked for since the policy is in force.
    """
    found: list[Values] = []
    more = 0
    for one in sorted(judged, key=lambda each: each.name):
        if name not in {None, one.name}:
            continue
        room = limit - len(found)
        # Policies that ask for much withhold old versions by the thousand.
        shown = sorted(one.withheld)[:room] if room else []
        found += [{"name": one.name, **verdict_values(one.verdicts[each])} for each in shown]
        more += len(one.withheld) - len(shown)
    return found, more


def doubt_values(judged: Sequence[JudgedDocument]) -> list[Values]:
    """Return the packages that were judged by less than there should be, and why."""
    found: list[Values] = [
        {"name": one.name, "doubt": one.doubt} for one in judged if one.doubt is not None
    ]
    return sorted(found, key=lambda each: str(each["name"]))


def verdict_values(verdict: VersionVerdict) -> Values:
    """Return what becomes of one version."""
    decision = verdict.decision
    match decision:
        case Refused(reasons=reasons) | Undecided(reasons=reasons):
            pass
        case Admitted(warnings=reasons):
            pass
    until = until_of(decision)
    return {
        "version": verdict.version,
        "verdict": verdict_of(decision),
        "effect": verdict.effect.value,
        "codes": list(codes_of(verdict)),
        "reasons": [
            {"code": one.code, "message": one.message, "hint": one.hint} for one in reasons
        ],
        "sentence": verdict.sentence,
        "until": _moment(until),
    }


def decision_values(kept: KeptDecision) -> Values:
    """Return a decision that was told."""
    return {
        "id": kept.id,
        "name": kept.name,
        "version": kept.version,
        "integrity": kept.integrity,
        "verdict": kept.verdict,
        "effect": kept.effect,
        "codes": list(kept.codes),
        "sentence": kept.sentence,
        "client_claimed": kept.client,
        "channel": kept.channel,
        "policy_digest": kept.policy_digest,
        "first_told": iso(kept.first_at),
        "last_told": iso(kept.last_at),
        "times": kept.times,
    }


def asked_values(asked: Asked) -> Values:
    """Return who asked for what; it is the client's claim."""
    return {
        "name": asked.name,
        "version": asked.version,
        "client_claimed": asked.client,
        "first_asked": iso(asked.first_at),
        "last_asked": iso(asked.last_at),
    }


def gauges(gate: Gate) -> Iterator[Gauge]:
    """Yield what is as it is at the moment, for metrics."""
    remembered = gate.judging.remembered()
    current = gate.policies.current
    yield Gauge(name="gate_packages_judged", help="Packages in memory.", value=len(remembered))
    yield Gauge(
        name="gate_versions_withheld",
        help="Versions of packages in memory that are withheld.",
        value=sum(len(one.withheld) for one in remembered),
    )
    yield Gauge(
        name="gate_packages_in_doubt",
        help="Packages in memory that were judged by less than there should be.",
        value=sum(one.doubt is not None for one in remembered),
    )
    yield Gauge(
        name="gate_policy_broken",
        help="1: the policy's file cannot be loaded, and an older one is in force.",
        value=float(gate.policies.not_loaded is not None),
    )
    if current is not None:
        labels = (("digest", current.digest[:16]), ("mode", current.mode(gate.clock()).value))
        yield Gauge(name="gate_policy_info", help="The policy in force.", value=1.0, labels=labels)
    for what, value in _counts(gate).items():
        yield Gauge(
            name="gate_documents",
            help="What asking upstreams for packuments came to, since the start.",
            value=value,
            labels=(("outcome", what),),
        )
    for kind, size in (
        ("packuments", gate.documents.held_bytes),
        ("ready", gate.packuments.size_bytes),
        ("small", gate.tarballs.held_bytes),
        ("tarballs", gate.tarballs.size_bytes),
    ):
        if size is not None:
            yield Gauge(
                name="gate_cache_bytes",
                help="What is kept: packuments, ready answers and small tarballs in memory,"
                " tarballs on disk.",
                value=size,
                labels=(("kind", kind),),
            )


def _counts(gate: Gate) -> Mapping[str, int]:
    counts = gate.documents.counts
    return {
        "asked": counts.asked,
        "changed": counts.changed,
        "unchanged": counts.unchanged,
        "missing": counts.missing,
        "failed": counts.failed,
        "in_doubt": counts.in_doubt,
        "bytes": counts.size_bytes,
    }


def _failures(gate: Gate) -> list[str]:
    found = (gate.documents.failure, gate.records.index.failure, gate.tarballs.failure)
    return [each for each in found if each is not None]


def _policy(current: GatePolicy, now: float) -> Values:
    policy = current.loaded.policy
    return {
        "preset": policy.preset,
        "origin": policy.origin,
        "digest": current.digest,
        "mode": current.mode(now).value,
        "enforce_from": None if policy.enforce_from is None else iso(policy.enforce_from),
        "undecided": current.undecided.value or "by-mode",
        "since": iso(current.since),
        "withholds": current.mode(now).value == "enforce",
        "acceptances": [_acceptance(one, now) for one in policy.accept],
        "quarantine": [_quarantine(one, now) for one in policy.quarantine],
    }


def _acceptance(one: Accept, now: float) -> Values:
    """Return what somebody let through, and whether it counts yet: an end brings it back."""
    return {
        "rule": one.rule,
        "packages": [pattern.text for pattern in one.packages],
        "reason": one.why,
        "by": one.by,
        "until": _moment(one.until),
        "is_over": now >= one.until,
        "where": one.where,
    }


def _quarantine(one: Quarantine, now: float) -> Values:
    """Return a tarball that is refused by its digest, or vouched for."""
    return {
        "integrity": one.integrity,
        "refuses": one.is_refused,
        "reason": one.why,
        "by": one.by,
        "until": _moment(one.until),
        "is_over": one.until is not None and now >= one.until,
        "where": one.where,
    }


def _moment(at: float | None) -> str | None:
    """Return a moment that an upstream's times lead to; None too where no calendar has it."""
    try:
        return None if at is None else iso(at)
    except (OverflowError, ValueError, OSError):
        return None
