"""What came in the Authorization header, recognised by its shape alone. No look-up happens here.

Most failed publishes carry one of a few well-known wrong things: the placeholder that setup-node
writes, a variable that nobody set, a forge's own token, or the ID token itself (wire.md §0.5).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

from imprint.publishers.credentials import SecretKind, SecretText, parse_secret
from imprint.refusals import Refusal

SETUP_NODE_PLACEHOLDER = "XXXXX-XXXXX-XXXXX-XXXXX"
MAX_BEARER_CHARACTERS = 16_384

_FORGE_PREFIXES = ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "glcbt-")


class NotAKey(StrEnum):
    """Things that are sent as a token and are none of ours."""

    PLACEHOLDER = "setup-node-placeholder"
    VARIABLE = "unset-variable"
    FORGE_TOKEN = "forge-token"  # noqa: S105  (a kind, not a secret)
    FOREIGN = "foreign-token"
    ID_TOKEN = "id-token-as-token"  # noqa: S105  (a kind, not a secret)
    BAD_CHECKSUM = "damaged-token"
    SCHEME = "authorization-scheme"


class NoBearer(msgspec.Struct, frozen=True):
    """There is no Authorization header, or an empty one."""


class WrongBearer(msgspec.Struct, frozen=True):
    """Something that cannot be a credential or token of this registry."""

    kind: NotAKey


Bearer: TypeAlias = NoBearer | WrongBearer | SecretText


def bearer_text(header: str | None) -> str | None:
    """Return what follows `Bearer`, whatever its case and white space; None for another scheme."""
    parts = (header or "").split(None, 1)
    if len(parts) != 2 or parts[0].lower() != "bearer":  # noqa: PLR2004  (scheme and text)
        return None
    return parts[1].strip()


def bearer_of(header: str | None) -> Bearer:
    """Return what `header` holds."""
    if header is None or not header.strip():
        return NoBearer()
    text = bearer_text(header)
    if text is None or len(text) > MAX_BEARER_CHARACTERS:
        is_empty = header.strip().lower() == "bearer"
        return NoBearer() if is_empty else WrongBearer(NotAKey.SCHEME)
    if text == SETUP_NODE_PLACEHOLDER:
        return WrongBearer(NotAKey.PLACEHOLDER)
    if text.startswith("${") and text.endswith("}"):
        return WrongBearer(NotAKey.VARIABLE)
    if text.startswith(_FORGE_PREFIXES):
        return WrongBearer(NotAKey.FORGE_TOKEN)
    if SecretKind.of_prefix(text) is not None:
        return parse_secret(text) or WrongBearer(NotAKey.BAD_CHECKSUM)
    if text.startswith("eyJ") and text.count(".") == 2:  # noqa: PLR2004  (a JWT has three parts)
        return WrongBearer(NotAKey.ID_TOKEN)
    return WrongBearer(NotAKey.FOREIGN)


_EXPLAINED: dict[NotAKey, tuple[str, str]] = {
    NotAKey.PLACEHOLDER: (
        "the token is the placeholder that actions/setup-node writes, not a token",
        (
            "no token is needed: remove `registry-url` from setup-node, and let npm exchange its"
            " ID token (`permissions: id-token: write`, npm 11.5.1 or later)"
        ),
    ),
    NotAKey.VARIABLE: (
        "the token is the text of a variable that was never set, `${NODE_AUTH_TOKEN}` or alike",
        "remove the `_authToken` line from .npmrc: a trusted publisher needs none",
    ),
    NotAKey.FORGE_TOKEN: (
        "the token is one of the forge (GitHub or GitLab), not of this registry",
        (
            "a forge's token cannot publish here: add a trusted publisher, or use a token of this"
            " registry"
        ),
    ),
    NotAKey.ID_TOKEN: (
        "an ID token was sent where a publish credential is needed: it must be exchanged first",
        "npm 11.5.1 or later does that by itself; with npm 10 use `imprint exchange`",
    ),
    NotAKey.BAD_CHECKSUM: (
        "the token is damaged: its checksum does not fit, as when it was cut or mistyped",
        "copy it again, as a whole",
    ),
    NotAKey.FOREIGN: (
        "the token is not one of this registry",
        "look at the `_authToken` line for this registry in .npmrc: its token is another's",
    ),
    NotAKey.SCHEME: (
        "the Authorization header is not of the form `Bearer TOKEN`",
        "npm sends it so by itself from `_authToken`; `_auth` and `_password` are not taken here",
    ),
}


def explain(wrong: WrongBearer) -> Refusal:
    """Return why such a bearer is refused; the code is the kind."""
    message, hint = _EXPLAINED[wrong.kind]
    return Refusal(code=wrong.kind.value, message=message, hint=hint)
