"""The second factor: TOTP (RFC 6238), each code good once, and npm's five minutes after it.

npm asks for it by 401 with `www-authenticate: OTP` and repeats the request with `npm-otp`.
"""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from imprint.refusals import Refusal
from imprint.registry.context import MOST_GUESSES
from imprint.storage import users

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.registry.context import Registry
    from imprint.storage.users import Token, User

STEP_SECONDS = 30
WINDOW_SECONDS = 300
"""How long one code opens further changes of trust, so that many packages can be set in a row
(npm behaves so: facts/publishing-servers.md §1)."""
SECRET_BYTES = 20

NEEDED = "second-factor-needed"
NOT_ENROLLED = "second-factor-not-enrolled"
TOO_MANY = "too-many-guesses"
WRONG = "second-factor-wrong"


def enrol(registry: Registry, connection: Connection, user: User) -> str:
    """Give `user` a new TOTP secret; returns its `otpauth:` address, shown once."""
    secret = registry.random(SECRET_BYTES)
    users.set_totp(connection, user.id, registry.seal.seal(secret, purpose=_purpose(user)))
    text = base64.b32encode(secret).decode()
    return f"otpauth://totp/imprint:{quote(user.name)}?secret={text}&issuer=imprint"


def require(
    registry: Registry,
    connection: Connection,
    user: User,
    token: Token,
    code: str | None,
    *,
    fresh: bool = False,
) -> Refusal | None:
    """Return None when a second factor is given, or was in the last five minutes with this token.

    `fresh`: only one that is given now counts. `connection` must be writing: a good code is spent,
    and opens the window.
    """
    now = registry.clock()
    is_open = token.two_factor_until is not None and token.two_factor_until > now
    if is_open and not fresh and user.totp_sealed is not None:
        return None
    refusal = spend_code(registry, connection, user, code, who=f"token {token.id}")
    if refusal is None:
        users.open_two_factor_window(connection, token.id, until=now + WINDOW_SECONDS)
    return refusal


def spend_code(
    registry: Registry, connection: Connection, user: User, code: str | None, *, who: str
) -> Refusal | None:
    """Return None when `code` is the user's and was not used before; it is then.

    `who` is by what wrong codes are counted: by token, and by account where somebody logs in, so
    that whoever holds a leaked token cannot lock out its owner, who has others.
    """
    if user.totp_sealed is None:
        return Refusal(
            code=NOT_ENROLLED,
            message="this needs two-factor authentication, and the account has none."
            " Please enable 2fa",
            hint=f"`imprint admin user totp {user.name}` enrols the account",
        )
    if code is None:
        return Refusal(
            code=NEEDED,
            message="this operation requires a one-time password",
            hint="repeat it with `--otp=CODE` from your authenticator",
        )
    now = registry.clock()
    if not registry.guesses.allow(who, now=now):
        return Refusal(
            code=TOO_MANY,
            message=f"{MOST_GUESSES} one-time passwords in a row were wrong:"
            " no more are taken for now",
            hint="if it was not you, somebody has your token or your password: revoke the token,"
            " `npm token revoke`, and change the password",
        )
    step = _step_of(registry, user, code.strip(), now)
    if step is None or not users.use_totp_step(connection, user.id, step):
        return Refusal(
            code=WRONG,
            message="the one-time password is wrong, too old, or was used before",
            hint="wait for the next code of your authenticator, each is good once",
        )
    registry.guesses.forget(who)
    return None


def code_at(secret: bytes, at: float) -> str:
    """Return the code that an authenticator with `secret` shows at `at` (Unix seconds)."""
    # SHA-1 is RFC 6238's default, and the only one that every authenticator takes.
    algorithm = SHA1()  # noqa: S303
    totp = TOTP(secret, 6, algorithm, STEP_SECONDS, enforce_key_length=False)
    return totp.generate(int(at)).decode()


def _step_of(registry: Registry, user: User, code: str, now: float) -> int | None:
    if user.totp_sealed is None or len(code) != 6 or not code.isascii():  # noqa: PLR2004
        return None
    secret = registry.seal.open(user.totp_sealed, purpose=_purpose(user))
    # One step to either side: clocks differ, and people type.
    for drift in (0, -1, 1):
        at = now + drift * STEP_SECONDS
        if hmac.compare_digest(code_at(secret, at).encode(), code.encode()):
            return int(at // STEP_SECONDS)
    return None


def _purpose(user: User) -> str:
    return f"totp:{user.id}"
