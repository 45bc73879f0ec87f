"""Rules that an administrator or an owner throws: tokens disallowed, kill switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, or_, select, update

from imprint.storage.conflicts import InsertIfNew
from imprint.storage.schema import switches, token_rules
from imprint.storage.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


_SWITCHED_OFF = Statement(
    select(switches.c.reason).where(
        or_(
            and_(switches.c.kind == bindparam("kind"), switches.c.target == ""),
            and_(switches.c.kind == "package", switches.c.target == bindparam("package")),
        )
    )
)
_TOKEN_RULE = Statement(
    select(token_rules.c.level).where(
        token_rules.c.level == bindparam("level"), token_rules.c.target == bindparam("target")
    )
)
_NEW_RULE = InsertIfNew(token_rules)
_NEW_SWITCH = InsertIfNew(switches)


def disallow_tokens(
    connection: Connection, *, level: str, target: str, now: float, by: str
) -> None:
    """Disallow long-lived tokens for the `registry`, a `scope` or an `owner`; again is no error."""
    changed: dict[str, object] = {"changed_at": now, "changed_by": by}
    if _NEW_RULE(connection, {"level": level, "target": target, **changed}):
        return
    same = (token_rules.c.level == level) & (token_rules.c.target == target)
    connection.execute(update(token_rules).where(same).values(changed))


def allow_tokens(connection: Connection, *, level: str, target: str) -> bool:
    """Take such a rule back; False when there was none."""
    result = connection.execute(
        delete(token_rules).where(token_rules.c.level == level, token_rules.c.target == target)
    )
    return result.rowcount == 1


def disallowing(
    connection: Connection, *, scope: str | None, owners: Iterable[str]
) -> tuple[str, str] | None:
    """Return the (level, target) of a rule that disallows tokens here, the widest first."""
    asked = [("registry", "")]
    if scope is not None:
        asked.append(("scope", f"@{scope}"))
    asked += [("owner", owner) for owner in owners]
    for level, target in asked:
        if _TOKEN_RULE.first(connection, level=level, target=target) is not None:
            return level, target
    return None


def token_rules_list(connection: Connection) -> tuple[tuple[str, str, str], ...]:
    """Return (level, target, changed by) of every rule."""
    rows = connection.execute(select(token_rules).order_by(token_rules.c.level))
    return tuple((row.level, row.target, row.changed_by) for row in rows)


def switch_off(connection: Connection, *, kind: str, target: str, reason: str, now: float) -> None:
    """Throw a kill switch: `exchange`, `publish`, or `package` with a name."""
    changed: dict[str, object] = {"reason": reason, "changed_at": now}
    if _NEW_SWITCH(connection, {"kind": kind, "target": target, **changed}):
        return
    same = (switches.c.kind == kind) & (switches.c.target == target)
    connection.execute(update(switches).where(same).values(changed))


def switch_on(connection: Connection, *, kind: str, target: str) -> bool:
    """Take a kill switch back; False when it was not thrown."""
    result = connection.execute(
        delete(switches).where(switches.c.kind == kind, switches.c.target == target)
    )
    return result.rowcount == 1


def switched_off(connection: Connection, kind: str, *, package: str) -> str | None:
    """Return the reason why `kind` (`exchange`, `publish`) is off, for all or for `package`."""
    row = _SWITCHED_OFF.first(connection, kind=kind, package=package)
    return None if row is None else str(row.reason)


def list_switches(connection: Connection) -> tuple[tuple[str, str, str], ...]:
    """Return (kind, target, reason) of every thrown switch."""
    rows = connection.execute(select(switches).order_by(switches.c.kind))
    return tuple((row.kind, row.target, row.reason) for row in rows)
