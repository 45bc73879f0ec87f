"""Which registered issuer a token names. Not here: registering one, or believing the token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import Refusal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.tokens.issuers import Issuer

OTHER_ISSUERS = "other"


def select_issuer(unverified_issuer: str, issuers: Iterable[Issuer]) -> Issuer | Refusal:
    """Return the registered issuer whose URL is exactly `unverified_issuer`.

    That selects whose keys are asked, and nothing else: `verify` looks at `iss` again once the
    signature is known to be right. Refusal `unsupported-issuer`.
    """
    for issuer in issuers:
        if issuer.url == unverified_issuer:
            return issuer
    return unsupported_issuer(unverified_issuer)


def issuer_label(unverified_issuer: str, issuers: Iterable[Issuer]) -> str:
    """Return a name for metrics: that of a registered issuer, or `other` for all others together.

    Anyone can send a token that names anything; as a label it would never end.
    """
    selected = select_issuer(unverified_issuer, issuers)
    return OTHER_ISSUERS if isinstance(selected, Refusal) else selected.name


def unsupported_issuer(unverified_issuer: str) -> Refusal:
    """Say that no such issuer is registered. Issuers are compared to the letter."""
    return Refusal(
        code="unsupported-issuer",
        message=f"unsupported issuer {quoted(unverified_issuer)}",
        hint="an administrator registers issuers, with exactly the URL that tokens have in `iss`",
    )
