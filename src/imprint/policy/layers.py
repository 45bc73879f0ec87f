"""A policy over another: children may tighten, never loosen.

Whatever the parent refuses, the two together refuse: a property that the tests hold. What a child
may take away is only what the parent names in `may-accept`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NoReturn, TypeVar

import msgspec

from imprint.history.events import EventId
from imprint.npm.advisories.model import AdvisorySeverity
from imprint.policy.codes import RuleCode
from imprint.policy.model import AdvisoryRules, BundledScope, DevScope, Mode, Policy, Rule, Weight
from imprint.policy.presets import AXES, PRESETS
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

MOST_LAYERS = 8
"""How many policies may stand above one, in all."""

# From loose to strict.
MODE_ORDER = (Mode.OBSERVE, Mode.WARN, Mode.ENFORCE)
DEV_ORDER = (DevScope.NONE, DevScope.BUILD_ONLY, DevScope.ALL)
BUNDLED_ORDER = (BundledScope.WARN, BundledScope.INHERIT)
ADVISORY_ORDER = (
    None,
    AdvisorySeverity.CRITICAL,
    AdvisorySeverity.HIGH,
    AdvisorySeverity.MODERATE,
    AdvisorySeverity.LOW,
)
_OWN = (EventId.RELEASE_TOO_YOUNG, RuleCode.UNKNOWN_EVIDENCE)
"""What `own = true` frees names from."""
_NEVER = float("inf")


def tighten(parent: Policy, child: Policy) -> Policy:
    """Return the two as one: of each pair of values the stricter, of lists both.

    What the child leaves unsaid is the parent's. Raises Malformed (`policy-loosens`) where the
    child says a key that asks for less than its parent does, and names it.
    """
    _check_lists(parent, child)
    mode, enforce_from = _mode(parent, child)
    pair = _Pair(parent, child)
    return Policy(
        mode=mode,
        enforce_from=enforce_from,
        preset=pair.pick("preset", lambda one: one.preset, tuple(PRESETS)),
        fresh_seconds=pair.longer("fresh", lambda one: one.fresh_seconds),
        cooldown_seconds=pair.longer("cooldown", lambda one: one.cooldown_seconds),
        unknown=_unknown(parent, child),
        needs_history=parent.needs_history or ("preset" in child.said and child.needs_history),
        dev=pair.pick("scope.dev", lambda one: one.dev, DEV_ORDER),
        bundled=pair.pick("scope.bundled", lambda one: one.bundled, BUNDLED_ORDER),
        rules=_rules(parent, child),
        require=(*parent.require, *child.require),
        vendors=(*parent.vendors, *child.vendors),
        accept=(*parent.accept, *child.accept),
        accept_cap_seconds=_cap(parent, child),
        quarantine=(*parent.quarantine, *child.quarantine),
        advisories=AdvisoryRules(
            block=pair.pick("advisories.block", lambda one: one.advisories.block, ADVISORY_ORDER),
            allow=(*parent.advisories.allow, *child.advisories.allow),
        ),
        licenses=(*parent.licenses, *child.licenses),
        scopes=(*parent.scopes, *child.scopes),
        delegated=child.delegated if "may-accept" in child.said else parent.delegated,
        extends=(),
        origin=child.origin,
        said={**parent.said, **child.said},
        digest=hashlib.sha256(f"{parent.digest}\n{child.digest}".encode()).hexdigest(),
    )


class _Pair(msgspec.Struct, frozen=True):
    """A policy and the one that extends it."""

    parent: Policy
    child: Policy

    def pick(self, key: str, of: Callable[[Policy], T], order: Sequence[T]) -> T:
        """Return the stricter of their two values, `order` from loose to strict."""
        above, below = of(self.parent), of(self.child)
        if key in self.child.said and order.index(below) < order.index(above):
            _loosens(self.parent, self.child, key, "asks for less")
        if key not in self.child.said and "preset" not in self.child.said:
            return above
        return max(above, below, key=order.index)

    def longer(self, key: str, of: Callable[[Policy], float]) -> float:
        """Return the longer of two durations."""
        return self.pick(key, of, sorted({of(self.parent), of(self.child)}))


def _loosens(parent: Policy, child: Policy, key: str, what: str) -> NoReturn:
    at = child.said.get(key, child.origin)
    raise Malformed(
        "policy-loosens",
        f"{at}: `{key}` {what} than {parent.said.get(key, parent.origin)} does",
        hint="a policy may only tighten what it extends; `may-accept` there allows exceptions",
    )


def _cap(parent: Policy, child: Policy) -> float:
    if "accept-cap" not in child.said:
        return parent.accept_cap_seconds
    if child.accept_cap_seconds > parent.accept_cap_seconds:
        _loosens(parent, child, "accept-cap", "is longer")
    return child.accept_cap_seconds


def _mode(parent: Policy, child: Policy) -> tuple[Mode, float | None]:
    """Return the mode, and the day from which it enforces: at every moment the stricter."""
    above, above_from = phases(parent)
    below, below_from = phases(child)
    if "mode" in child.said and MODE_ORDER.index(below) < MODE_ORDER.index(above):
        _loosens(parent, child, "mode", "does less")
    if "enforce-from" in child.said and below_from > above_from:
        _loosens(parent, child, "enforce-from", "is later")
    is_said = bool({"mode", "preset"} & child.said.keys())
    if not is_said:
        below = above
    if not is_said and "enforce-from" not in child.said:
        below_from = above_from
    start = min(above_from, below_from)
    if start == -_NEVER:
        return Mode.ENFORCE, None
    return max(above, below, key=MODE_ORDER.index), None if start == _NEVER else start


def phases(policy: Policy) -> tuple[Mode, float]:
    """Return the mode before the moment from which it enforces, and that: Unix seconds, or ±inf."""
    if policy.enforce_from is None:
        is_now = policy.mode is Mode.ENFORCE
        return policy.mode, -_NEVER if is_now else _NEVER
    before = Mode.WARN if policy.mode is Mode.ENFORCE else policy.mode
    return before, policy.enforce_from


def _unknown(parent: Policy, child: Policy) -> Mapping[str, Weight]:
    named = {axis for axis in AXES if f"unknown.{axis}" in child.said}
    is_overall = "unknown" in child.said and (
        "unknown.default" in child.said or not any(key.startswith("unknown.") for key in child.said)
    )
    found: dict[str, Weight] = {}
    for axis in AXES:
        above, below = parent.unknown[axis], child.unknown[axis]
        is_said = axis in named or (is_overall and axis != "approval")
        if is_said and below < above:
            _loosens(parent, child, f"unknown.{axis}" if axis in named else "unknown", "is less")
        found[axis] = max(above, below) if is_said or "preset" in child.said else above
    return found


def _rules(parent: Policy, child: Policy) -> Mapping[str, Rule]:
    found = dict(parent.rules)
    codes = dict.fromkeys((*parent.rules, *child.rules))
    for code in codes:
        above, below = parent.rule(code), child.rule(code)
        key = f"rules.{code}"
        if key in child.said and below.is_looser_than(above):
            _loosens(parent, child, key, "does less")
        if key in child.said or "preset" in child.said:
            found[code] = above.stricter(below)
    return found


def _check_lists(parent: Policy, child: Policy) -> None:
    """Refuse what a child may not take away."""
    for one in child.accept:
        if one.rule not in parent.delegated:
            _takes_away(parent, one.where, f"accepts `{one.rule}`", one.rule)
    for allowed in child.advisories.allow:
        if RuleCode.ADVISORY not in parent.delegated:
            _takes_away(parent, allowed.where, "allows an advisory", RuleCode.ADVISORY)
    for vouch in child.quarantine:
        if not vouch.is_refused:
            raise Malformed(
                "policy-loosens",
                f"{vouch.where}: vouches for a tarball, which only {parent.origin} may",
            )
    owned = {pattern.text for rule in parent.scopes if rule.is_own for pattern in rule.names}
    for scope in child.scopes:
        is_covered = {pattern.text for pattern in scope.names} <= owned
        if scope.is_own and not is_covered and not parent.delegated.issuperset(map(str, _OWN)):
            _takes_away(parent, scope.where, "calls names its own", " ".join(_OWN))
    if "may-accept" in child.said and not child.delegated <= parent.delegated:
        _loosens(parent, child, "may-accept", "allows more")


def _takes_away(parent: Policy, where: str, what: str, rule: str) -> NoReturn:
    raise Malformed(
        "policy-loosens",
        f"{where}: {what}, which {parent.origin} does not allow",
        hint=f"`may-accept` there would have to name {rule}",
    )
