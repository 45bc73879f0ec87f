"""Users and their long-lived tokens. Passwords are Argon2id, tokens sha256, TOTP secrets sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, delete, insert, or_, select, update

from imprint.storage.schema import tokens, users
from imprint.storage.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from imprint.storage.statements import Row


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person or a team's robot with an account."""

    id: int
    name: str
    email: str | None
    password_hash: str | None
    totp_sealed: bytes | None
    totp_used_step: int | None
    is_admin: bool
    disabled_at: float | None
    created_at: float


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A long-lived token. Its text is not here: only its hash was ever kept."""

    id: str
    user_id: int
    shown: str
    name: str
    permission: str
    targets: tuple[str, ...]
    two_factor_until: float | None
    created_at: float
    expires_at: float | None
    used_at: float | None


_USER = Statement(select(users).where(users.c.id == bindparam("key")))
_TOKEN = Statement(select(tokens).where(tokens.c.hash == bindparam("key")))


def add_user(
    connection: Connection,
    *,
    name: str,
    email: str | None,
    password_hash: str | None,
    is_admin: bool,
    now: float,
) -> int:
    """Add a user; raises sqlalchemy.exc.IntegrityError when the name is taken."""
    result = connection.execute(
        insert(users).values(
            name=name,
            email=email,
            password_hash=password_hash,
            is_admin=is_admin,
            created_at=now,
        )
    )
    key = result.inserted_primary_key
    return int(key[0]) if key is not None else 0


def find_user(connection: Connection, name: str) -> User | None:
    """Return the user of that name."""
    if "\0" in name:
        return None  # PostgreSQL cannot be asked for it
    row = connection.execute(select(users).where(users.c.name == name)).mappings().first()
    return None if row is None else User(**row)


def user_of_id(connection: Connection, user_id: int) -> User | None:
    """Return the user of that id."""
    row = _USER.first(connection, key=user_id)
    return None if row is None else User(**row._asdict())


def list_users(connection: Connection) -> tuple[User, ...]:
    """Return every user, by name."""
    rows = connection.execute(select(users).order_by(users.c.name)).mappings()
    return tuple(User(**row) for row in rows)


def set_password(connection: Connection, user_id: int, password_hash: str) -> None:
    """Replace the password."""
    connection.execute(
        update(users).where(users.c.id == user_id).values(password_hash=password_hash)
    )


def set_totp(connection: Connection, user_id: int, sealed: bytes | None) -> None:
    """Set or remove the TOTP secret."""
    connection.execute(
        update(users).where(users.c.id == user_id).values(totp_sealed=sealed, totp_used_step=None)
    )


def use_totp_step(connection: Connection, user_id: int, step: int) -> bool:
    """Spend a TOTP time step; False when it, or a later one, was spent before."""
    result = connection.execute(
        update(users)
        .where(
            users.c.id == user_id,
            or_(users.c.totp_used_step.is_(None), users.c.totp_used_step < step),
        )
        .values(totp_used_step=step)
    )
    return result.rowcount == 1


def set_disabled(connection: Connection, user_id: int, *, at: float | None) -> None:
    """Disable a user (None: enable): their tokens and publishers stop working at once."""
    connection.execute(update(users).where(users.c.id == user_id).values(disabled_at=at))


def add_token(connection: Connection, token: Token, *, token_hash: str) -> None:
    """Keep a new token."""
    connection.execute(
        insert(tokens).values(
            id=token.id,
            user_id=token.user_id,
            hash=token_hash,
            shown=token.shown,
            name=token.name,
            permission=token.permission,
            targets=msgspec.json.encode(token.targets).decode(),
            created_at=token.created_at,
            expires_at=token.expires_at,
        )
    )


def find_token(connection: Connection, token_hash: str) -> tuple[Token, User] | None:
    """Return the token of that hash, and its user."""
    row = _TOKEN.first(connection, key=token_hash)
    if row is None:
        return None
    user = user_of_id(connection, row.user_id)
    return None if user is None else (_token(row), user)


def tokens_of(connection: Connection, user_id: int) -> tuple[Token, ...]:
    """Return a user's tokens, newest first."""
    query = select(tokens).where(tokens.c.user_id == user_id).order_by(tokens.c.created_at.desc())
    return tuple(_token(row) for row in connection.execute(query))


def remove_token(connection: Connection, user_id: int, token_id: str) -> bool:
    """Revoke a token by id; False when that user has none such."""
    result = connection.execute(
        delete(tokens).where(tokens.c.user_id == user_id, tokens.c.id == token_id)
    )
    return result.rowcount == 1


def remove_token_by_hash(connection: Connection, user_id: int, token_hash: str) -> bool:
    """Revoke a token by its hash; False when that user has none such."""
    result = connection.execute(
        delete(tokens).where(tokens.c.user_id == user_id, tokens.c.hash == token_hash)
    )
    return result.rowcount == 1


def open_two_factor_window(connection: Connection, token_id: str, *, until: float) -> None:
    """Let a token act until `until` without another second factor."""
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(two_factor_until=until))


def touch_token(connection: Connection, token_id: str, *, now: float) -> None:
    """Note when a token was last used."""
    connection.execute(update(tokens).where(tokens.c.id == token_id).values(used_at=now))


def _token(row: Row) -> Token:
    values = row._asdict()
    values.pop("hash")
    targets: Sequence[str] = msgspec.json.decode(values.pop("targets"), type=list[str])
    return Token(targets=tuple(targets), **values)
