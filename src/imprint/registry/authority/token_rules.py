"""May a long-lived token publish this package? A pure decision over what was looked up.

A token is never a silent fall-back (architecture decision 12): once a package has a trusted
publisher its owner must have opted in to tokens, and rules above the package always win.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.refusals import Refusal

if TYPE_CHECKING:
    from imprint.registry.recent import RefusedExchange


class TokenSituation(msgspec.Struct, frozen=True, kw_only=True):
    """What the decision depends on."""

    package: str
    package_rule: str
    """`default`, `allowed` (the owner opted in) or `disallowed`."""
    rule_above: tuple[str, str] | None
    """(level, target) of a rule for the registry, the scope or an owner."""
    has_publisher: bool
    refused_exchange: RefusedExchange | None
    """An exchange from the same address for this package that was refused a moment ago."""


def judge_token(situation: TokenSituation) -> Refusal | None:
    """Return why a long-lived token may not publish here, or None when it may."""
    package = f"`{situation.package}`"
    if situation.rule_above is not None:
        level, target = situation.rule_above
        whose = {
            "registry": "this registry takes",
            "scope": f"the scope `{target}` takes",
            "owner": f"packages of `{target}` take",
        }[level]
        reason = f"tokens cannot publish {package}: {whose} trusted publishers only"
        return _refusal("tokens-disallowed", reason, situation)
    if situation.package_rule == "disallowed":
        reason = f"tokens cannot publish {package}: its owner disallowed them"
        return _refusal("tokens-disallowed", reason, situation)
    if situation.has_publisher and situation.package_rule != "allowed":
        reason = (
            f"a token cannot publish {package}: it has a trusted publisher,"
            " and its owner did not opt in to tokens beside it"
        )
        return _refusal("token-beside-publisher", reason, situation)
    return None


def _refusal(code: str, reason: str, situation: TokenSituation) -> Refusal:
    refused = situation.refused_exchange
    if refused is not None:
        # The real cause is the exchange: npm fell back to a token without saying so.
        return Refusal(
            code="token-after-failed-exchange",
            message=f"the exchange of the ID token failed ({refused.message}) and the client fell"
            f" back to a token; {reason}",
            hint=f"repair the exchange; `imprint exchange {situation.package} --dry-run`"
            " shows what does not fit",
        )
    hints = {
        "tokens-disallowed": "publish from the CI workflow that is its trusted publisher",
        "token-beside-publisher": "publish from the trusted publisher's workflow, or let an owner"
        " allow tokens: `npm access set mfa=automation PACKAGE` with a one-time password",
    }
    return Refusal(code=code, message=reason, hint=hints[code])
