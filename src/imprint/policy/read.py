"""`imprint.toml` → Policy. Total: any text is a policy, or Malformed that says where it is not."""

from __future__ import annotations

import hashlib
import re
import tomllib
from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.policy.codes import NEVER_ACCEPTED, parse_rule
from imprint.policy.model import (
    MOST_ACCEPTED_SECONDS,
    USUAL_ACCEPTED_SECONDS,
    BundledScope,
    DevScope,
    Extends,
    Mode,
    Policy,
    Requirement,
    Weight,
)
from imprint.policy.patterns import PackagePattern
from imprint.policy.places import places_of
from imprint.policy.presets import AXES, DEFAULT_PRESET, PRESETS, Preset
from imprint.policy.reading import Sheet, Table
from imprint.policy.sections import (
    WEIGHTS,
    read_accept,
    read_advisories,
    read_licenses,
    read_quarantine,
    read_requirement,
    read_rules,
    read_scope_rule,
)
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.policy.model import ScopeRule

FILE_NAME = "imprint.toml"
MOST_CHARACTERS = 512 * 1024
VERSION = 1
MOST_PARENTS = 4
_EXTENDS = re.compile(r"(?P<address>[^#\s][^#]*)#sha256:(?P<digest>[0-9a-f]{64})")


def read_policy(text: str, *, origin: str) -> Policy:
    """Return the policy that `text` spells; `origin` is its file, for messages.

    What it does not say is its preset's, without one `no-downgrade`'s. Raises Malformed
    (`malformed-policy`, `unknown-policy-key`, `policy-value`, `unknown-rule`, and what patterns
    and ranges raise), which names file and line.
    """
    sheet = Sheet(origin, {})
    values = _parsed(text, origin)
    sheet = Sheet(origin, places_of(text))
    top = Table(sheet, (), "", values).refuse_unknown()
    if values.get("version", VERSION) != VERSION or values.get("version") is True:
        top.fault("version", f"is {quoted(str(values['version'])[:50])}, read here is `{VERSION}`")
    name = top.choice("preset", {one: one for one in PRESETS}) or DEFAULT_PRESET
    return _policy(top, name, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest())


def default_policy(preset: str = DEFAULT_PRESET) -> Policy:
    """Return a preset's policy, as it is where there is no file. Raises Malformed for no preset."""
    policy = read_policy(f'preset = "{preset}"\n', origin=f"preset {preset}")
    return replace(policy, said={})


def _parsed(text: str, origin: str) -> dict[str, object]:
    if len(text) > MOST_CHARACTERS:
        raise Malformed("malformed-policy", f"{origin}: longer than {MOST_CHARACTERS} characters")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError, OverflowError) as err:
        what = "tables are nested too deep" if isinstance(err, RecursionError) else str(err)
        raise Malformed(
            "malformed-policy",
            f"{origin}: no TOML: {quoted(what)}",
            hint="texts stand in quotes, days do not: `until = 2027-01-31`",
        ) from err


def _policy(top: Table, name: str, digest: str) -> Policy:
    preset = PRESETS[name]
    rules, licenses = top.values.get("rules"), top.table("licenses")
    advisories = top.table("advisories")
    dev, bundled, scopes = _scopes(top, preset)
    fresh, cooldown = top.seconds("fresh"), top.seconds("cooldown")
    return Policy(
        mode=top.member("mode", Mode) or preset.mode,
        enforce_from=top.day("enforce-from"),
        preset=name,
        fresh_seconds=preset.fresh_seconds if fresh is None else fresh,
        cooldown_seconds=preset.cooldown_seconds if cooldown is None else cooldown,
        unknown=_unknown(top, preset.unknown),
        needs_history=preset.needs_history,
        dev=dev,
        bundled=bundled,
        rules={**preset.rules, **({} if rules is None else read_rules(_rules_table(top)))},
        require=(*_of_preset(preset, name), *map(read_requirement, top.tables("require"))),
        vendors=tuple(read_requirement(one, vendor=True) for one in top.tables("vendor")),
        accept=tuple(map(read_accept, top.tables("accept"))),
        accept_cap_seconds=_cap(top),
        quarantine=tuple(map(read_quarantine, top.tables("quarantine"))),
        advisories=(
            preset.advisories
            if advisories is None
            else read_advisories(advisories, preset.advisories)
        ),
        licenses=() if licenses is None else (read_licenses(licenses),),
        scopes=scopes,
        delegated=frozenset(_delegated(top)),
        extends=tuple(_extends(top)),
        origin=top.sheet.origin,
        said=dict(top.sheet.said),
        digest=digest,
    )


def _of_preset(preset: Preset, name: str) -> Iterator[Requirement]:
    if preset.minimum:
        yield Requirement(
            packages=(PackagePattern.parse("*", is_wide=True),),
            any_of=preset.minimum,
            asked_by=f"preset {name}",
            is_critical=False,
        )


def _rules_table(top: Table) -> Table:
    value = top.values["rules"]
    if not isinstance(value, dict):
        top.fault("rules", "is no table, expected `[rules]`")
    return Table(top.sheet, ("rules",), "rules", value)


def _unknown(top: Table, usual: Mapping[str, Weight]) -> Mapping[str, Weight]:
    value = top.values.get("unknown")
    if value is None:
        return usual
    if isinstance(value, str):
        weight = top.choice("unknown", WEIGHTS)
        overall = Weight.WARN if weight is None else weight
        # Most registries cannot tell of approval: who wants to hear of it names it.
        return {**dict.fromkeys(AXES, overall), "approval": usual["approval"]}
    table = top.table("unknown")
    found = dict(usual)
    if table is not None:
        default = table.choice("default", WEIGHTS)
        if default is not None:
            found = {**dict.fromkeys(AXES, default), "approval": usual["approval"]}
        for axis in AXES:
            weight = table.choice(axis, WEIGHTS)
            if weight is not None:
                found[axis] = weight
    return found


def _scopes(top: Table, preset: Preset) -> tuple[DevScope, BundledScope, tuple[ScopeRule, ...]]:
    """Take `scope` apart: one table, or several; those with names are rules about these."""
    value = top.values.get("scope")
    if isinstance(value, dict):
        single = top.table("scope")
        tables = [] if single is None else [single]
    else:
        tables = list(top.tables("scope", form="scope"))
    dev, bundled, rules = preset.dev, preset.bundled, []
    for table in tables:
        if "names" in table.values:
            rules.append(read_scope_rule(table))
        elif {"registry", "own"} & table.values.keys():
            table.fault("names", "is not said: it names the packages")
        dev = table.member("dev", DevScope) or dev
        bundled = table.member("bundled", BundledScope) or bundled
    return dev, bundled, tuple(rules)


def _cap(top: Table) -> float:
    cap = top.seconds("accept-cap")
    if cap is None:
        return USUAL_ACCEPTED_SECONDS
    if not 0 < cap <= MOST_ACCEPTED_SECONDS:
        top.fault("accept-cap", "has to be between a day and `365d`")
    return cap


def _delegated(top: Table) -> Iterator[str]:
    for text in top.texts("may-accept"):
        rule = top.parsed("may-accept", text, parse_rule)
        if rule in NEVER_ACCEPTED:
            top.fault("may-accept", f"names `{rule}`, which is never accepted")
        yield rule


def _extends(top: Table) -> Iterator[Extends]:
    texts = top.texts("extends")
    if len(texts) > MOST_PARENTS:
        top.fault("extends", f"names {len(texts)} policies, {MOST_PARENTS} are the most")
    for text in texts:
        found = _EXTENDS.fullmatch(text)
        if found is None:
            top.fault(
                "extends",
                f"is {quoted(text)}, expected an address, `#sha256:` and 64 hex digits",
                hint="`sha256sum FILE` prints them",
            )
        yield Extends(
            address=found["address"].strip(),
            sha256=found["digest"],
            where=top.sheet.where(("extends",)),
        )
