"""What an administrator sets at the machine itself: issuers, rules for tokens, kill switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry.administration.accounts import LOCAL, find_user, note
from imprint.registry.mails import mails_to_owners
from imprint.storage import events, issuers, packages, switches
from imprint.storage.events import Event

if TYPE_CHECKING:
    from imprint.npm.names import PackageName
    from imprint.registry.context import Registry
    from imprint.tokens.issuers import Issuer

LONGEST_NAME = 64
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


def add_issuer(registry: Registry, issuer: Issuer, *, by: str) -> Refusal | None:
    """Register an issuer: from now on its tokens can be exchanged, where a publisher says so."""
    check_issuer_name(issuer.name)
    try:
        with registry.database.writing() as connection:
            issuers.add(connection, issuer, now=registry.clock())
            data = {"issuer.name": issuer.name, "issuer.url": issuer.url}
            note(registry, connection, "issuer-added", by=by, data=data)
    except IntegrityError:
        return Refusal(
            code="issuer-exists",
            message=f"there is an issuer `{issuer.name}`, or one of its URL, already",
            hint="`imprint admin issuer list` shows those there are",
        )
    return None


def set_issuer_enabled(registry: Registry, name: str, *, enabled: bool, by: str) -> Refusal | None:
    """Switch an issuer on or off: credentials from its tokens are dead while it is off."""
    with registry.database.writing() as connection:
        at = None if enabled else registry.clock()
        if not issuers.set_disabled(connection, name, at=at):
            return Refusal(
                code="no-issuer",
                message=f"there is no issuer {quoted(name)} here",
                hint="`imprint admin issuer list` shows those there are",
            )
        kind = "issuer-enabled" if enabled else "issuer-disabled"
        note(registry, connection, kind, by=by, data={"issuer.name": name})
    return None


def set_tokens_allowed(
    registry: Registry, *, level: str, target: str, allowed: bool, by: str
) -> Refusal | None:
    """Allow or disallow long-lived tokens for the `registry`, a `scope` or an `owner`."""
    with registry.database.writing() as connection:
        if level == "owner":
            user = find_user(connection, target)
            if isinstance(user, Refusal):
                return user
        if not allowed:
            now = registry.clock()
            switches.disallow_tokens(connection, level=level, target=target, now=now, by=by)
        elif not switches.allow_tokens(connection, level=level, target=target):
            return Refusal(
                code="no-rule",
                message=f"tokens are not disallowed for {_shown(level, target)}",
            )
        kind = "tokens-allowed" if allowed else "tokens-disallowed"
        note(registry, connection, kind, by=by, data={"level": level, "target": target})
    return None


def switch_off(registry: Registry, *, kind: str, target: str, reason: str, by: str) -> None:
    """Throw a kill switch: `exchange`, `publish`, or `package` with a name."""
    with registry.database.writing() as connection:
        now = registry.clock()
        switches.switch_off(connection, kind=kind, target=target, reason=reason, now=now)
        data: dict[str, object] = {"switch": kind, "target": target, "reason": reason}
        package = target or None
        note(registry, connection, "switched-off", by=by, data=data, package=package)


def switch_on(registry: Registry, *, kind: str, target: str, by: str) -> Refusal | None:
    """Take a kill switch back."""
    with registry.database.writing() as connection:
        if not switches.switch_on(connection, kind=kind, target=target):
            what = f"the package `{target}`" if target else f"`{kind}`"
            return Refusal(
                code="not-switched-off",
                message=f"{what} is not switched off",
                hint="`imprint admin switch list` shows what is",
            )
        data: dict[str, object] = {"switch": kind, "target": target}
        note(registry, connection, "switched-on", by=by, data=data, package=target or None)
    return None


def set_package(
    registry: Registry, name: PackageName, *, column: str, value: object, by: str
) -> Refusal | None:
    """Set `token_rule`, `provenance_public` or `provenance_required` of a package."""
    with registry.database.writing() as connection:
        package = packages.hold(connection, str(name))
        if package is None:
            return Refusal(
                code="no-package", message=f"there is no package `{name}` in this registry"
            )
        packages.update_package(connection, package.id, **{column: value})
        data = {"before": {column: getattr(package, column)}, "after": {column: value}}
        event = Event(
            kind="access-changed",
            package=str(name),
            actor=by,
            address=LOCAL,
            at=registry.clock(),
            data=data,
        )
        mails = mails_to_owners(connection, name, template="access-changed", data=data)
        events.record(connection, event, mails)
    return None


def check_issuer_name(name: str) -> None:
    """Let pass a name that needs no quotes anywhere; raises Malformed."""
    if not (1 <= len(name) <= LONGEST_NAME and set(name) <= _NAME and name[0].isalnum()):
        raise Malformed(
            "issuer-name",
            f"the issuer's name {quoted(name)} is none: up to 64 of a-z, 0-9, `-`, `_` and `.`,"
            " a letter or digit first",
        )


def _shown(level: str, target: str) -> str:
    return "the registry" if level == "registry" else f"the {level} `{target}`"
