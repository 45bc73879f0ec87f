"""Data files of this folder as typed values, read when they are first asked for.

The files belong to the program as its modules do; nothing else is read here.
"""

from __future__ import annotations

import pkgutil
from typing import TypeVar

import msgspec

Table = TypeVar("Table")


def load(name: str, kind: type[Table]) -> Table:
    """Return the table in `name`.json. A table that does not fit its type is a bug and raises."""
    content = pkgutil.get_data(__name__, f"{name}.json")
    if content is None:
        raise FileNotFoundError(name)
    return msgspec.json.decode(content, type=kind)
