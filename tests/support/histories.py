"""Records of histories for the replay benchmark, whole and valid by default; our own writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.replaying.records import Facts, Record

if TYPE_CHECKING:
    from collections.abc import Mapping


def event(**more: object) -> dict[str, object]:
    """A release by token after releases by a trusted publisher, of one line."""
    return {
        "package": "widget",
        "version": "1.4.1",
        "trust": "N",
        "prior_version": "1.4.0",
        "prior_trust_same_line": "T",
        "prior_trust_any": "T",
        **more,
    }


def raw_record(*events: Mapping[str, object], **more: object) -> dict[str, Any]:
    """A record as the archive writes them; an attack that was out for some hours."""
    return {
        "id": "widget-2026",
        "kind": "malicious",
        "title": "widget by a stolen token",
        "date": "2026-03-31",
        "era": "provenance",
        "scope": "existing-package",
        "events": [*events] or [event()],
        "identity": {},
        "packages": [],
        "payload_exec": "runtime",
        "exposure": {"class": "<24h", "minutes": None},
        "controls": {},
        **more,
    }


def benign(*events: Mapping[str, object], **more: object) -> dict[str, Any]:
    """A record of a benign history."""
    found = raw_record(*events, id="b-widget", kind="benign", title="published by hand", **more)
    return {key: found[key] for key in found if key not in {"exposure", "payload_exec"}}


def facts(*events: Mapping[str, object], **more: object) -> Facts:
    """What could have been seen of a history."""
    return msgspec.convert(raw_record(*events, **more), Facts)


def record(raw: Mapping[str, object]) -> Record:
    """What it was in truth."""
    return msgspec.convert(raw, Record)
