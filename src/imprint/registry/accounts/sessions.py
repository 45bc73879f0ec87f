"""Who am I: whoami, profile, login and the accounts that login may make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy.exc import IntegrityError

from imprint.http.replies import json_reply
from imprint.http.requests import decoded
from imprint.npm.packument import iso
from imprint.publishers.credentials import judge_read
from imprint.publishers.sentences import describe_workload
from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry.accounts.notes import note_account
from imprint.registry.accounts.tokens import DAY_SECONDS, add_token
from imprint.registry.authority import second_factor
from imprint.registry.authority.passwords import (
    MIN_CHARACTERS,
    WRONG_PASSWORD,
    hash_password,
    is_password,
)
from imprint.registry.authority.principals import (
    NOT_AUTHENTICATED,
    Anonymous,
    CredentialHolder,
    TokenHolder,
    identify,
    not_a_user,
)
from imprint.registry.outcomes import Outcome, refused
from imprint.storage import users

if TYPE_CHECKING:
    from imprint.http.requests import Request
    from imprint.http.routes import Account
    from imprint.registry.context import Registry
    from imprint.storage.users import User

LOGIN_TOKEN_DAYS = 30
MAX_EMAIL_CHARACTERS = 254


class _LoginBody(msgspec.Struct):
    name: str
    password: str
    email: str | None = None


def whoami(registry: Registry, request: Request) -> Outcome:
    """`GET /-/whoami`: also a publish credential gets an answer, the run that holds it."""
    with registry.database.reading() as connection:
        principal = identify(registry, connection, request)
    match principal:
        case Refusal():
            return refused(principal)
        case Anonymous():
            return refused(NOT_AUTHENTICATED)
        case TokenHolder(user=user):
            return Outcome(json_reply({"username": user.name}))
        case CredentialHolder(credential=credential, publisher_revision=revision):
            refusal = judge_read(
                credential,
                package=credential.package,
                now=registry.clock(),
                publisher_revision=revision,
            )
            if refusal is not None:
                return refused(refusal)
            name = describe_workload(credential.workload)
            return Outcome(json_reply({"username": name, "package": str(credential.package)}))


def profile(registry: Registry, request: Request) -> Outcome:
    """`GET /-/npm/v1/user`: what `npm profile get` shows."""
    with registry.database.reading() as connection:
        principal = identify(registry, connection, request)
    if not isinstance(principal, TokenHolder):
        return refused(not_a_user(principal))
    user = principal.user
    tfa = {"mode": "auth-and-writes", "pending": False} if user.totp_sealed else False
    return Outcome(
        json_reply(
            {
                "name": user.name,
                "email": user.email or "",
                "email_verified": False,
                "tfa": tfa,
                "created": iso(user.created_at),
            }
        )
    )


def show_user(registry: Registry, request: Request, route: Account) -> Outcome:
    """`GET /-/user/org.couchdb.user:NAME`: name and address, for signed-in users."""
    with registry.database.reading() as connection:
        principal = identify(registry, connection, request)
        if not isinstance(principal, TokenHolder):
            return refused(not_a_user(principal))
        user = users.find_user(connection, route.user)
    if user is None:
        return refused(_no_user(route.user))
    return Outcome(json_reply({"name": user.name, "email": user.email or ""}))


def login(registry: Registry, request: Request, route: Account) -> Outcome:
    """`PUT /-/user/org.couchdb.user:NAME`: name and password for a token of 30 days."""
    body = decoded(request.body, _LoginBody)
    if body.name != route.user:
        raise Malformed(
            "malformed-body", f"the body is about {quoted(body.name)}, the path about another user"
        )
    with registry.database.reading() as connection:
        user = users.find_user(connection, body.name)
    if user is None and registry.open_registration:
        return _register(registry, request, body)
    is_theirs = is_password(body.password, None if user is None else user.password_hash)
    if user is None or user.disabled_at is not None or not is_theirs:
        return refused(WRONG_PASSWORD)
    return _logged_in(registry, request, user)


def _register(registry: Registry, request: Request, body: _LoginBody) -> Outcome:
    refusal = user_name_refusal(body.name) or password_refusal(body.password)
    if refusal is None and body.email is not None:
        refusal = email_refusal(body.email)
    if refusal is not None:
        raise Malformed(refusal.code, refusal.message, refusal.hint)
    password_hash = hash_password(body.password, salt=registry.random(16))
    try:
        with registry.database.writing() as connection:
            users.add_user(
                connection,
                name=body.name,
                email=body.email,
                password_hash=password_hash,
                is_admin=False,
                now=registry.clock(),
            )
            note_account(connection, registry, request, "user-created", body.name)
    except IntegrityError:
        return refused(
            Refusal(code="user-exists", message=f"there is a user `{body.name}` already")
        )
    with registry.database.reading() as connection:
        user = users.find_user(connection, body.name)
    return refused(WRONG_PASSWORD) if user is None else _logged_in(registry, request, user)


def _logged_in(registry: Registry, request: Request, user: User) -> Outcome:
    with registry.database.writing() as connection:
        if user.totp_sealed is not None:
            code = request.header("npm-otp")
            who = f"login {user.id}"
            refusal = second_factor.spend_code(registry, connection, user, code, who=who)
            if refusal is not None:
                return refused(refusal)
        secret, token = add_token(
            registry,
            connection,
            user_id=user.id,
            name="npm login",
            permission="read-write",
            targets=(),
            lifetime_seconds=LOGIN_TOKEN_DAYS * DAY_SECONDS,
        )
        note_account(connection, registry, request, "token-created", user.name, token=token.shown)
    return Outcome(
        json_reply(
            {"ok": f"you are signed in as '{user.name}'", "token": secret.reveal()}, status=201
        )
    )


def user_name_refusal(name: str) -> Refusal | None:
    """Return why `name` cannot be a user's, or None."""
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-_.")
    if 1 <= len(name) <= 64 and set(name) <= allowed and name[0].isalnum():  # noqa: PLR2004
        return None
    return Refusal(
        code="user-name",
        message=f"the user name {quoted(name)} is none: up to 64 of a-z, 0-9, `-`, `_` and `.`,"
        " a letter or digit first",
    )


def password_refusal(password: str) -> Refusal | None:
    """Return why `password` is refused as a new one, or None."""
    if MIN_CHARACTERS <= len(password) <= 256:  # noqa: PLR2004
        return None
    return Refusal(
        code="weak-password",
        message=f"the password has {len(password)} characters: it needs {MIN_CHARACTERS} to 256",
    )


def email_refusal(email: str) -> Refusal | None:
    """Return why mail cannot go to `email`, or None: whether it arrives is another question."""
    name, at, host = email.rpartition("@")
    is_plain = email.isprintable() and " " not in email and len(email) <= MAX_EMAIL_CHARACTERS
    if name and at and host and is_plain:
        return None
    return Refusal(
        code="email",
        message=f"the mail address {quoted(email)} is none: one is `a@b.example`",
    )


def _no_user(name: str) -> Refusal:
    return Refusal(code="no-user", message=f"there is no user {quoted(name)} here")
