"""Kept projections of packuments, attestation documents, and answers: what a place of them does.

Not here: the two places, a file of one user (`projection_file`) and a PostgreSQL database that many
share (`projection_database`).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MOST_ROW_BYTES: Final = 64 * 1024 * 1024
"""Of what is kept of one package or version: what is larger is had anew each time."""
USED_EVERY_SECONDS: Final = 86_400.0
"""How exactly it is known when a row was last used: reading is not to be a writing each time."""


class KeptProjection(msgspec.Struct, frozen=True, kw_only=True):
    """One package's rows, and by what its packument is known again."""

    data: bytes
    """As `history.projection.encode` writes it."""
    fetched_at: float
    """When the registry last said so, Unix seconds."""
    etag: str = ""
    last_modified: str = ""


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a registry answered to a question of ours: its keys, what it knows against versions."""

    data: bytes | None
    """As it came; None: it has no such."""
    fetched_at: float
    """When it said so, Unix seconds."""


class AttestedVersion(NamedTuple):
    """The version that an attestation document is of, told apart by its bytes."""

    name: str
    version: str
    integrity: str
    """Of the tarball, an SRI text."""


class ProjectionStore(Protocol):
    """A place that keeps them. What cannot be read or written is as if it were not there."""

    failure: str | None
    """Why it keeps nothing, one line, once that is known."""

    def get_many(self, registry: str, names: Collection[str]) -> Mapping[str, KeptProjection]:
        """Return what is kept of `names` at the address `registry`."""
        ...

    def put(self, registry: str, projections: Mapping[str, KeptProjection]) -> None:
        """Keep projections, all of them or none."""
        ...

    def confirm(self, registry: str, projections: Mapping[str, KeptProjection]) -> None:
        """Keep that these, which are there, were said to be current at their `fetched_at`."""
        ...

    def get_documents(
        self, versions: Collection[AttestedVersion]
    ) -> Mapping[AttestedVersion, bytes]:
        """Return the attestation documents that are kept of `versions`."""
        ...

    def put_documents(self, documents: Mapping[AttestedVersion, bytes]) -> None:
        """Keep attestation documents, all of them or none."""
        ...

    def close(self) -> None:
        """Keep the place from growing without end, and leave it."""
        ...


class AnswerStore(Protocol):
    """A place that keeps answers. What cannot be read or written is as if it were not there."""

    def get_answer(self, registry: str, question: str) -> KeptAnswer | None:
        """Return what the registry at an address answered last."""
        ...

    def put_answer(self, registry: str, question: str, answer: KeptAnswer) -> None:
        """Keep an answer in the place of an earlier one."""
        ...


class KeptStore(ProjectionStore, AnswerStore, Protocol):
    """A place that keeps both."""


class Seal:
    """MACs under a key that is not kept beside the rows: nobody can plant one to hide a change."""

    def __init__(self, secret: bytes) -> None:
        """Seal by `secret`."""
        self._secret = secret

    def of_content(self, data: bytes, *parts: str) -> bytes:
        """Return the MAC of what a row holds, in the place that `parts` say."""
        return hmac.digest(self._secret, _place("content", parts) + data, hashlib.sha256)

    def of_state(self, kept: KeptProjection, content: bytes) -> bytes:
        """Return the MAC of how current a row is whose content has the MAC `content`."""
        state = (kept.etag, kept.last_modified, repr(kept.fetched_at))
        return hmac.digest(self._secret, _place("state", state) + content, hashlib.sha256)

    def of_answer(self, answer: KeptAnswer, registry: str, question: str) -> bytes:
        """Return the MAC of an answer, and of when it was given."""
        state = ("there" if answer.data is not None else "none", repr(answer.fetched_at))
        return self.of_content(answer.data or b"", "answer", registry, question, *state)

    def is_whole(
        self, kept: KeptProjection, content: bytes, state: bytes, registry: str, name: str
    ) -> bool:
        """Tell whether a row is one of ours, where it belongs."""
        return hmac.compare_digest(
            content, self.of_content(kept.data, registry, name)
        ) and hmac.compare_digest(state, self.of_state(kept, content))


def _place(purpose: str, parts: tuple[str, ...]) -> bytes:
    """Return what a row is of, each part set off from the next by its length."""
    texts = [part.encode("utf-8", "surrogatepass") for part in (purpose, *parts)]
    return b"imprint projection 1\0" + b"".join(b"%d:%b," % (len(text), text) for text in texts)
