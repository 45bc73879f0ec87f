"""What a change of imprint.lock makes of what was agreed to. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.history.lines import line_of
from imprint.policy.pins import read_pins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.history.pins import Pin


def pin_changes(before: str | None, after: str | None) -> Iterator[tuple[str, bool]]:
    """Yield a line for each pin that is another, and whether less is asked by it: what went first.

    None: there is no such file. A new pin asks where nothing was asked before. Raises Malformed
    (`malformed-pins`).
    """
    old, new = _by_line(before), _by_line(after)
    for key in sorted(old.keys() - new.keys()):
        yield f"nothing is remembered of {_label(old[key])} any more", True
    for key in sorted(old.keys() & new.keys()):
        if old[key] != new[key]:
            yield _changed(old[key], new[key])
    for key in sorted(new.keys() - old.keys()):
        yield f"{_label(new[key])} is remembered", False


def _by_line(text: str | None) -> dict[tuple[str, str], Pin]:
    if text is None:
        return {}
    pins = read_pins(text)
    return {(name, str(line_of(pin.version))): pin for name, own in pins.items() for pin in own}


def _label(pin: Pin) -> str:
    return f"{pin.name}@{pin.version}"


def _changed(old: Pin, new: Pin) -> tuple[str, bool]:
    parts = []
    is_looser = False
    for name, before, after in (
        ("auth", old.auth, new.auth),
        ("approval", old.approval, new.approval),
        ("origin", old.origin, new.origin),
    ):
        if before is not after:
            order = list(type(before))  # the strongest first
            is_looser |= order.index(after) > order.index(before)
            parts.append(f"{name} {before} → {after}")
    if old.identity != new.identity or old.configuration_id != new.configuration_id:
        is_looser = True
        parts.append("by another publisher")
    if old.version != new.version:
        parts.append(f"version {new.version}")
    words = ", ".join(parts) or "other bytes or another day"
    return f"{_label(old)} is remembered otherwise: {words}", is_looser
