"""Secrets that we issue, their form, and what a publish credential may still do.

A secret is `imp_p_` (publish credential) or `imp_t_` (long-lived token), 43 characters of base62
that carry 32 random bytes, and 6 that carry a CRC-32 of all before them: a scanner can tell it
without asking, and a mistyped one is refused without a look-up. Only its sha256 is stored (H02).
"""

from __future__ import annotations

import hashlib
import hmac
import string
import zlib
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from imprint.refusals import Refusal, quoted

if TYPE_CHECKING:
    from imprint.identity.workload import Workload
    from imprint.npm.names import PackageName
    from imprint.publishers.publisher import PublicationLimits

LIFETIME_SECONDS = 900
"""Of a publish credential (architecture decision 9): the longest, and what is given."""

RANDOM_BYTES = 32
"""How many unpredictable bytes a secret carries."""

_LEEWAY_SECONDS = 60
"""Replicas' clocks differ: a credential made elsewhere a moment ago is good here already."""

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BODY_LENGTH = 43  # 62**43 > 2**256
_CHECKSUM_LENGTH = 6  # 62**6 > 2**32


class SecretKind(StrEnum):
    """What a secret is for, by its prefix."""

    PUBLISH_CREDENTIAL = "imp_p_"
    TOKEN = "imp_t_"  # noqa: S105  (a prefix, not a secret)

    @classmethod
    def of_prefix(cls, text: str) -> SecretKind | None:
        """Return the kind that `text` claims to be, well-formed or not."""
        return next((kind for kind in cls if text.startswith(kind.value)), None)


class Secret:
    """A text that must not be printed: `str` and `repr` say nothing of it, only `reveal()` does."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, at the socket or at the hash and nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        # In a time that does not depend on where the two differ.
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret cannot be pickled: that would write it down")


class SecretText(msgspec.Struct, frozen=True, kw_only=True):
    """A text that has the form of a secret of ours. Whether it exists is another question."""

    kind: SecretKind
    secret: Secret


def make_secret(random_bytes: bytes, kind: SecretKind) -> Secret:
    """Return the secret that `random_bytes` make: 32, unpredictable, used for nothing else."""
    if len(random_bytes) != RANDOM_BYTES:
        raise ValueError(f"a secret takes {RANDOM_BYTES} random bytes, not {len(random_bytes)}")
    body = kind.value + _base62(int.from_bytes(random_bytes, "big"), _BODY_LENGTH)
    return Secret(body + _checksum(body))


def parse_secret(text: str) -> SecretText | None:
    """Return the secret that `text` is, to the letter, or None. Case H01."""
    kind = SecretKind.of_prefix(text)
    if kind is None or len(text) != len(kind.value) + _BODY_LENGTH + _CHECKSUM_LENGTH:
        return None
    if not set(text[len(kind.value) :]) <= set(_ALPHABET):
        return None
    if text[-_CHECKSUM_LENGTH:] != _checksum(text[:-_CHECKSUM_LENGTH]):
        return None
    return SecretText(kind=kind, secret=Secret(text))


def hash_of(secret: Secret | str) -> str:
    """Return what is stored instead of the secret: sha256, 64 hex digits.

    No salt and no slow hash: 256 random bits cannot be guessed.
    """
    text = secret.reveal() if isinstance(secret, Secret) else secret
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


class Use(StrEnum):
    """What a publish credential is used for, beside reading."""

    PUBLISH = "publish"
    STAGE = "stage"
    DIST_TAG = "dist-tag"


class PublishCredential(msgspec.Struct, frozen=True, kw_only=True):
    """A short-lived credential for one package and one publication. The secret is not in it."""

    id: str
    """UUID."""
    publisher_id: str
    publisher_revision: int
    """The publisher's when it was minted; a later one makes the credential dead (case H10)."""
    package: PackageName
    package_id: str | None = None
    """None: the package did not exist at the exchange. Another package that took the name since is
    another package (case H11)."""
    limits: PublicationLimits
    workload: Workload
    stage_only: bool = False
    """The publisher's ids are unconfirmed: the registry stages what is published."""
    dist_tag_only: bool = False
    """The job has published already (architecture decision 8)."""
    version: str | None = None
    """Set: the only version that it may publish."""
    sha512: str | None = None
    """Set: the only tarball that it may publish, 128 hex digits (JSR's binding)."""
    claims_digest: str = ""
    """sha256 of the ID token's payload, hex."""
    created_at: float
    expires_at: float
    """Unix seconds, as all times here."""
    spent_version: str | None = None
    """The version that it published: it publishes no other."""
    revoked_at: float | None = None
    address: str
    """The client's, at the exchange."""


def judge_use(
    credential: PublishCredential,
    *,
    use: Use,
    package: PackageName,
    now: float,
    publisher_revision: int | None,
    version: str | None = None,
    package_id: str | None = None,
) -> Refusal | None:
    """Return why the credential is no good for `use` on `package`, or None.

    `publisher_revision` is the publisher's now, None where it is gone. `package_id` is the
    package's now, None where it does not exist. `version` is what is to be published: the version
    that the credential is spent on may be sent again, since a lost answer makes clients repeat it,
    and what is stored decides whether that is the same publication.

    What the publisher's limits say is judged apart (`limits.py`). Codes: `credential-revoked`,
    `publisher-changed`, `credential-expired`, `wrong-package`, `credential-spent`,
    `permission-denied`. Cases H03, H04, H09-H11, H14.
    """
    return (
        _judge_publisher(credential, publisher_revision)
        or _judge_life(credential, now)
        or _judge_package(credential, package, package_id)
        or _judge_spending(credential, use, version)
        or _judge_confirmation(credential, use)
    )


def judge_read(
    credential: PublishCredential,
    *,
    package: PackageName,
    now: float,
    publisher_revision: int | None,
) -> Refusal | None:
    """Return why the credential may not read `package`, or None; spent ones still read (H08).

    `publisher_revision` is the publisher's now, None where it is gone: a dead credential does not
    even read (H10).
    """
    return (
        _judge_publisher(credential, publisher_revision)
        or _judge_life(credential, now)
        or _judge_package(credential, package, credential.package_id)
    )


def judge_artifact(credential: PublishCredential, *, version: str, sha512: str) -> Refusal | None:
    """Return why this tarball may not be published with a credential bound to another, or None.

    `sha512` is what the registry computed, 128 hex digits. Code: `wrong-artifact`. Case H13.
    """
    if credential.version is not None and credential.version != version:
        return Refusal(
            code="wrong-artifact",
            message=f"the credential is for version {quoted(credential.version)}, "
            f"not for {quoted(version)}",
        )
    if credential.sha512 is not None and credential.sha512 != sha512:
        return Refusal(
            code="wrong-artifact",
            message="the tarball is not the one that the credential was asked for: "
            f"its sha512 is {quoted(sha512)}, expected {quoted(credential.sha512)}",
        )
    return None


def _judge_publisher(
    credential: PublishCredential, publisher_revision: int | None
) -> Refusal | None:
    if publisher_revision == credential.publisher_revision:
        return None
    what = "removed or disabled" if publisher_revision is None else "changed"
    return Refusal(
        code="publisher-changed",
        message=f"the trusted publisher was {what} since this publish credential was issued",
        hint=_AGAIN,
    )


def _judge_life(credential: PublishCredential, now: float) -> Refusal | None:
    if credential.revoked_at is not None:
        return Refusal(
            code="credential-revoked",
            message="the publish credential was revoked",
            hint=_AGAIN,
        )
    end = min(credential.expires_at, credential.created_at + LIFETIME_SECONDS)
    if not credential.created_at - _LEEWAY_SECONDS <= now < end:
        return Refusal(
            code="credential-expired",
            message=f"the publish credential expired: it lives {LIFETIME_SECONDS // 60} minutes",
            hint=_AGAIN,
        )
    return None


def _judge_package(
    credential: PublishCredential, package: PackageName, package_id: str | None
) -> Refusal | None:
    if package != credential.package:
        return Refusal(
            code="wrong-package",
            message=f"the publish credential is for {quoted(str(credential.package))}, "
            f"not for {quoted(str(package))}",
            # npm 11 takes the credential of one workspace package to the next when the exchange
            # for that one fails (facts/wire.md §2.2).
            hint=f"look for the refused exchange of {quoted(str(package))} earlier in the log",
        )
    if credential.package_id is not None and package_id != credential.package_id:
        return Refusal(
            code="wrong-package",
            message=f"the publish credential is for an earlier package {quoted(str(package))}, "
            "not for the one that has the name now",
            hint=_AGAIN,
        )
    return None


def _judge_spending(credential: PublishCredential, use: Use, version: str | None) -> Refusal | None:
    if use is Use.DIST_TAG:
        return None
    if credential.dist_tag_only:
        return Refusal(
            code="credential-spent",
            message="this job has published already: its credential is for dist-tags alone",
        )
    if credential.spent_version is not None and credential.spent_version != version:
        return Refusal(
            code="credential-spent",
            message=f"the publish credential has published {quoted(credential.spent_version)}: "
            "it is good for one publication",
            hint=_AGAIN,
        )
    return None


def _judge_confirmation(credential: PublishCredential, use: Use) -> Refusal | None:
    """Refuse what would hold at once: only a publication can wait for an owner."""
    if use is not Use.DIST_TAG or not credential.stage_only:
        return None
    return Refusal(
        code="permission-denied",
        message="no owner has confirmed the trusted publisher's ids: it may publish, which waits"
        " for an approval, and change no dist-tags",
        hint="an owner confirms it by approving what it staged: `npm stage approve`",
    )


def _base62(number: int, length: int) -> str:
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _checksum(text: str) -> str:
    """Return the checksum of all before it, prefix included: no kind becomes another."""
    return _base62(zlib.crc32(text.encode()), _CHECKSUM_LENGTH)


_AGAIN = "publish again: every `npm publish` in CI asks for a new one"
