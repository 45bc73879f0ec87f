"""Accounts as npm knows them: login, whoami, profile, and the tokens of a user."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, TypeVar

import msgspec
from sqlalchemy.exc import IntegrityError

from imprint.http.replies import empty_reply, json_reply
from imprint.npm.packument import iso
from imprint.publishers.credentials import Secret, SecretKind, hash_of, judge_read, make_secret
from imprint.publishers.sentences import describe_workload
from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry import second_factor
from imprint.registry.outcomes import Outcome, refused
from imprint.registry.passwords import MIN_CHARACTERS, hash_password, is_password
from imprint.registry.principals import Anonymous, CredentialHolder, TokenHolder, identify
from imprint.storage import events, users
from imprint.storage.events import Event
from imprint.storage.users import Token

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.http.routes import Account, OwnToken, Tokens
    from imprint.registry.context import Registry
    from imprint.storage.users import User

DAY_SECONDS = 86_400
LOGIN_TOKEN_DAYS = 30
DEFAULT_TOKEN_DAYS = 7
MAX_TOKEN_DAYS = 90
"""npm's own caps for tokens that may publish (facts/wire.md §2.7)."""
PERMISSIONS = {
    "read-only": "read-only",
    "read-write": "read-write",
    "read-write-stage-only": "stage-only",
}

NOT_AUTHENTICATED = Refusal(
    code="not-authenticated",
    message="the request has no token: this needs one",
    hint="`npm login`, or set `_authToken` for this registry in .npmrc",
)


class _LoginBody(msgspec.Struct):
    name: str
    password: str
    email: str | None = None


class _TokenBody(msgspec.Struct):
    password: str
    name: str = ""
    readonly: bool = False
    expires: int | None = None
    packages: list[str] = []
    scopes: list[str] = []
    packages_and_scopes_permission: str | None = None


T = TypeVar("T")


def decoded(raw: bytes, kind: type[T]) -> T:
    """Return a small JSON body as `kind`; raises Malformed saying which field is wrong."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Malformed(
            "malformed-body", f"the request body is not what it should be: {err}"
        ) from err


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
        case CredentialHolder(credential=credential):
            now = registry.clock()
            refusal = judge_read(credential, package=credential.package, now=now)
            if refusal is not None:
                return refused(refusal)
            name = describe_workload(credential.workload)
            return Outcome(json_reply({"username": name, "package": str(credential.package)}))


def profile(registry: Registry, request: Request) -> Outcome:
    """`GET /-/npm/v1/user`: what `npm profile get` shows."""
    with registry.database.reading() as connection:
        principal = identify(registry, connection, request)
    if not isinstance(principal, TokenHolder):
        return _only_users(principal)
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
            return _only_users(principal)
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
    if user is None:
        if not registry.open_registration:
            # Nothing tells a stranger which accounts there are; the time is the same, too.
            hash_password(body.password[:256], salt=registry.random(16))
            return refused(_WRONG_PASSWORD)
        return _register(registry, request, body)
    if user.disabled_at is not None or not is_password(body.password, user.password_hash):
        return refused(_WRONG_PASSWORD)
    return _logged_in(registry, request, user)


def _register(registry: Registry, request: Request, body: _LoginBody) -> Outcome:
    if (refusal := user_name_refusal(body.name) or password_refusal(body.password)) is not None:
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
            _note(connection, registry, request, "user-created", body.name)
    except IntegrityError:
        return refused(
            Refusal(code="user-exists", message=f"there is a user `{body.name}` already")
        )
    with registry.database.reading() as connection:
        user = users.find_user(connection, body.name)
    return refused(_WRONG_PASSWORD) if user is None else _logged_in(registry, request, user)


def _logged_in(registry: Registry, request: Request, user: User) -> Outcome:
    with registry.database.writing() as connection:
        if user.totp_sealed is not None:
            code = request.header("npm-otp")
            refusal = second_factor.spend_code(registry, connection, user, code)
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
        _note(connection, registry, request, "token-created", user.name, token=token.shown)
    return Outcome(
        json_reply(
            {"ok": f"you are signed in as '{user.name}'", "token": secret.reveal()}, status=201
        )
    )


def logout(registry: Registry, request: Request, route: OwnToken) -> Outcome:
    """`DELETE /-/user/token/TOKEN`: npm logout really revokes."""
    with registry.database.writing() as connection:
        principal = identify(registry, connection, request)
        if not isinstance(principal, TokenHolder):
            return _only_users(principal)
        removed = users.remove_token_by_hash(
            connection, principal.user.id, hash_of(Secret(route.token))
        )
        if removed:
            _note(connection, registry, request, "token-revoked", principal.user.name)
    return Outcome(json_reply({"ok": True})) if removed else refused(_NO_TOKEN)


def list_tokens(registry: Registry, request: Request) -> Outcome:
    """`GET /-/npm/v1/tokens`."""
    with registry.database.reading() as connection:
        principal = identify(registry, connection, request)
        if not isinstance(principal, TokenHolder):
            return _only_users(principal)
        tokens = users.tokens_of(connection, principal.user.id)
    shown = [_shown(token) for token in tokens]
    return Outcome(json_reply({"objects": shown, "total": len(shown), "urls": {}}))


def create_token(registry: Registry, request: Request) -> Outcome:
    """`POST /-/npm/v1/tokens`: asks for the password again, and for a code where there is TOTP."""
    body = decoded(request.body, _TokenBody)
    permission = _permission(body)
    days = DEFAULT_TOKEN_DAYS if body.expires is None else body.expires
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise Malformed(
            "malformed-body", f"`expires` is {days} days: it may be 1 to {MAX_TOKEN_DAYS}"
        )
    targets = tuple(body.packages) + tuple(f"{scope.rstrip('/')}/*" for scope in body.scopes)
    with registry.database.writing() as connection:
        principal = identify(registry, connection, request)
        if not isinstance(principal, TokenHolder):
            return _only_users(principal)
        if not is_password(body.password, principal.user.password_hash):
            return refused(_WRONG_PASSWORD)
        if principal.user.totp_sealed is not None:
            code = request.header("npm-otp")
            refusal = second_factor.require(
                registry, connection, principal.user, principal.token, code
            )
            if refusal is not None:
                return refused(refusal)
        secret, token = add_token(
            registry,
            connection,
            user_id=principal.user.id,
            name=body.name or "npm token",
            permission=permission,
            targets=targets,
            lifetime_seconds=days * DAY_SECONDS,
        )
        _note(
            connection, registry, request, "token-created", principal.user.name, token=token.shown
        )
    return Outcome(json_reply({**_shown(token), "token": secret.reveal()}, status=201))


def revoke_token(registry: Registry, request: Request, route: Tokens) -> Outcome:
    """`DELETE /-/npm/v1/tokens/token/KEY`."""
    with registry.database.writing() as connection:
        principal = identify(registry, connection, request)
        if not isinstance(principal, TokenHolder):
            return _only_users(principal)
        removed = users.remove_token(connection, principal.user.id, route.key or "")
        if removed:
            _note(connection, registry, request, "token-revoked", principal.user.name)
    return Outcome(empty_reply()) if removed else refused(_NO_TOKEN)


def add_token(
    registry: Registry,
    connection: Connection,
    *,
    user_id: int,
    name: str,
    permission: str,
    targets: tuple[str, ...],
    lifetime_seconds: float | None,
) -> tuple[Secret, Token]:
    """Make and keep a token; the secret is what is shown once and never kept."""
    now = registry.clock()
    secret = make_secret(registry.random(32), SecretKind.TOKEN)
    text = secret.reveal()
    token = Token(
        id=str(uuid.UUID(bytes=registry.random(16), version=4)),
        user_id=user_id,
        shown=f"{text[:8]}...{text[-4:]}",
        name=name[:200],
        permission=permission,
        targets=targets,
        two_factor_until=None,
        created_at=now,
        expires_at=None if lifetime_seconds is None else now + lifetime_seconds,
        used_at=None,
    )
    users.add_token(connection, token, token_hash=hash_of(secret))
    return secret, token


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


def _permission(body: _TokenBody) -> str:
    if body.packages_and_scopes_permission is None:
        return "read-only" if body.readonly else "read-write"
    permission = PERMISSIONS.get(body.packages_and_scopes_permission)
    if permission is None:
        raise Malformed(
            "malformed-body",
            "`packages_and_scopes_permission` is"
            f" {quoted(body.packages_and_scopes_permission)}: it may be {', '.join(PERMISSIONS)}",
        )
    return permission


def _shown(token: Token) -> dict[str, object]:
    expires = None if token.expires_at is None else iso(token.expires_at)
    return {
        "token": token.shown,
        "key": token.id,
        "name": token.name,
        "created": iso(token.created_at),
        "updated": iso(token.used_at or token.created_at),
        "expires": expires,
        "expiry": expires,
        "readonly": token.permission == "read-only",
        "cidr_whitelist": None,
        "packages": list(token.targets),
        "permission": token.permission,
    }


def _only_users(principal: object) -> Outcome:
    if isinstance(principal, Refusal):
        return refused(principal)
    if isinstance(principal, Anonymous):
        return refused(NOT_AUTHENTICATED)
    return refused(
        Refusal(
            code="outside-package",
            message="a publish credential is good for its one package, not for settings",
            hint="use a token of a user for this",
        )
    )


def _note(
    connection: Connection,
    registry: Registry,
    request: Request,
    kind: str,
    user: str,
    **data: object,
) -> None:
    event = Event(
        kind=kind,
        package=None,
        actor=user,
        address=request.address,
        at=registry.clock(),
        data={"user": user, **data},
    )
    events.record(connection, event)


def _no_user(name: str) -> Refusal:
    return Refusal(code="no-user", message=f"there is no user {quoted(name)} here")


_NO_TOKEN = Refusal(code="no-token", message="you have no such token")
_WRONG_PASSWORD = Refusal(
    code="wrong-password", message="the user name or the password is wrong", hint="try again"
)
