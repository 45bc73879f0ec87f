"""The object identifiers that Fulcio writes into certificates (Fulcio, `docs/oid-info.md`)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ARC: Final = "1.3.6.1.4.1.57264.1"

USER_NAME: Final = f"{ARC}.7"
"""The kind of `otherName` that Fulcio writes for user names that are no mail addresses."""

NUMBERS: Final[Mapping[str, int]] = MappingProxyType(
    {f"{ARC}.{number}": number for number in (*range(1, 7), *range(8, 25))}
)
"""Extensions that are documented, to their N; 7 is none, but `USER_NAME`."""
