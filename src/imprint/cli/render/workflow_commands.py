"""GitHub's workflow commands, escaped so that no text ends its line or begins another command.

Source: GitHub, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.cli.render.plain import printable

if TYPE_CHECKING:
    from collections.abc import Mapping


def workflow_command(level: str, properties: Mapping[str, str], text: str) -> str:
    """Return one annotation without its line end; `level` is `error`, `warning` or `notice`."""
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {named}::{_data(text)}"


def _data(text: str) -> str:
    lines = (printable(line) for line in text.replace("%", "%25").split("\n"))
    return "%0A".join(lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
