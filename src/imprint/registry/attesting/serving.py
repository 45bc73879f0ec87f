"""The form in which attestations are served: npm's list, each bundle exactly as it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable


def listed(attestations: Iterable[tuple[str, bytes]]) -> list[dict[str, object]]:
    """Return the list of (predicate type, bundle as JSON)."""
    return [
        {"predicateType": predicate_type, "bundle": msgspec.Raw(bundle)}
        for predicate_type, bundle in attestations
    ]


def document_of(attestations: Iterable[tuple[str, bytes]]) -> bytes:
    """Return npm's document of (predicate type, bundle as JSON)."""
    return msgspec.json.encode({"attestations": listed(attestations)})
