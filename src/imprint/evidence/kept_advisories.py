"""What registries said of versions a little while ago: a question is asked once in some minutes.

For as long as a packument counts as current, and no longer: what is known against versions changes
by the hour. How old it is goes with it. Not here: asking (`upstream.advisories`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.history.judging import duration_words
from imprint.storage.projections import KeptAnswer
from imprint.upstream.advisories import bulk_document

if TYPE_CHECKING:
    from imprint.storage.projections import AnswerStore
    from imprint.upstream.advisories import Batch
    from imprint.upstream.registries import UpstreamRegistry

QUESTION: Final = "advisories "
"""And the digest of the versions that are asked about, hex."""
TOLD_SECONDS: Final = 60.0
"""From this age on it is said."""


class KeptAdvisories(msgspec.Struct, frozen=True, kw_only=True):
    """Where answers are kept, and for how long they stand."""

    store: AnswerStore
    now: float
    max_age_seconds: float

    def of(self, registry: UpstreamRegistry) -> AskedAdvisories:
        """Return what is to be asked of one registry in this run."""
        return AskedAdvisories(self, registry)


class AskedAdvisories:
    """The questions of one run to one registry."""

    def __init__(self, kept: KeptAdvisories, registry: UpstreamRegistry) -> None:
        """Ask `registry` what is not kept."""
        self._kept = kept
        self._registry = registry
        self._new: dict[str, KeptAnswer] = {}
        self._age = 0.0

    async def answer_to(self, batch: Batch) -> bytes | None:
        """Return the answer, as `upstream.advisories.bulk_document` does; raises FetchFailed."""
        kept, question = self._kept, QUESTION + _digest_of(batch)
        before = kept.store.get_answer(self._registry.url, question)
        if before is not None and 0 <= kept.now - before.fetched_at < kept.max_age_seconds:
            self._age = max(self._age, kept.now - before.fetched_at)
            return before.data
        data = await bulk_document(self._registry, batch)
        self._new[question] = KeptAnswer(data=data, fetched_at=kept.now)
        return data

    def keep(self) -> None:
        """Keep what was answered: by now it is known that it can be read."""
        for question, answer in self._new.items():
            self._kept.store.put_answer(self._registry.url, question, answer)

    def notes(self) -> tuple[str, ...]:
        """Return a line of how old what was taken is, where that is worth one."""
        if self._age < TOLD_SECONDS:
            return ()
        return (
            f"{self._registry.url}: advisories are as it told them {duration_words(self._age)} ago",
        )


def _digest_of(batch: Batch) -> str:
    return hashlib.sha256(msgspec.json.encode(batch)).hexdigest()
