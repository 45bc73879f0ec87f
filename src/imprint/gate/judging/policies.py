"""The gate's policy: loaded from its file, and again whenever the file says something else.

A file that is broken changes nothing: the policy before it stays in force, and log and status say
so. Whoever judges takes the policy in force once, so that a request under way keeps the one that it
began with. Pins and a baseline count where they lie beside the file.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from imprint.evidence.policies import load_policy
from imprint.policy.baseline import FILE_NAME as BASELINE_NAME
from imprint.policy.model import Mode, mode_at
from imprint.policy.pins import FILE_NAME as PINS_NAME
from imprint.refusals import Malformed, Unavailable, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.evidence.policies import LoadedPolicy
    from imprint.refusals import Refusal

log = logging.getLogger("imprint.gate")

WATCH_SECONDS = 1.0
SETTLE_SECONDS = 0.05
"""How long a file that changed must stay as it is: half of one can be a policy too, a laxer one."""
MOST_SETTLING = 40
RETRY_SECONDS = 30.0
"""How long a file that could not be loaded is left alone while it stays as it is: what it extends
may be there again."""


class WhenUndecided(StrEnum):
    """What becomes of a version that could not be judged (`gate_undecided`)."""

    BY_MODE = ""
    """Held where the policy enforces, served where it only warns or observes."""
    HOLD = "hold"
    """Held where the policy warns, too."""
    ALLOW = "allow"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the setting; raises Malformed (`setting-value`)."""
        try:
            return cls(text.strip())
        except ValueError as err:
            raise Malformed(
                "setting-value",
                f"`gate_undecided` is {quoted(text)}: it takes `hold`, `allow` or nothing",
            ) from err


class GatePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy in force, with everything that is judged by beside it."""

    loaded: LoadedPolicy
    undecided: WhenUndecided
    digest: str
    """sha256, hex: over policy, layers, pins, baseline and what becomes of the undecided."""
    since: float
    """When it was loaded, Unix seconds."""

    def mode(self, now: float) -> Mode:
        """Return what a refusal does at `now`, Unix seconds."""
        return mode_at(self.loaded.policy, now)

    def holds_unconfirmed(self, now: float) -> bool:
        """Return whether what upstreams did not confirm in time is held: `hold` was asked for."""
        return self.undecided is WhenUndecided.HOLD and self.mode(now) is not Mode.OBSERVE


class NotLoaded(msgspec.Struct, frozen=True, kw_only=True):
    """A newer file that could not be loaded: the policy in force is an older one."""

    refusal: Refusal
    since: float
    """Unix seconds."""


class Policies:
    """The policy in force. `check` may be called from any thread."""

    def __init__(
        self,
        file: Path | None,
        *,
        clock: Callable[[], float],
        undecided: WhenUndecided = WhenUndecided.BY_MODE,
        cache: Path | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """Load `file`; None: there is no policy, and nothing is judged.

        `cache` is a folder for what policies extend over https. `pause` blocks for some seconds,
        while the file is being written. Raises Malformed and Unavailable where the file cannot be
        loaded: nothing is in force then.
        """
        self._pause = pause
        self._file = file
        self._clock = clock
        self._undecided = undecided
        self._cache = cache
        self._one = threading.Lock()
        self._seen = ""
        self._tried_at = 0.0
        self._current: GatePolicy | None = None
        self._not_loaded: NotLoaded | None = None
        if file is not None:
            self._seen = self._content()
            self._current = self._load(file)
            self._say(self._current)

    @classmethod
    def fixed(cls, policy: GatePolicy, *, clock: Callable[[], float]) -> Self:
        """Return what has one policy in force, and none ever after it: for a trial."""
        found = cls(None, clock=clock)
        found._current = policy
        return found

    @property
    def current(self) -> GatePolicy | None:
        """The policy in force; None: there is none."""
        return self._current

    @property
    def not_loaded(self) -> NotLoaded | None:
        """Why a newer file is not in force; None: the file is."""
        return self._not_loaded

    @property
    def folder(self) -> Path:
        """Where the file lies; without one, here."""
        return Path() if self._file is None else self._file.parent

    def check(self) -> bool:
        """Load the file if it says something else than before; return whether that is in force."""
        if self._file is None:
            return False
        with self._one:
            now, content = self._clock(), self._settled()
            is_due = self._not_loaded is not None and not 0 <= now - self._tried_at < RETRY_SECONDS
            if content == self._seen and not is_due:
                return False
            # The digest is of before: what is written meanwhile is seen the next time.
            is_new, self._seen, self._tried_at = content != self._seen, content, now
            try:
                found = self._load(self._file)
            except (Malformed, Unavailable) as err:
                self._keep(err, now, is_new=is_new)
                return False
            if self._content() != content:  # it is being written again: the next time, then
                self._seen = ""
                return False
            self._not_loaded = None
            if self._current is not None and found.digest == self._current.digest:
                return False
            self._current = found
            self._say(found)
            return True

    async def watch(self, *, every_seconds: float = WATCH_SECONDS) -> None:
        """Check again and again, until cancelled."""
        while True:
            await asyncio.sleep(every_seconds)
            try:
                await asyncio.to_thread(self.check)
            except Exception:  # the next round may succeed; the policy in force stays
                log.exception("policy-check-failed")

    def _load(self, file: Path) -> GatePolicy:
        loaded = load_policy(file.parent, named=file, cache=self._cache)
        digest = hashlib.sha256(f"{loaded.digest}\n{self._undecided}".encode()).hexdigest()
        return GatePolicy(
            loaded=loaded, undecided=self._undecided, digest=digest, since=self._clock()
        )

    def _settled(self) -> str:
        """Return the digest of what is there; of what is another one, once nobody writes to it."""
        content = self._content()
        for _ in range(MOST_SETTLING):
            if content == self._seen:
                break
            self._pause(SETTLE_SECONDS)
            before, content = content, self._content()
            if content == before:
                break
        return content

    def _content(self) -> str:
        """Return the digest of the file, and of what lies beside it."""
        if self._file is None:
            return ""
        whole = hashlib.sha256()
        folder = self._file.parent
        for path in (self._file, folder / PINS_NAME, folder / BASELINE_NAME):
            try:
                with path.open("rb") as opened:
                    whole.update(hashlib.file_digest(opened, "sha256").digest())
            except OSError as err:
                whole.update(f"errno {err.errno}".encode())
        return whole.hexdigest()

    def _keep(self, err: Malformed | Unavailable, now: float, *, is_new: bool) -> None:
        refusal = err.refusal()
        before = self._not_loaded
        since = before.since if before is not None and not is_new else now
        self._not_loaded = NotLoaded(refusal=refusal, since=since)
        if is_new or before is None or before.refusal != refusal:
            kept = "" if self._current is None else self._current.digest
            log.error(
                "policy-not-loaded",
                extra={"code": refusal.code, "reason": refusal.message, "policy.digest": kept},
            )

    def _say(self, found: GatePolicy) -> None:
        log.info(
            "policy-loaded",
            extra={
                "policy": found.loaded.words,
                "policy.digest": found.digest,
                "mode": found.mode(self._clock()).value,
            },
        )
