"""Which signals a log shows, and on which lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.doctor.logs.clients import parts, running
from imprint.doctor.logs.symptoms import AnySignal, TextSignal, VersionSignal, signals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.doctor.logs.model import Client
    from imprint.doctor.logs.symptoms import Condition
    from imprint.doctor.logs.text import LogText

PROVIDER = "provider-"
"""Begins the signals that say whose log it is: `provider-github`."""
_MOST_HITS = 20
"""Lines of one signal that are kept: more prove nothing more."""


class Seen(msgspec.Struct):
    """A log, looked at for signals; each is looked for once, when it is asked for."""

    log: LogText
    clients: tuple[Client, ...]
    _lines: dict[str, tuple[int, ...]] = msgspec.field(default_factory=dict)

    def lines(self, name: str) -> tuple[int, ...]:
        """Return the numbers of the lines that show the signal; none where it is not there."""
        if name not in self._lines:
            self._lines[name] = tuple(self._look(name))
        return self._lines[name]

    def holds(self, condition: Condition) -> tuple[int, ...]:
        """Return the lines that prove a condition, none where it does not hold."""
        every = [self.lines(name) for name in condition.all_of]
        some = [found for name in condition.any_of if (found := self.lines(name))]
        if not all(every) or (condition.any_of and not some):
            return ()
        if any(self.lines(name) for name in condition.none_of):
            return ()
        return tuple(dict.fromkeys(number for found in (*every, *some) for number in found[:2]))

    def _look(self, name: str) -> Iterator[int]:
        if name.startswith(PROVIDER):
            if self.log.provider is not None and name == PROVIDER + self.log.provider:
                yield 1
            return
        match signals()[name]:
            case TextSignal() as signal:
                yield from _lines_of(self.log, signal)
            case VersionSignal() as signal:
                yield from _version_line(running(self.clients), signal)
            case AnySignal(others=others):
                yield from sorted({number for other in others for number in self.lines(other)})


def _lines_of(log: LogText, signal: TextSignal) -> Iterator[int]:
    found: set[int] = set()
    for literal in signal.literals:
        for offset, line in log.lines_with(literal):
            if len(found) >= _MOST_HITS:
                break
            if signal.pattern is None or signal.pattern.search(line):
                found.add(log.number_at(offset))
    yield from sorted(found)


def _version_line(running: Mapping[str, Client], signal: VersionSignal) -> Iterator[int]:
    client = running.get(signal.client)
    if client is None:
        return
    version = parts(client.version)
    if signal.at_least is not None and version < parts(signal.at_least):
        return
    if signal.below is None or version < parts(signal.below):
        yield client.line
