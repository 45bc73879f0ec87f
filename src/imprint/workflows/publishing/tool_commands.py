"""Commands that change which Node or package manager runs: `npm i -g npm@11`, `corepack use`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.shell.commands import commands_of
from imprint.workflows.shell.model import ConditionKind
from imprint.workflows.shell.options import options_of
from imprint.workflows.shell.programs import programs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.shell.programs import Program

_MANAGERS = {"npm", "pnpm", "yarn", "bun"}
_TOOLS = _MANAGERS | {"node"}
_INSTALLS = {"i", "in", "ins", "install", "add", "update", "up", "upgrade", "isntall"}
_SPECIFIED = re.compile(r"(?P<name>[\w-]+)(?:@(?P<version>.*))?")
_PUBLISHES = re.compile(r"\b(?:publish|release|changeset|semantic-release|stage)\b")
_VALUED = {"registry", "prefix", "loglevel", "userconfig", "cache"}
_UNSURE = {ConditionKind.IF, ConditionKind.UNLESS, ConditionKind.CASE, ConditionKind.FAILURE}
_MAY_MATTER = re.compile(
    r"\b(?:corepack|volta|nvm|fnm|mise|self-update|n)\s|\benv use\b|\b(?:npm|pnpm|yarn|bun)@"
    r"|\b(?:npm|pnpm|yarn|bun)\b[^\n]*(?:\s-g\b|\bglobal\b|location)"
)
_SHELL_ONLY = {"nvm", "fnm"}
"""Shell functions: what they choose is gone when the step ends."""


class ToolChange(msgspec.Struct, frozen=True, kw_only=True):
    """One tool that a command puts in another's place."""

    name: str
    wanted: str | None
    """As asked for; None where not known; `packageManager`: what package.json says."""
    because: str
    is_sure: bool
    """False: the script does it on a condition."""


def tools_of_script(
    script: str | None, *, shell: str | None, is_target: bool
) -> Iterator[ToolChange]:
    """Yield what a script installs; of the step that publishes, up to where it does."""
    if script is None or _MAY_MATTER.search(script) is None:
        return
    for command in commands_of(script, shell=shell):
        is_sure = not any(condition.kind in _UNSURE for condition in command.conditions)
        for program in programs_of(command):
            if is_target and _PUBLISHES.search(program.text):
                if program.name in _MANAGERS and program.requested is not None:
                    yield _change(program.name, program.requested, program, is_sure=True)
                return
            if program.name in _SHELL_ONLY and not is_target:
                continue
            yield from _changes(program, is_sure=is_sure)


def _changes(program: Program, *, is_sure: bool) -> Iterator[ToolChange]:
    words = [word.shown for word in program.arguments]
    match program.name:
        case "npm" | "pnpm" | "bun" | "yarn":
            yield from _global_installs(program, is_sure=is_sure)
        case "corepack":
            yield from _corepack(program, is_sure=is_sure)
        case "volta" if words[:1] in (["install"], ["pin"]):
            yield from _specified(program, words[1:], is_sure=is_sure)
        case "mise" if words[:1] in (["use"], ["install"]):
            yield from _specified(program, words[1:], is_sure=is_sure)
        case "nvm" | "fnm" if words[:1] in (["use"], ["install"]) and len(words) > 1:
            yield _change("node", words[-1], program, is_sure=is_sure)
        case "n" if words and not words[-1].startswith("-"):
            yield _change("node", words[-1], program, is_sure=is_sure)
        case _:
            return


def _global_installs(program: Program, *, is_sure: bool) -> Iterator[ToolChange]:
    options = options_of(program.arguments, _VALUED)
    rest = [word.shown for word in options.rest]
    if program.name == "pnpm" and rest[:2] == ["env", "use"] and len(rest) > len(["env", "use"]):
        yield _change("node", rest[2], program, is_sure=is_sure)
        return
    if program.name == "pnpm" and rest[:1] == ["self-update"]:
        yield _change("pnpm", rest[1] if rest[1:] else "latest", program, is_sure=is_sure)
        return
    is_global = options.flag("g", "global", "location") is True or rest[:1] == ["global"]
    words = rest[1:] if rest[:1] == ["global"] else rest
    if is_global and words and words[0] in _INSTALLS:
        yield from _specified(program, words[1:], is_sure=is_sure)


def _corepack(program: Program, *, is_sure: bool) -> Iterator[ToolChange]:
    options = options_of(program.arguments, {"install-directory", "o", "output"})
    words = [word.shown for word in options.rest]
    if not words:
        return
    match words[0]:
        case "enable":
            # Without names corepack answers for pnpm and yarn, not for npm.
            for name in words[1:] or ["pnpm", "yarn"]:
                if name in _MANAGERS:
                    yield _change(name, "packageManager", program, is_sure=is_sure)
        case "use" | "prepare" | "install" | "up":
            yield from _specified(program, words[1:], is_sure=is_sure)


def _specified(program: Program, words: list[str], *, is_sure: bool) -> Iterator[ToolChange]:
    for word in words:
        match = _SPECIFIED.fullmatch(word)
        if match is None or match["name"] not in _TOOLS:
            continue
        wanted = match["version"] or "latest"
        is_known = "$" not in wanted
        yield _change(match["name"], wanted if is_known else None, program, is_sure=is_sure)


def _change(
    name: str,
    wanted: str | None,
    program: Program,
    *,
    is_sure: bool,
) -> ToolChange:
    return ToolChange(
        name=name,
        wanted=wanted,
        because=program.command.raw.strip().partition("\n")[0],
        is_sure=is_sure,
    )
