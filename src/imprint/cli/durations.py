"""Durations as people write them: `30m`, `12h`, `7d`."""

from __future__ import annotations

import re

import click

_FORM = re.compile(r"([1-9][0-9]{0,5})([mhdw])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class Duration(click.ParamType[float]):
    """A number with its unit, up to `most_seconds`; the value is in seconds."""

    name = "duration"

    def __init__(self, *, most_seconds: int, takes_now: bool = False) -> None:
        """Refuse what is longer than `most_seconds`; `takes_now` allows `now`, which is 0."""
        self._most = most_seconds
        self._takes_now = takes_now

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds."""
        if self._takes_now and value == "now":
            return 0.0
        found = _FORM.fullmatch(str(value))
        if found is None:
            self.fail(f"`{value}` is no duration: one is `30m`, `12h`, `7d` or `4w`", param, ctx)
        seconds = int(found[1]) * _SECONDS[found[2]]
        if seconds > self._most:
            self.fail(
                f"`{value}` is too long: {self._most // 86_400} days are the most", param, ctx
            )
        return float(seconds)
