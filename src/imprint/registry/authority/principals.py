"""Who asks: nobody, a user by token, or a publish credential; or why that cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from imprint.npm.names import PackageName, ScopePattern
from imprint.publishers.credentials import SecretKind, SecretText, hash_of
from imprint.refusals import Malformed, Refusal
from imprint.registry.authority.bearers import NoBearer, WrongBearer, bearer_of, explain
from imprint.storage import credentials, publishers, users

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.publishers.credentials import PublishCredential, Secret
    from imprint.registry.context import Registry
    from imprint.storage.users import Token, User

USED_EVERY_SECONDS = 3600.0
"""How exact `used_at` of a token is: writing it each time would cost every publication a row."""


class Anonymous(msgspec.Struct, frozen=True):
    """Nobody: no Authorization header."""


class TokenHolder(msgspec.Struct, frozen=True):
    """A user, by a long-lived token."""

    user: User
    token: Token

    def may_write(self, package: PackageName, *, staging: bool = False) -> bool:
        """Whether the token itself, whoever holds it, may change `package`."""
        if self.token.permission == "read-only":
            return False
        if self.token.permission == "stage-only" and not staging:
            return False
        return self.is_for(package)

    def is_for(self, package: PackageName) -> bool:
        """Whether `package` is among those that the token is for, to read or to change."""
        return not self.token.targets or any(_covers(t, package) for t in self.token.targets)


class CredentialHolder(msgspec.Struct, frozen=True):
    """A CI run, by the publish credential that an exchange gave it."""

    credential: PublishCredential
    publisher_revision: int | None
    """Of the publisher as it is now; None when it is gone or disabled."""


NOT_AUTHENTICATED = Refusal(
    code="not-authenticated",
    message="the request has no token: this needs one",
    hint="`npm login`, or set `_authToken` for this registry in .npmrc",
)

Principal: TypeAlias = Anonymous | TokenHolder | CredentialHolder


def identify(registry: Registry, connection: Connection, request: Request) -> Principal | Refusal:
    """Return who sent `request`; a refusal names what is wrong with what it carries (401)."""
    bearer = bearer_of(request.header("authorization"))
    match bearer:
        case NoBearer():
            return Anonymous()
        case WrongBearer():
            return explain(bearer)
        case SecretText(kind=SecretKind.PUBLISH_CREDENTIAL, secret=secret):
            return _credential(connection, secret)
        case SecretText(secret=secret):
            return _token(registry, connection, secret)


def not_a_user(principal: Anonymous | CredentialHolder | Refusal) -> Refusal:
    """Return why such a sender cannot do what takes a user with a token."""
    match principal:
        case Refusal():
            return principal
        case Anonymous():
            return NOT_AUTHENTICATED
        case CredentialHolder():
            return Refusal(
                code="outside-package",
                message="a publish credential is good for its one package, not for settings",
                hint="use a token of a user for this",
            )


def note_use(registry: Registry, connection: Connection, token: Token) -> None:
    """Note that a token changed something; `connection` must be writing."""
    now = registry.clock()
    if token.used_at is None or now - token.used_at >= USED_EVERY_SECONDS:
        users.touch_token(connection, token.id, now=now)


def _credential(connection: Connection, secret: Secret) -> CredentialHolder | Refusal:
    credential = credentials.find(connection, hash_of(secret))
    if credential is None:
        return Refusal(
            code="unknown-credential",
            message="the publish credential is not known here: it was never given, or is long gone",
            hint="exchange a fresh ID token: `npm publish` does that each time it runs",
        )
    revision = publishers.live_revision(connection, credential.publisher_id)
    return CredentialHolder(credential, revision)


def _token(registry: Registry, connection: Connection, secret: Secret) -> TokenHolder | Refusal:
    found = users.find_token(connection, hash_of(secret))
    if found is None:
        return Refusal(
            code="unknown-token",
            message="the token is not known here: it was revoked, or was never one",
            hint="`npm login`, or ask for a new token",
        )
    token, user = found
    if token.expires_at is not None and token.expires_at <= registry.clock():
        return Refusal(
            code="token-is-expired",
            message=f"the token `{token.shown}` has expired",
            hint="make a new one, or better: add a trusted publisher, which needs none",
        )
    if user.disabled_at is not None:
        return Refusal(code="user-disabled", message=f"the account `{user.name}` is disabled")
    return TokenHolder(user, token)


def _covers(target: str, package: PackageName) -> bool:
    try:
        pattern = ScopePattern.parse(target) if target.endswith("*") else None
    except Malformed:
        return False
    return pattern.matches(package) if pattern is not None else target == str(package)
