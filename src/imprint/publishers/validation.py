"""Single parts of a publisher's configuration: words, events, claims, and refs that agree."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from imprint.identity.workload import RefType
from imprint.publishers.refs import TAG_PREFIX
from imprint.publishers.rules import type_of_ref
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imprint.publishers.publisher import PublicationLimits, WorkloadRules

INVALID = "invalid-publisher"
"""The code of every combination that cannot be; most single values have codes of their own."""

_LONGEST_CLAIM = 1024
_NEVER_ENOUGH = frozenset({"iss", "aud", "sub"})
_NEVER_EQUAL = frozenset({"exp", "iat", "nbf", "jti"})
_EVENT = frozenset("abcdefghijklmnopqrstuvwxyz_")

Word = TypeVar("Word", bound=StrEnum)


def distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts in their order, each once."""
    return tuple(dict.fromkeys(texts))


def word_of(text: str, words: type[Word], what: str) -> Word:
    """Return the word that `text` is; raises Malformed naming all there are."""
    try:
        return words(text)
    except ValueError:
        known = " or ".join(f"`{word.value}`" for word in words)
        raise Malformed(INVALID, f"{what} {quoted(text)} is none: {known}") from None


def words_of(texts: Iterable[str], words: type[Word], what: str) -> tuple[Word, ...]:
    """Return the words that the texts are, each once; raises Malformed."""
    return tuple(word_of(text, words, what) for text in distinct(texts))


def event_names(events: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return an allow-list of events; None is none, and an empty one is refused (case E18)."""
    if events is None:
        return ()
    if not events:
        raise Malformed(INVALID, "the list of events is empty: no run could ever publish")
    for event in events:
        if not event or not set(event) <= _EVENT:
            raise Malformed("invalid-event", f"event {quoted(event)} is none: one is `push`")
    return distinct(events)


def claim_rules(claims: Mapping[str, str]) -> Mapping[str, str]:
    """Return a generic issuer's rules; raises Malformed for too few of them (case F19)."""
    for name, value in claims.items():
        if name in _NEVER_EQUAL:
            raise Malformed(INVALID, f"claim `{name}` differs in every token: no rule can be on it")
        if not name or not value or max(len(name), len(value)) > _LONGEST_CLAIM:
            raise Malformed(INVALID, f"the rule on claim {quoted(name)} is empty or too long")
    if set(claims) <= _NEVER_ENOUGH:
        raise Malformed(
            INVALID,
            "a trusted publisher of a generic issuer needs a rule on more than iss, aud and sub",
            hint="name the claims that tell repository, workflow and ref: `--claim NAME=VALUE`",
        )
    return dict(claims)


def require_a_ref(rules: WorkloadRules, limits: PublicationLimits) -> None:
    """Refuse patterns, type and template that no ref satisfies at once; raises Malformed."""
    possible = {RefType.BRANCH, RefType.TAG}
    if rules.refs:
        possible = {
            type_of_ref(ref)
            for pattern in rules.refs
            for ref in (pattern.witness(), pattern.witness_under(TAG_PREFIX))
            if ref is not None
        }
    if rules.ref_type is not None:
        possible &= {rules.ref_type}
    if not possible:
        raise Malformed(INVALID, "no ref of the type that is asked for matches the refs")
    if limits.tag_template is not None and RefType.TAG not in possible:
        raise Malformed(INVALID, "the tag template asks for a tag, and no tag matches the refs")
