"""Which actions restore and save caches, and on what it depends. Source: their own sources.

Rows are by action and by release, because it changes: actions/setup-go caches by itself from 4 on
(facts/workflows.md §2.2). What takes more than a row is in `effects/caches.py`.
"""

from __future__ import annotations

from functools import cache

import msgspec

from imprint.workflows.tables.loading import load


class CachingAction(msgspec.Struct, frozen=True, kw_only=True):
    """One row: an action, from one release to before another."""

    action: str
    """`owner/repository[/path]` in lower case."""
    since: str | None = None
    below: str | None = None
    switch: str | None = None
    """The input that turns the cache on or off; None: it is always on."""
    default: str = ""
    """What holds where that input is not given."""
    off: tuple[str, ...] = ("", "false")
    """Values of the switch, in lower case, that turn it off. All others turn it on."""
    on: tuple[str, ...] = ()
    """Where there are any: the only values that turn it on."""
    needs: dict[str, str] = msgspec.field(default_factory=dict)
    """Inputs without which nothing is cached: a piece their value has to have, or empty."""
    absent: tuple[str, ...] = ()
    """Inputs with which nothing is cached."""
    only_looks_up: dict[str, str] = msgspec.field(default_factory=dict)
    """Input → value with which nothing is restored (`lookup-only`)."""
    not_saving: dict[str, str] = msgspec.field(default_factory=dict)
    """Input → value with which nothing is saved."""
    restores: bool = True
    saves: bool = True
    store: str = "forge"
    """`forge`, `third-party` or `build`: see `effects.model.CacheStore`."""
    key: str | None = None
    """The input with the key."""
    restore_keys: str | None = None
    """The input with the beginnings that will do."""
    path: str | None = None
    """The input with the paths."""
    paths: tuple[str, ...] = ()
    """Where the paths are the action's own."""
    packages_from: tuple[str, ...] = ()
    """Not empty: on by itself where package.json names one of these package managers."""
    dev_engines: bool = False
    """Whether `devEngines.packageManager` counts for that, too."""
    note: str = ""
    """For people, where the switch does not say it all."""


class CachingTable(msgspec.Struct, frozen=True, kw_only=True):
    """The table's shape."""

    source: str
    actions: tuple[CachingAction, ...]


@cache
def caching_actions() -> dict[str, tuple[CachingAction, ...]]:
    """Return the rows of each action."""
    found: dict[str, tuple[CachingAction, ...]] = {}
    for row in load("caching", CachingTable).actions:
        found[row.action] = (*found.get(row.action, ()), row)
    return found
