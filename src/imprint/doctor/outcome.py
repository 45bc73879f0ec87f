"""What a run of `imprint doctor` came to: a diagnosis, and how much of it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from imprint.doctor.compare import Comparison
    from imprint.doctor.model import Diagnosis, Ignored
    from imprint.doctor.ranking import Ranking


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What every format writes."""

    diagnosis: Diagnosis
    ranking: Ranking
    """What was asked to be shown."""
    default: Ranking
    """What would be shown without `--all`: it decides the exit code."""
    ignored: tuple[Ignored, ...]
    comparison: Comparison | None
    shows_paths: bool
    shows_all: bool

    @property
    def failing(self) -> bool:
        """Whether there are findings, or somebody weaker than before can publish."""
        weaker = self.comparison is not None and bool(self.comparison.weaker)
        return bool(self.default.shown) or weaker
