"""Publish paths that are one for several packages, told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.workflows.paths.model import PublishPath

_SHOWN = 2


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One path, and all packages that it leads to."""

    path: PublishPath
    packages: tuple[str, ...]

    @property
    def named(self) -> str:
        """The packages in a few words."""
        more = len(self.packages) - _SHOWN
        return ", ".join(self.packages[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def ways_of(paths: Iterable[PublishPath]) -> tuple[Way, ...]:
    """Return the paths, those that differ in their package alone as one, in their order."""
    found: dict[tuple[object, ...], list[PublishPath]] = {}
    for path in paths:
        key = (path.who, path.can_publish, path.trigger, path.hops, path.stopped_by, path.check)
        found.setdefault(key, []).append(path)
    return tuple(
        Way(path=same[0], packages=tuple(dict.fromkeys(one.package for one in same)))
        for same in found.values()
    )
