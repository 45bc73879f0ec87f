"""What an administrator does at the machine itself: users and their tokens.

Whoever can open the database may do anything to it; what is decided here is only what makes sense.
Every change is an event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from imprint.npm.names import PackageName, ScopePattern
from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry.accounts.sessions import (
    email_refusal,
    password_refusal,
    user_name_refusal,
)
from imprint.registry.accounts.tokens import add_token
from imprint.registry.authority import second_factor
from imprint.registry.authority.passwords import hash_password
from imprint.storage import events, users
from imprint.storage.events import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from imprint.publishers.credentials import Secret
    from imprint.registry.context import Registry
    from imprint.storage.users import Token, User

LOCAL = "local"
"""The address of whoever sits at the machine."""
SALT_BYTES = 16


def add_user(
    registry: Registry,
    *,
    name: str,
    email: str | None,
    password: str | None,
    is_admin: bool,
    by: str,
) -> Refusal | None:
    """Make an account, which without a password is used by tokens alone.

    Raises Malformed for a name, an address or a password that cannot be.
    """
    wrong = user_name_refusal(name)
    if wrong is None and password is not None:
        wrong = password_refusal(password)
    if wrong is None and email is not None:
        wrong = email_refusal(email)
    if wrong is not None:
        raise Malformed(wrong.code, wrong.message, wrong.hint)
    salt = registry.random(SALT_BYTES)
    password_hash = None if password is None else hash_password(password, salt=salt)
    try:
        with registry.database.writing() as connection:
            users.add_user(
                connection,
                name=name,
                email=email,
                password_hash=password_hash,
                is_admin=is_admin,
                now=registry.clock(),
            )
            data = {"user": name, "is_admin": is_admin}
            note(registry, connection, "user-created", by=by, data=data)
    except IntegrityError:
        return Refusal(code="user-exists", message=f"there is a user `{name}` already")
    return None


def set_user_enabled(registry: Registry, name: str, *, enabled: bool, by: str) -> Refusal | None:
    """Enable or disable an account: its tokens and its pending publishers follow at once."""
    with registry.database.writing() as connection:
        user = find_user(connection, name)
        if isinstance(user, Refusal):
            return user
        users.set_disabled(connection, user.id, at=None if enabled else registry.clock())
        kind = "user-enabled" if enabled else "user-disabled"
        note(registry, connection, kind, by=by, data={"user": name})
    return None


def enrol_totp(registry: Registry, name: str, *, by: str) -> str | Refusal:
    """Give an account a new second factor; returns its `otpauth:` address, which is shown once."""
    with registry.database.writing() as connection:
        user = find_user(connection, name)
        if isinstance(user, Refusal):
            return user
        address = second_factor.enrol(registry, connection, user)
        note(registry, connection, "second-factor-enrolled", by=by, data={"user": name})
    return address


def create_token(
    registry: Registry,
    *,
    user_name: str,
    packages: Iterable[str],
    permission: str,
    lifetime_seconds: float,
    by: str,
) -> tuple[Secret, Token] | Refusal:
    """Make a token of `user_name`; raises Malformed for a package that cannot be one."""
    targets = tuple(_target(text) for text in packages)
    with registry.database.writing() as connection:
        user = find_user(connection, user_name)
        if isinstance(user, Refusal):
            return user
        made = add_token(
            registry,
            connection,
            user_id=user.id,
            name="made by an administrator",
            permission=permission,
            targets=targets,
            lifetime_seconds=lifetime_seconds,
        )
        data = {"user": user_name, "token": made[1].shown}
        note(registry, connection, "token-created", by=by, data=data)
    return made


def revoke_token(registry: Registry, token_id: str, *, user_name: str, by: str) -> Refusal | None:
    """Revoke a token of `user_name`."""
    with registry.database.writing() as connection:
        user = find_user(connection, user_name)
        if isinstance(user, Refusal):
            return user
        if not users.remove_token(connection, user.id, token_id):
            return Refusal(
                code="no-token",
                message=f"`{user_name}` has no token {quoted(token_id)}",
                hint=f"`imprint admin token list --user {user_name}` shows the ids",
            )
        note(registry, connection, "token-revoked", by=by, data={"user": user_name})
    return None


def find_user(connection: Connection, name: str) -> User | Refusal:
    """Return the user, or that there is none."""
    user = users.find_user(connection, name)
    if user is not None:
        return user
    return Refusal(
        code="no-user",
        message=f"there is no user {quoted(name)} here",
        hint="`imprint admin user list` shows those there are",
    )


def note(
    registry: Registry,
    connection: Connection,
    kind: str,
    *,
    by: str,
    data: Mapping[str, object],
    package: str | None = None,
) -> None:
    """Record what an administrator did."""
    event = Event(
        kind=kind, package=package, actor=by, address=LOCAL, at=registry.clock(), data=data
    )
    events.record(connection, event)


def _target(text: str) -> str:
    return str(ScopePattern.parse(text) if text.endswith("*") else PackageName.parse(text))
