"""The command line as it is: what there is, how it is used, and whether a line could be run."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.main import group
from imprint.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMON_NAMES = ("--format", "--config", "--registry", "--quiet", "--verbose", "--help")


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One command or group, as its `--help` says."""

    words: str
    is_group: bool
    usage: str
    paragraphs: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    """Without those that every command has."""
    examples: tuple[tuple[str, str], ...]
    """What introduces an example, and its lines for a console."""


def described() -> Iterator[Described]:
    """Yield every command, in the order of `--help`."""
    for context in _contexts(click.Context(group, info_name="imprint")):
        command = context.command
        yield Described(
            words=context.command_path,
            is_group=isinstance(command, click.Group),
            usage=command.get_usage(context).removeprefix("Usage: "),
            paragraphs=_paragraphs(command.help or ""),
            options=tuple(_options(context, common=False)),
            examples=_examples(command.epilog or ""),
        )


def COMMON() -> tuple[tuple[str, str], ...]:  # noqa: N802  (a list that click makes)
    """Return the options that every command has."""
    context = click.Context(Command("any"), info_name="any")
    return tuple(_options(context, common=True))


def fault_of(line: str) -> str | None:
    """Return why an `imprint …` line cannot be run as it stands, or None."""
    words = shlex.split(line)
    try:
        _parsed(group, "imprint", words[1:], parent=None)
    except click.exceptions.Exit:
        return None
    except click.ClickException as err:
        return err.format_message()
    return None


def unknown_word(text: str) -> str | None:
    """Return the first word of a shortened `imprint …` text that no command knows, or None.

    Ellipses, capitals and what follows an option stand for something that the reader puts there.
    """
    command: click.Command = group
    context = click.Context(group, info_name="imprint")
    for word in text.split()[1:]:
        if word.startswith("-"):
            name = word.partition("=")[0]
            if name not in _names(command, context):
                return word
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z-]+", word):
            found = command.get_command(context, word)
            if found is None:
                return word
            command = found
            context = click.Context(found, info_name=word, parent=context)
    return None


def _contexts(context: click.Context) -> Iterator[click.Context]:
    command = context.command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                inner = click.Context(
                    found, info_name=name, parent=context, terminal_width=96, max_content_width=96
                )
                yield inner
                yield from _contexts(inner)


def _options(context: click.Context, *, common: bool) -> Iterator[tuple[str, str]]:
    own = {opt for p in click.Command.get_params(context.command, context) for opt in p.opts}
    for parameter in context.command.get_params(context):
        if not isinstance(parameter, click.Option):
            continue
        is_common = parameter.opts[-1] in COMMON_NAMES and (
            parameter.opts[-1] not in own or parameter.opts[-1] == "--help"
        )
        record = parameter.get_help_record(context)
        if is_common is common and record is not None:
            yield record[0], " ".join(record[1].split())


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def _examples(epilog: str) -> tuple[tuple[str, str], ...]:
    """Return the epilogue's parts: a line of words, and the commands under it."""
    found: list[tuple[str, list[str]]] = []
    for line in epilog.replace("\b\n", "").splitlines():
        if not line.startswith(" "):
            found.append((line, []))
        elif found:
            is_new = line.strip().startswith("imprint")
            found[-1][1].append(f"$ {line.strip()}" if is_new else line)
    return tuple((what, "\n".join(lines)) for what, lines in found)


def _names(command: click.Command, context: click.Context) -> set[str]:
    return {name for parameter in command.get_params(context) for name in parameter.opts}


def _parsed(
    command: click.Command, name: str, words: list[str], *, parent: click.Context | None
) -> None:
    context = command.make_context(name, list(words), parent=parent, obj=Session())
    if not isinstance(command, click.Group):
        return
    rest = [*context._protected_args, *context.args]
    inner_name, inner, inner_words = command.resolve_command(context, rest)
    if inner is None or inner_name is None:
        raise click.UsageError(f"there is no command `{rest[0]}`")
    _parsed(inner, inner_name, inner_words, parent=context)
