"""What the options of `update` say of a trust domain, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from imprint.attestations.domains import AllowedIssuer

MAX_INPUT_BYTES = 4 * 1024 * 1024

EVERY_PATH = "/*"
"""After an issuer's URL: each of its organizations, or enterprises, is an issuer, too."""

THRESHOLDS = ("log-entries", "certificate-timestamps", "times")


def issuer_of(text: str) -> AllowedIssuer:
    """Return the issuer of `URL=PROVIDER` or `URL/*=PROVIDER`; raises Malformed, UsageError."""
    from imprint.attestations.domains import AllowedIssuer
    from imprint.identity.workload import Provider
    from imprint.tokens.registration import check_issuer_url

    url, equals, word = text.rpartition("=")
    if not equals or word not in list(Provider):
        known = ", ".join(Provider)
        raise click.UsageError(f"`--issuer` takes URL=PROVIDER, the provider one of {known}")
    provider = Provider(word)
    bare = url.removesuffix(EVERY_PATH)
    check_issuer_url(bare, provider=provider)
    return AllowedIssuer(url=bare, provider=provider, organizations=bare != url)


def thresholds_of(texts: Sequence[str]) -> dict[str, int]:
    """Return thresholds by name, of `NAME=N`; raises UsageError."""
    found = {}
    for text in texts:
        name, _, number = text.partition("=")
        if name not in THRESHOLDS or not (number.isascii() and number.isdigit()):
            known = ", ".join(THRESHOLDS)
            raise click.UsageError(f"`--threshold` takes NAME=N, the name one of {known}")
        found[name.replace("-", "_")] = int(number[:9])
    return found


def content_of(path: Path) -> bytes:
    """Return a file that was named; of one that is too large only so much that readers refuse."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_INPUT_BYTES + 1)
    except OSError as err:
        why = (err.strerror or "").lower()
        raise click.UsageError(f"cannot read `{path}`: {why}") from err
