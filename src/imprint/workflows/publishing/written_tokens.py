"""Credentials that a script writes where a client finds them: .npmrc, config, `$GITHUB_ENV`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.publishing.model import CredentialKind
from imprint.workflows.publishing.targets import host_of
from imprint.workflows.publishing.tokens import REFERENCE, SETTING, VARIABLES
from imprint.workflows.shell.options import options_of
from imprint.workflows.shell.programs import programs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.shell.model import Command, Word
    from imprint.workflows.shell.programs import Program

_FILE = re.compile(r"(?:^|/)\.npmrc$|NPM_CONFIG_USERCONFIG|npmrc$", re.IGNORECASE)
_KEYS = ("_authToken", "_auth", "_password", "npmAuthToken", "npmAuthIdent")
_MANAGERS = {"npm", "pnpm", "yarn"}


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One credential that a command writes."""

    kind: CredentialKind
    name: str
    value: str
    """As it was written: a literal, an expression, or `$NAME`."""
    host: str | None = None

    @property
    def variable(self) -> str | None:
        """The variable that the value is, where it is nothing else."""
        match = None if "${{" in self.value else REFERENCE.fullmatch(self.value)
        return None if match is None else match[1]


def written_by(command: Command) -> Iterator[Written]:
    """Yield the credentials that a command writes where npm, pnpm or Yarn find them."""
    for redirect in command.redirects:
        target = redirect.target.shown if redirect.target is not None else ""
        if redirect.operator not in {">", ">>"}:
            continue
        if _FILE.search(target):
            yield from _printed(command)
        elif "GITHUB_ENV" in target or "BASH_ENV" in target:
            yield from _exported(command)
    for program in programs_of(command):
        yield from _by_program(command, program)
    for assignment in command.assignments:
        if assignment.name.upper() in VARIABLES and assignment.value.shown:
            yield Written(
                kind=CredentialKind.ENVIRONMENT,
                name=assignment.name,
                value=assignment.value.shown,
            )


def _by_program(command: Command, program: Program) -> Iterator[Written]:
    """Yield what `tee .npmrc`, `npm config set` and `npm publish --//host/:_authToken=…` write."""
    if program.name == "tee" and command.source is not None:
        if any(_FILE.search(word.shown) for word in program.arguments):
            yield from _printed(command.source)
    elif program.name in _MANAGERS:
        if any(word.value == "set" for word in program.arguments):
            yield from _configured(program.arguments)
        for name, values in options_of(program.arguments, set()).values.items():
            if name.endswith((":_authToken", ":_auth")) and values[-1] is not None:
                value = values[-1].shown
                yield Written(kind=CredentialKind.CONFIG_COMMAND, name=name, value=value)


def _printed(command: Command) -> Iterator[Written]:
    """Yield the credentials in what a command prints: its words or its here-document."""
    printing = command if command.source is None else command.source
    texts = [
        word.shown
        for each in {id(command): command, id(printing): printing}.values()
        for word in each.words[1:]
    ]
    texts += [redirect.body.shown for redirect in command.redirects if redirect.body is not None]
    for match in SETTING.finditer("\n".join(texts)):
        value = match["value"].strip("\"'\\")
        if value:
            yield Written(
                kind=CredentialKind.NPMRC, name=match["key"], value=value, host=match["host"]
            )


def _exported(command: Command) -> Iterator[Written]:
    """Yield the credentials in `echo "NODE_AUTH_TOKEN=…" >> $GITHUB_ENV`."""
    for word in command.words[1:]:
        name, _, value = word.shown.partition("=")
        if name.split(maxsplit=1)[-1:] and name.split()[-1].upper() in VARIABLES and value:
            yield Written(kind=CredentialKind.ENVIRONMENT, name=name.split()[-1], value=value)


def _configured(words: tuple[Word, ...]) -> Iterator[Written]:
    """Yield the credentials of `npm config set //host/:_authToken=…` and Yarn's `npmAuthToken`."""
    rest = options_of(words, {"location", "L", "userconfig"}).rest
    shown = [word.shown for word in rest if word.value not in {"config", "set", "c"}]
    for position, text in enumerate(shown):
        key, equals, value = text.partition("=")
        if not key.endswith(_KEYS):
            continue
        if not equals:
            value = shown[position + 1] if position + 1 < len(shown) else ""
        if value:
            host = host_of(key.rpartition(":")[0]) if key.startswith("//") else None
            yield Written(
                kind=CredentialKind.CONFIG_COMMAND, name=key, value=value, host=host or None
            )
