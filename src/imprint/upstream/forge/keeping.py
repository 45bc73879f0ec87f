"""Forges' answers, kept for a day: who audits often does not use up the forge's rate limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from imprint.storage.verdicts import verdict_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    class KeptAnswers(Protocol):
        """Bytes by key: `storage.verdicts.VerdictCache` is one, and a dictionary in a test."""

        def get(self, keys: list[bytes]) -> Mapping[bytes, bytes]:
            """Return what is kept for `keys`."""
            ...

        def put(self, verdicts: Mapping[bytes, bytes]) -> None:
            """Keep bytes by their keys."""
            ...


DAY_SECONDS: Final = 86_400.0
NOTHING_SECONDS: Final = 3_600.0
"""How long it counts that something is not there: tags are made after publishing."""
MAX_KEPT_BYTES: Final = 512 * 1024


class Remembered:
    """Answers that are kept for one run alone."""

    def __init__(self) -> None:
        """Begin with none."""
        self._answers: dict[bytes, bytes] = {}

    def get(self, keys: list[bytes]) -> Mapping[bytes, bytes]:
        """Return what is kept for `keys`."""
        return {key: self._answers[key] for key in keys if key in self._answers}

    def put(self, verdicts: Mapping[bytes, bytes]) -> None:
        """Keep bytes by their keys."""
        self._answers.update(verdicts)


class _Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    until: float
    body: bytes | None
    """None: the forge has no such thing."""


_DECODER = msgspec.msgpack.Decoder(_Kept)
_ENCODER = msgspec.msgpack.Encoder()


class Keeping(msgspec.Struct, frozen=True, kw_only=True):
    """Answers of forges, kept between runs."""

    answers: KeptAnswers
    now: Callable[[], float]
    """Unix seconds."""

    def key(self, url: str, token: str) -> bytes:
        """Return the key of an answer: what one token may read, another may not."""
        return verdict_key("forge", url, token)

    def find(self, key: bytes) -> tuple[bytes | None] | None:
        """Return the answer in brackets, which may itself be that there is none; None: not kept."""
        raw = self.answers.get([key]).get(key)
        if raw is None:
            return None
        try:
            kept = _DECODER.decode(raw)
        except msgspec.DecodeError:
            return None
        return (kept.body,) if self.now() < kept.until else None

    def keep(self, key: bytes, body: bytes | None, *, seconds: float) -> None:
        """Keep an answer for some time."""
        if seconds > 0 and len(body or b"") <= MAX_KEPT_BYTES:
            row = _ENCODER.encode(_Kept(self.now() + seconds, body))
            self.answers.put({key: row})
