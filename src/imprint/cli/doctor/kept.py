"""Where this user's diagnoses are kept, and the key that signs them."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from imprint.cli.session import say
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.storage.verdicts import VerdictCache


@contextmanager
def kept_diagnoses(
    environment: Mapping[str, str], *, uses_cache: bool
) -> Iterator[VerdictCache | None]:
    """Open the kept diagnoses; without a key that is ours alone, there are none."""
    from imprint.storage.verdicts import VerdictCache, cache_secret

    if not uses_cache:
        yield None
        return
    try:
        secret = cache_secret(_folder(environment, "XDG_CONFIG_HOME", ".config") / "verdicts.key")
    except Malformed as err:
        say(f"warning: {err.message}")
        yield None
        return
    file = _folder(environment, "XDG_CACHE_HOME", ".cache") / "diagnoses.sqlite3"
    with VerdictCache(file, secret=secret) as cache:
        yield cache


def _folder(environment: Mapping[str, str], variable: str, usual: str) -> Path:
    # XDG Base Directory: a relative path is no value.
    named = Path(environment.get(variable, ""))
    return (named if named.is_absolute() else Path.home() / usual) / "imprint"
