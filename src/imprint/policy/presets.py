"""The presets: from watching alone to trusted publishing for all, as tables to be read.

What is not in a table of rules is by severity: an event's error blocks, its warning warns.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from imprint.history.axes import Approval, Auth, Origin, Signature
from imprint.history.events import EventId, EventSeverity
from imprint.npm.advisories.model import AdvisorySeverity
from imprint.policy.codes import RULES, RuleCode
from imprint.policy.model import (
    DAY_SECONDS,
    AdvisoryRules,
    BundledScope,
    DevScope,
    Minimum,
    Mode,
    Rule,
    RuleLevel,
    Weight,
)

AXES = (
    "auth",
    "approval",
    "origin",
    "signature",
    "time",
    "packument",
    "advisories",
    "license",
)
"""Of what evidence can be lacking (`subjects.Lacking.axis`)."""

DEFAULT_PRESET = "no-downgrade"

_BLOCK = Rule.of(RuleLevel.BLOCK)
_WARN = Rule.of(RuleLevel.WARN)
_OFF = Rule.of(RuleLevel.OFF)


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """Where a policy starts from."""

    summary: str
    mode: Mode = Mode.ENFORCE
    rules: Mapping[str, Rule]
    minimum: tuple[Minimum, ...] = ()
    """Asked of every package: one of them is met."""
    fresh_seconds: float = 30 * DAY_SECONDS
    cooldown_seconds: float = DAY_SECONDS
    unknown: Mapping[str, Weight]
    needs_history: bool = True
    dev: DevScope = DevScope.BUILD_ONLY
    bundled: BundledScope = BundledScope.INHERIT
    advisories: AdvisoryRules = msgspec.field(default_factory=AdvisoryRules)


_USUAL: Mapping[str, Rule] = {
    # Nobody wrote a package to be installed from elsewhere by accident.
    RuleCode.NOT_FROM_REGISTRY: _OFF,
    RuleCode.LICENSE_DENIED: _BLOCK,
    EventId.UPGRADED: _OFF,
}
_UNKNOWN: Mapping[str, Weight] = {
    "auth": Weight.WARN,
    # Most registries have no field for it.
    "approval": Weight.NONE,
    "origin": Weight.WARN,
    "signature": Weight.WARN,
    "time": Weight.WARN,
    "packument": Weight.BLOCK,
    "advisories": Weight.WARN,
    "license": Weight.WARN,
}

PRESETS: Mapping[str, Preset] = {
    "observe": Preset(
        summary="nothing fails: what would is told",
        mode=Mode.OBSERVE,
        rules=_USUAL,
        unknown={**dict.fromkeys(AXES, Weight.WARN), "approval": Weight.NONE},
        needs_history=False,
    ),
    "no-downgrade": Preset(
        summary="a package is published as it used to be, and nothing odd comes with a release",
        rules=_USUAL,
        unknown=_UNKNOWN,
    ),
    "provenance": Preset(
        summary="and every package proves what it was built from",
        rules={**_USUAL, RuleCode.NOT_FROM_REGISTRY: _WARN},
        minimum=(Minimum(origin=Origin.VERIFIED),),
        unknown=_UNKNOWN,
    ),
    "trusted-publishing": Preset(
        summary="and every package is published by a CI run that needs no token, or approved by"
        " a person",
        rules={**_USUAL, RuleCode.NOT_FROM_REGISTRY: _WARN},
        minimum=(Minimum(auth=Auth.OIDC), Minimum(approval=Approval.STAGED)),
        unknown=_UNKNOWN,
    ),
    "strict": Preset(
        summary="everything that is odd blocks, and everything that is lacking",
        rules={
            **dict.fromkeys(RULES, _BLOCK),
            # What is better than before, and what says little alone.
            EventId.UPGRADED: _OFF,
            EventId.MAINTAINER_ADDED: _WARN,
            EventId.PUBLISHER_REPO_RENAMED: _WARN,
            EventId.SIGNATURE_KEY_CHANGED: _WARN,
            EventId.RELEASE_BURST: _WARN,
            # A regression stays one, however old it is.
            EventId.AUTH_REGRESSED: Rule.of(RuleLevel.BLOCK, EventSeverity.INFO),
            EventId.ORIGIN_DROPPED: Rule.of(RuleLevel.BLOCK, EventSeverity.INFO),
        },
        minimum=(
            Minimum(auth=Auth.OIDC, origin=Origin.BOUND, signature=Signature.VALID),
            Minimum(approval=Approval.STAGED, origin=Origin.BOUND, signature=Signature.VALID),
        ),
        cooldown_seconds=3 * DAY_SECONDS,
        unknown={**dict.fromkeys(AXES, Weight.BLOCK), "approval": Weight.NONE},
        dev=DevScope.ALL,
        advisories=AdvisoryRules(block=AdvisorySeverity.HIGH),
    ),
}
