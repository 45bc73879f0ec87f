"""The tables of a policy file: what is required, accepted, quarantined, and the rules' levels."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from imprint.history.axes import Approval, Auth, Grade, Origin, Signature
from imprint.history.events import EventSeverity
from imprint.npm.advisories.model import AdvisorySeverity
from imprint.npm.integrity import parse_sri
from imprint.policy.codes import NEVER_ACCEPTED, RuleCode, canonical_rule, parse_rule
from imprint.policy.model import (
    Accept,
    AdvisoryRules,
    AllowedAdvisory,
    IdentityPin,
    LicenseRules,
    Minimum,
    Quarantine,
    Requirement,
    Rule,
    RuleLevel,
    ScopeRule,
    Weight,
)
from imprint.policy.reading import Table
from imprint.publishers.refs import RefPattern
from imprint.reachability.exposure import Exposure

if TYPE_CHECKING:
    from collections.abc import Iterator

E = TypeVar("E", bound=StrEnum)

WEIGHTS = {"allow": Weight.NONE, "warn": Weight.WARN, "block": Weight.BLOCK}
_LEVELS = {"warn": Weight.WARN, "block": Weight.BLOCK}
_SEVERITIES = {one.word: one for one in EventSeverity}
_EXPOSURES = {one.word: one for one in Exposure}
_GRADES = {grade.value: grade for grade in Grade if grade.value.startswith("L")}
_ELSEWHERE = {
    RuleCode.UNKNOWN_EVIDENCE: "unknown",
    RuleCode.LICENSE_UNKNOWN: "licenses.unknown",
    RuleCode.ADVISORY: "advisories.block",
}
"""Rules whose level has a key of its own."""
_MOST_WORDS = 8
"""Of a rule's id."""
_STRONG = ("sha512", "sha384", "sha256")


def read_rules(table: Table) -> dict[str, Rule]:
    """Return the level of each rule that `[rules]` names, dotted spellings too."""
    found: dict[str, Rule] = {}
    for within, key, name in _flat(table, ()):
        rule = within.parsed(key, name, parse_rule)
        if rule in found:
            within.fault(key, f"says `{rule}` twice")
        if rule in NEVER_ACCEPTED:
            within.fault(
                key,
                f"sets `{rule}`, which always blocks",
                hint="`[[quarantine]]` vouches for one exact tarball",
            )
        if rule in _ELSEWHERE:
            within.fault(key, f"sets `{rule}`: its level is `{_ELSEWHERE[RuleCode(rule)]}`")
        found[rule] = _rule(within, key)
        table.sheet.said[f"rules.{rule}"] = table.sheet.where((*within.path, key))
    return found


def read_requirement(table: Table, *, vendor: bool = False) -> Requirement:
    """Return one `[[require]]`, or one `[[vendor]]`."""
    identity = None if vendor else table.table("identity")
    when = None if vendor else table.table("when")
    minimum = _minimum(table, vendor=vendor)
    if minimum is None and identity is None:
        table.fault("", "asks for nothing", hint='`minimum = "L5"` asks for a trusted publisher')
    name = table.needed("name", "it names the supplier") if vendor else ""
    return Requirement(
        packages=table.packages("packages", is_wide=True, is_needed=True),
        any_of=() if minimum is None else (minimum,),
        identity=None if identity is None else _identity(identity),
        reach=frozenset() if when is None else _reach(when),
        level=(None if vendor else table.choice("level", _LEVELS)) or Weight.BLOCK,
        enforce_from=table.day("enforce-from"),
        asked_by=f"vendor {name}" if vendor else f"`[[require]]` at {table.where}",
        contact=table.text("contact") if vendor else None,
    )


def read_accept(table: Table) -> Accept:
    """Return one `[[accept]]`: reason and last day are mandatory."""
    rule = table.parsed("rule", table.needed("rule", "it names the rule"), parse_rule)
    if rule in NEVER_ACCEPTED:
        table.fault(
            "rule",
            f"is `{rule}`, which is never accepted",
            hint="`[[quarantine]]` vouches for one exact tarball, by its digest",
        )
    return Accept(
        rule=rule,
        packages=table.packages("packages", is_wide=False, is_needed=True),
        why=table.needed("reason", "an acceptance says why"),
        until=_until(table),
        by=table.text("by"),
        before=table.text("from"),
        after=table.text("to"),
        where=table.where,
    )


def read_quarantine(table: Table) -> Quarantine:
    """Return one `[[quarantine]]`: it refuses, or it vouches until a day."""
    refuses, vouches = table.flag("refuse"), table.flag("vouch")
    if refuses == vouches:
        table.fault("", "has to say one of `refuse = true` and `vouch = true`")
    integrity = table.needed("integrity", "it is the digest of the tarball")
    hashes = table.parsed("integrity", integrity, parse_sri)
    if vouches and not any(algorithm in _STRONG for algorithm, _ in hashes):
        table.fault("integrity", "is too weak to vouch for, expected a sha512")
    return Quarantine(
        integrity=integrity,
        is_refused=refuses,
        why=table.needed("reason", "a quarantine says why"),
        until=_until(table) if vouches else None,
        by=table.text("by"),
        where=table.where,
    )


def read_advisories(table: Table, default: AdvisoryRules) -> AdvisoryRules:
    """Return what known flaws come to."""
    choices: dict[str, AdvisorySeverity | None] = {
        one.value: one for one in AdvisorySeverity if one is not AdvisorySeverity.UNKNOWN
    }
    block = default.block
    if "block" in table.values:
        block = table.choice("block", {**choices, "none": None})
    return AdvisoryRules(block=block, allow=tuple(map(_allowed, table.tables("allow"))))


def read_licenses(table: Table) -> LicenseRules:
    """Return which licences may be there."""
    unknown = table.choice("unknown", WEIGHTS)
    return LicenseRules(
        allow=table.texts("allow"),
        deny=table.texts("deny"),
        unknown=Weight.WARN if unknown is None else unknown,
    )


def read_scope_rule(table: Table) -> ScopeRule:
    """Return one `[[scope]]` that has names."""
    registry = table.text("registry")
    if registry is not None and not registry.startswith(("https://", "http://")):
        table.fault("registry", "is no address, expected `https://registry.example.test/`")
    is_own = table.flag("own")
    if registry is None and not is_own:
        table.fault("", "says nothing of its names", hint="say `registry`, or `own = true`")
    return ScopeRule(
        names=table.packages("names", is_wide=True, is_needed=True),
        registry=registry,
        is_own=is_own,
        where=table.where,
    )


def _flat(table: Table, path: tuple[str, ...]) -> Iterator[tuple[Table, str, str]]:
    """Yield each rule's table, its key there, and its whole name.

    `origin.dropped = "warn"` is a table in a table to TOML.
    """
    if len(path) > _MOST_WORDS:
        table.fault("", "is no rule: there are too many tables in it")
    for key, value in table.values.items():
        here = (*path, key)
        is_rule = canonical_rule(".".join(here)) is not None
        if isinstance(value, dict) and not (is_rule and {"level", "from"} & value.keys()):
            below = Table(table.sheet, (*table.path, key), table.form, value)
            yield from _flat(below, here)
        else:
            yield table, key, ".".join(here)


def _rule(table: Table, key: str) -> Rule:
    value = table.values[key]
    if isinstance(value, dict):
        # A table of a rule has its own two keys, whatever the rule is called.
        one = Table(table.sheet, (*table.path, key), "rules.*", value).refuse_unknown()
        level = one.member("level", RuleLevel) or RuleLevel.BY_SEVERITY
        least = one.choice("from", _SEVERITIES) or EventSeverity.WARN
        return Rule.of(level, least)
    level = table.member(key, RuleLevel) or RuleLevel.BY_SEVERITY
    return Rule.of(level, EventSeverity.WARN)


def _minimum(table: Table, *, vendor: bool) -> Minimum | None:
    grade = table.choice("minimum", _GRADES)
    if vendor:
        if grade is None:
            table.fault("minimum", "is not said: it is the least grade, `L1` to `L7`")
        return Minimum(grade=grade)
    minimum = Minimum(
        grade=grade,
        auth=_of(table, "auth", (Auth.OIDC, Auth.HUMAN_2FA, Auth.TOKEN)),
        approval=_of(table, "approval", (Approval.STAGED,)),
        origin=_of(table, "origin", (Origin.BOUND, Origin.VERIFIED, Origin.PRESENT)),
        signature=_of(table, "signature", (Signature.VALID,)),
    )
    return None if minimum == Minimum() else minimum


def _of(table: Table, key: str, members: tuple[E, ...]) -> E | None:
    return table.choice(key, {str(member): member for member in members})


def _identity(table: Table) -> IdentityPin:
    ref = table.text("ref")
    pin = IdentityPin(
        repository=table.text("repository"),
        repository_id=_id(table, "repository-id"),
        owner_id=_id(table, "owner-id"),
        workflow=table.text("workflow"),
        ref=None if ref is None else table.parsed("ref", ref, RefPattern.parse),
        issuer=table.text("issuer"),
    )
    if pin == IdentityPin():
        table.fault("", "pins nothing", hint='`repository = "owner/name"` pins the repository')
    return pin


def _id(table: Table, key: str) -> str | None:
    value = table.values.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return table.text(key)


def _reach(table: Table) -> frozenset[Exposure]:
    words = table.texts("reach")
    for word in words:
        if word not in _EXPOSURES:
            names = ", ".join(f"`{name}`" for name in reversed(_EXPOSURES))
            table.fault("reach", f"has `{word[:50]}` in it: there are {names}")
    return frozenset(_EXPOSURES[word] for word in words)


def _allowed(table: Table) -> AllowedAdvisory:
    return AllowedAdvisory(
        id=table.needed("id", "it names the advisory"),
        packages=table.packages("packages", is_wide=False, is_needed=False),
        why=table.needed("reason", "it says why the flaw may stay"),
        until=_until(table),
        by=table.text("by"),
        where=table.where,
    )


def _until(table: Table) -> float:
    until = table.day("until", is_end=True)
    if until is None:
        table.fault("until", "is not said: nothing is accepted for ever", "a day: `2027-01-31`")
    return until
