"""Long-lived tokens of a user: list, create, revoke."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec

from imprint.http.replies import empty_reply, json_reply
from imprint.http.requests import decoded
from imprint.npm.packument import iso
from imprint.publishers.credentials import Secret, SecretKind, hash_of, make_secret
from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry.accounts.notes import note_account
from imprint.registry.authority import second_factor
from imprint.registry.authority.passwords import WRONG_PASSWORD, is_password
from imprint.registry.authority.principals import TokenHolder, identify, not_a_user
from imprint.registry.outcomes import Outcome, refused
from imprint.storage import users
from imprint.storage.users import Token

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.http.routes import OwnToken, Tokens
    from imprint.registry.context import Registry

DAY_SECONDS = 86_400
DEFAULT_DAYS = 7
MAX_DAYS = 90
"""npm's own caps for tokens that may publish (facts/wire.md §2.7)."""
PERMISSIONS = {
    "read-only": "read-only",
    "read-write": "read-write",
    "read-write-stage-only": "stage-only",
}


class _TokenBody(msgspec.Struct):
    password: str
    name: str = ""
    readonly: bool = False
    expires: int | None = None
    packages: list[str] = []
    scopes: list[str] = []
    packages_and_scopes_permission: str | None = None
    orgs: list[str] | None = None
    cidr_whitelist: list[str] | None = None


def list_tokens(registry: Registry, request: Request) -> Outcome:
    """`GET /-/npm/v1/tokens`."""
    with registry.database.reading() as connection:
        principal = identify(registry, connection, request)
        if not isinstance(principal, TokenHolder):
            return refused(not_a_user(principal))
        tokens = users.tokens_of(connection, principal.user.id)
    shown = [_shown(token) for token in tokens]
    return Outcome(json_reply({"objects": shown, "total": len(shown), "urls": {}}))


def create_token(registry: Registry, request: Request) -> Outcome:
    """`POST /-/npm/v1/tokens`: asks for the password again, and for a code where there is TOTP."""
    body = decoded(request.body, _TokenBody)
    permission = _permission(body)
    days = DEFAULT_DAYS if body.expires is None else body.expires
    if not 1 <= days <= MAX_DAYS:
        raise Malformed("malformed-body", f"`expires` is {days} days: it may be 1 to {MAX_DAYS}")
    targets = tuple(body.packages) + tuple(f"{scope.rstrip('/')}/*" for scope in body.scopes)
    # The password takes its time: nobody else's write waits for it.
    with registry.database.reading() as connection:
        principal = identify(registry, connection, request)
    if not isinstance(principal, TokenHolder):
        return refused(not_a_user(principal))
    if not is_password(body.password, principal.user.password_hash):
        return refused(WRONG_PASSWORD)
    with registry.database.writing() as connection:
        principal = identify(registry, connection, request)
        if not isinstance(principal, TokenHolder):
            return refused(not_a_user(principal))
        if principal.user.totp_sealed is not None:
            code = request.header("npm-otp")
            refusal = second_factor.require(
                registry, connection, principal.user, principal.token, code, fresh=True
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
        note_account(
            connection, registry, request, "token-created", principal.user.name, token=token.shown
        )
    return Outcome(json_reply({**_shown(token), "token": secret.reveal()}, status=201))


def logout(registry: Registry, request: Request, route: OwnToken) -> Outcome:
    """`DELETE /-/user/token/TOKEN`: npm logout really revokes."""
    with registry.database.writing() as connection:
        principal = identify(registry, connection, request)
        if not isinstance(principal, TokenHolder):
            return refused(not_a_user(principal))
        removed = users.remove_token_by_hash(
            connection, principal.user.id, hash_of(Secret(route.token))
        )
        if removed:
            note_account(connection, registry, request, "token-revoked", principal.user.name)
    return Outcome(json_reply({"ok": True})) if removed else refused(_NO_TOKEN)


def revoke_token(registry: Registry, request: Request, route: Tokens) -> Outcome:
    """`DELETE /-/npm/v1/tokens/token/KEY`."""
    with registry.database.writing() as connection:
        principal = identify(registry, connection, request)
        if not isinstance(principal, TokenHolder):
            return refused(not_a_user(principal))
        removed = users.remove_token(connection, principal.user.id, route.key or "")
        if removed:
            note_account(connection, registry, request, "token-revoked", principal.user.name)
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


def _permission(body: _TokenBody) -> str:
    for name in ("orgs", "cidr_whitelist"):
        if getattr(body, name):
            # Left out, the token would be good for more than whoever makes it believes.
            raise Malformed(
                "malformed-body",
                f"`{name}` is set, and tokens here know no such bound",
                hint="bound the token by packages or scopes, a permission and its days",
            )
    if body.readonly or body.packages_and_scopes_permission is None:
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


_NO_TOKEN = Refusal(code="no-token", message="you have no such token")
