"""For how long what is known of an upstream's package serves for what, and counts of asking."""

from __future__ import annotations

from typing import Final

import msgspec


class Windows(msgspec.Struct, frozen=True, kw_only=True):
    """How long what is known of a package serves for what; all in seconds."""

    max_age: float = 300.0
    """What its upstream said less long ago is taken for current."""
    refresh: float = 300.0
    """For so much longer it is handed on at once, while the upstream is asked."""
    stale: float = 86_400.0
    """For so much longer than `max_age` it is handed on, in doubt, where the upstream fails."""
    patience: float = 5.0
    """How long a client waits for the upstream where something older is at hand."""
    missing: float = 30.0
    """How long a package that is not there is not asked for again."""
    failure: float = 3.0
    """How long an upstream that failed is not asked for the same package again."""
    attempt: float = 30.0
    """For each request."""
    most: float = 60.0
    """For all requests for one package, one after another."""


USUAL_WINDOWS: Final = Windows()


class Counts(msgspec.Struct, kw_only=True):
    """What was asked of upstreams, for metrics."""

    asked: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int = 0
    failed: int = 0
    size_bytes: int = 0
    """Of the documents that came, uncompressed."""
    seconds: float = 0.0
    """That asking took, all in all."""
    in_doubt: int = 0
    """How often a document was handed on that could not be confirmed."""
