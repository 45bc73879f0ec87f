"""The keys that registries say are their own: kept for a day, and asked for again where one lacks.

They are what signatures are verified by, so what is kept is sealed, and never stands for longer
than `MAX_AGE_SECONDS` while somebody may be asked. Not here: which keys are believed (`believing`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.evidence.collect import keys_of
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.history.judging import duration_words
from imprint.storage.projections import KeptAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from imprint.evidence.looked import Looked
    from imprint.storage.projections import AnswerStore
    from imprint.upstream.registries import UpstreamRegistry

MAX_AGE_SECONDS: Final = 86_400.0
QUESTION: Final = "keys"
_OFFLINE: Final = NotLooked(why="the registry's keys were not asked for: offline")


class RegistryKeys:
    """The keys of one run's registries."""

    def __init__(
        self,
        *,
        registry_of: Callable[[str], UpstreamRegistry],
        store: AnswerStore | None,
        now: float,
        max_age_seconds: float,
        is_offline: bool,
    ) -> None:
        """Ask by `registry_of` an address, and keep what comes in `store`; None: nowhere.

        What is younger than `max_age_seconds` is not asked for again, whatever it lacks.
        """
        self._registry_of = registry_of
        self._store = store
        self._now = now
        self._max_age_seconds = max_age_seconds
        self._is_offline = is_offline
        self._found: dict[str, Looked[bytes]] = {}
        self._ages: dict[str, float] = {}
        """Of those that were kept, in seconds."""

    async def ask(self, urls: Iterable[str]) -> None:
        """Have the keys of registries, from what is kept and young enough, else from them."""
        await asyncio.gather(*(self._ask(url) for url in urls if not self._take_kept(url)))

    async def having(self, named: Mapping[str, Collection[str]]) -> Mapping[str, Looked[bytes]]:
        """Return the keys by address; where an id that versions name lacks, they are asked anew."""
        stale = [
            url
            for url, age in self._ages.items()
            if age > self._max_age_seconds and not set(named.get(url, ())) <= self._ids(url)
        ]
        if not self._is_offline:
            await asyncio.gather(*(self._ask(url) for url in stale))
        return self._found

    def notes(self, urls: Collection[str]) -> tuple[str, ...]:
        """Return a line for each of these registries whose keys are older than they should be."""
        return tuple(
            f"{url}: its keys are as they were {duration_words(age)} ago"
            for url, age in self._ages.items()
            if age > MAX_AGE_SECONDS and url in urls
        )

    def _take_kept(self, url: str) -> bool:
        """Take the keys that are kept; of any age where nobody may be asked."""
        kept = None if self._store is None else self._store.get_answer(url, QUESTION)
        age = 0.0 if kept is None else self._now - kept.fetched_at
        is_current = 0 <= age <= MAX_AGE_SECONDS and self._max_age_seconds > 0
        if kept is None or not (is_current or self._is_offline):
            return False
        self._found[url] = NotThere() if kept.data is None else Had(kept.data)
        self._ages[url] = age
        return True

    async def _ask(self, url: str) -> None:
        if self._is_offline:
            self._found[url] = _OFFLINE
            return
        looked = self._found[url] = await keys_of(self._registry_of(url))
        self._ages.pop(url, None)
        if self._store is None or isinstance(looked, NotLooked):
            return
        if isinstance(looked, Had) and not _ids_of(looked.value):
            return  # it says something, and no keys: another time it may be another
        data = looked.value if isinstance(looked, Had) else None
        self._store.put_answer(url, QUESTION, KeptAnswer(data=data, fetched_at=self._now))

    def _ids(self, url: str) -> set[str]:
        looked = self._found.get(url)
        return _ids_of(looked.value) if isinstance(looked, Had) else set()


class _Key(msgspec.Struct):
    keyid: str = ""


class _Keys(msgspec.Struct):
    keys: list[_Key]


def _ids_of(raw: bytes) -> set[str]:
    """Return the ids in a document of keys; none of what is no such: then it is asked for again."""
    try:
        return {key.keyid for key in msgspec.json.decode(raw, type=_Keys).keys}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return set()
