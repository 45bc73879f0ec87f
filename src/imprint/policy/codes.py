"""What rules are called: ids of events and the rules' own; how they are ranked, and accepted."""

from __future__ import annotations

import difflib
import hashlib
from enum import StrEnum

from imprint.history.events import EventId
from imprint.refusals import Malformed, quoted


class RuleCode(StrEnum):
    """What a reason can be called beside an event's id. Each has a page (`imprint explain ID`)."""

    QUARANTINED = "quarantined"
    MALWARE = "malware"
    SCOPE_REGISTRY = "scope-registry"
    NOT_FROM_REGISTRY = "not-from-registry"
    IDENTITY_NOT_PINNED = "identity-not-pinned"
    BELOW_MINIMUM = "below-minimum"
    ADVISORY = "advisory"
    LICENSE_DENIED = "license-denied"
    LICENSE_UNKNOWN = "license-unknown"
    UNKNOWN_EVIDENCE = "unknown-evidence"


BROKEN = frozenset(
    (
        EventId.SIGNATURE_INVALID,
        EventId.INTEGRITY_MISMATCH,
        EventId.ATTESTATION_INVALID,
        EventId.ATTESTATION_SUBJECT_MISMATCH,
    )
)
"""Cryptography says no. Never accepted and never known, only vouched for by exact digest (facts:
consumers §6.6)."""

NEVER_ACCEPTED = frozenset((*map(str, BROKEN), RuleCode.MALWARE, RuleCode.QUARANTINED))

IDENTITY_RULES = frozenset(
    (
        EventId.PUBLISHER_CONFIG_CHANGED,
        EventId.PUBLISHER_REPO_CHANGED,
        EventId.PUBLISHER_ISSUER_CHANGED,
        EventId.PUBLISHER_WORKFLOW_CHANGED,
        EventId.PUBLISHER_USER_NEW,
        EventId.PUBLISHER_USER_EMAIL_CHANGED,
    )
)
"""Accepted from one identity to one other: the next change is another matter."""

RULES = (*map(str, EventId), *map(str, RuleCode))
"""Every rule there is, in the order of their pages."""

_WORDS = {
    "sig": "signature",
    "att": "attestation",
    "dep": "dependency",
    "deps": "dependencies",
    "unknown": "unknown-evidence",
}
"""Short words that facts pages and people use."""

_WORST = (
    RuleCode.QUARANTINED,
    RuleCode.MALWARE,
    EventId.SIGNATURE_INVALID,
    EventId.INTEGRITY_MISMATCH,
    EventId.ATTESTATION_INVALID,
    EventId.ATTESTATION_SUBJECT_MISMATCH,
    RuleCode.SCOPE_REGISTRY,
    EventId.HISTORY_REWRITTEN,
    EventId.RELEASE_UNPUBLISHED,
    RuleCode.IDENTITY_NOT_PINNED,
    EventId.PUBLISHER_REPO_CHANGED,
    EventId.PUBLISHER_ISSUER_CHANGED,
    EventId.RELEASE_EXOTIC_DEPENDENCY_ADDED,
    EventId.RELEASE_INSTALL_SCRIPT_ADDED,
    EventId.AUTH_REGRESSED,
    EventId.ORIGIN_DROPPED,
    EventId.APPROVAL_DROPPED,
    EventId.LINE_BELOW_PACKAGE,
    EventId.RELEASE_NEWBORN_DEPENDENCY,
    RuleCode.BELOW_MINIMUM,
    RuleCode.ADVISORY,
)
_LAST = (EventId.RELEASE_TOO_YOUNG, RuleCode.UNKNOWN_EVIDENCE)
_BETWEEN = tuple(rule for rule in RULES if rule not in _WORST and rule not in _LAST)
_RANKS = {str(code): rank for rank, code in enumerate((*_WORST, *_BETWEEN, *_LAST))}


def rank_of(code: str) -> int:
    """Return where a rule stands among all: the worst is 0."""
    return _RANKS.get(code, len(_RANKS))


def canonical_rule(text: str) -> str | None:
    """Return the id that `text` spells, in kebab-case or dotted (`origin.dropped`); else None."""
    plain = text.replace(".", "-").replace("_", "-")
    if plain in _RANKS:
        return plain
    expanded = "-".join(_WORDS.get(word, word) for word in plain.split("-"))
    return expanded if expanded in _RANKS else None


def parse_rule(text: str) -> str:
    """Return the id that `text` spells; raises Malformed (`unknown-rule`), the nearest named."""
    found = canonical_rule(text)
    if found is None:
        near = difflib.get_close_matches(text.replace(".", "-"), RULES, n=1, cutoff=0.0)
        raise Malformed(
            "unknown-rule",
            f"there is no rule {quoted(text)}: the nearest is `{near[0]}`",
            hint="`imprint explain` lists events and reasons",
        )
    return found


def fingerprint_of(package: str, code: str, detail: str) -> str:
    """Return what a reason is known by over runs: 12 hex digits."""
    return hashlib.sha256(f"{package}\0{code}\0{detail}".encode("utf-8", "replace")).hexdigest()[
        :12
    ]
