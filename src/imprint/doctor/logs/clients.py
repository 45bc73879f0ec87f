"""Which clients a log names, in which versions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.doctor.logs.model import Client

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.doctor.logs.text import LogText

_VERSION = r"v?(\d{1,3}\.\d{1,4}\.\d{1,4})(?![\w.])"
_NAMES: Mapping[str, tuple[str, ...]] = {
    "npm": (
        *("npm: ", "npm/", "npm@", "npm version", "npm -v", "npm --version", "of npm available"),
        *("npm 1", "npm 9", "npm 8", "npm 7", "npm 6", "npm v", "npm  v"),
    ),
    "pnpm": ("pnpm: ", "pnpm/", "pnpm@", "pnpm version", "pnpm v", "pnpm 1", "pnpm 9", "pnpm 8"),
    "yarn": ("yarn publish v", "yarn npm publish v", "Yarn 4.", "Yarn 3.", "Yarn v", "yarn/4."),
    "bun": ("bun publish v", "bun v", "bun/1."),
    "node": ("node: ", "node/v", "node version", "node v", "nodejs "),
    "lerna": ("lerna notice cli ", "lerna info version "),
    "semantic-release": ("semantic-release version ",),
}
"""What stands around a version. The `yarn:` of setup-node says what is installed, not what runs."""
_FORMS: Mapping[str, re.Pattern[str]] = {
    # `npm: 10.8.2` (setup-node), `npm/10.8.2 node/…` (user agent), `using npm@10.8.2`, what npm
    # says of newer versions of itself, and what it says when an engine does not fit.
    "npm": re.compile(
        r"New \w+ version of npm available! v?(\d+\.\d+\.\d+) ->"
        rf"|(?<![\w@/.-])npm(?: version)?[@:/ ]\s*(?:-v\s+|--version\s+)?{_VERSION}"
        rf"|current: .*npm: '{_VERSION}"
    ),
    "pnpm": re.compile(r"(?<![\w@/.-])pnpm(?: version)?[@:/ ]\s*" + _VERSION),
    "yarn": re.compile(r"(?<![\w@/.-])[Yy]arn(?: npm)?(?: publish)?[ /]" + _VERSION),
    "bun": re.compile(r"(?<![\w@/.-])bun(?: publish)?[ /]" + _VERSION),
    "node": re.compile(r"(?<![\w@/.-])node(?:js)?(?: version)?[:/ ]\s*" + _VERSION),
    "lerna": re.compile(r"lerna (?:notice cli |info version )" + _VERSION),
    "semantic-release": re.compile(r"semantic-release version " + _VERSION),
}
_INSTALLED = re.compile(rf"npm (?:i|install|update) .*(?<![\w@/.-])npm@{_VERSION}")
_ASKED = re.compile(r"npm (?:-v|--version)\s*$")
_ANSWER = re.compile(rf"^{_VERSION}\s*$", re.MULTILINE)
_ANSWER_WITHIN = 400
"""Characters: GitHub shows the step's environment between the command and its answer."""
_NOT_RUNNING = ("To update run:", "Changelog:", "packageManager", "Not compatible with")
"""Lines that name a version which does not run."""


def clients_in(log: LogText) -> tuple[Client, ...]:
    """Return each client with each version that the log names, in the log's order."""
    found: dict[tuple[str, str], Client] = {}
    for client in sorted(_all(log), key=lambda client: client.line):
        # The latest mention counts: an upgrade comes after what it replaces.
        found.pop((client.name, client.version), None)
        found[client.name, client.version] = client
    return tuple(found.values())


def running(clients: tuple[Client, ...]) -> Mapping[str, Client]:
    """Return the last version of each client."""
    return {client.name: client for client in clients}


def parts(version: str) -> tuple[int, ...]:
    """Return a version's numbers, to compare."""
    return tuple(map(int, version.split(".")))


def _all(log: LogText) -> Iterator[Client]:
    for name, literals in _NAMES.items():
        form = _FORMS[name]
        for literal in literals:
            for offset, line in log.lines_with(literal):
                version = None if _is_plan(line) else _version(log, offset, line, form)
                if version is not None:
                    yield Client(name=name, version=version, line=log.number_at(offset))


def _version(log: LogText, offset: int, line: str, form: re.Pattern[str]) -> str | None:
    said = _INSTALLED.search(line) or form.search(line)
    if said is None and _ASKED.search(line):
        end = offset + len(line)
        said = _ANSWER.search(log.text, end, end + _ANSWER_WITHIN)
    return None if said is None else next(text for text in said.groups() if text is not None)


def _is_plan(line: str) -> bool:
    return any(text in line for text in _NOT_RUNNING)
