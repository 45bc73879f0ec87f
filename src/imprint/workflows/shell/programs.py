"""What a command really runs, behind `sudo`, `env`, `timeout`, `xargs`, `npx`, `bash -c` and more.

Package managers' own runners with one binary (`npx`, `pnpm dlx`, `yarn exec`) are taken off too;
their scripts (`npm run`) are `publishing/scripts.py`'s business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from imprint.workflows.shell.bash import bash_commands
from imprint.workflows.shell.model import Hole, Word, program_name
from imprint.workflows.shell.options import leading_options, options_of, without_lead
from imprint.workflows.shell.state import moved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from imprint.workflows.shell.model import Command

DEEPEST = 8
"""Wrappers around wrappers that are taken off."""
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SPECIFIED = re.compile(r"(?P<name>@[^/@\s]+/[^@\s]+|[^@\s]+)@(?P<version>[^\s]+)")
_BINARIES = {
    "@changesets/cli": "changeset",
    "changesets": "changeset",
    "@lerna-lite/cli": "lerna",
    "@microsoft/rush": "rush",
    "@nrwl/cli": "nx",
    "@nx/cli": "nx",
    "@napi-rs/cli": "napi",
    "@auto-it/cli": "auto",
    "@jsdevtools/npm-publish": "npm-publish",
    "@dotenvx/dotenvx": "dotenvx",
    "@go-task/cli": "task",
}
_SHELLS = {"bash", "sh", "zsh", "dash", "ash", "ksh"}
_PLAIN = {
    # Programs that run the rest of their line, with their options that take a value.
    "sudo": {"u", "g", "h", "p", "C", "user", "group"},
    "doas": {"u"},
    "gosu": set(),
    "time": {"f", "o"},
    "nohup": set(),
    "nice": {"n"},
    "ionice": {"c", "n"},
    "exec": {"a"},
    "command": set(),
    "builtin": set(),
    "stdbuf": {"i", "o", "e"},
    "xargs": {"n", "I", "L", "P", "d", "a", "s", "E", "max-args", "max-procs", "replace"},
    "xvfb-run": {"s", "n", "e", "f", "w", "server-args", "server-num"},
    "dbus-run-session": {"dbus-daemon", "config-file"},
    "caffeinate": {"t", "w"},
    "unbuffer": set(),
    "then": set(),
    "not": set(),
}
_WITH_SEPARATOR = {
    # Programs that run what stands behind `--`.
    "dotenv": {"e", "c", "v", "p"},
    "dotenvx": {"f", "e"},
    "op": {"env-file", "account"},
    "doppler": {"p", "c", "t", "project", "config", "token"},
    "infisical": {"env", "path", "projectId"},
    "vault": set(),
    "chamber": set(),
    "aws-vault": set(),
    "proto": set(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program that a command runs."""

    name: str | None
    """Its bare name: `npm`, `changeset`; None where it is not known."""
    requested: str | None = None
    """The version or tag that `npx name@11` asks for."""
    arguments: tuple[Word, ...]
    runners: tuple[str, ...] = ()
    """What stands around it, the outermost first: `sudo`, `npx`, `pnpm exec`."""
    environment: Mapping[str, Word] = field(default_factory=dict)
    directory: str | None = ""
    """As of Command."""
    workspaces: tuple[Word, ...] = ()
    """Which members the runner was told to run it in: `yarn workspace NAME`, `pnpm --filter`."""
    is_recursive: bool = False
    """It runs in every member: `pnpm -r exec`, `yarn workspaces foreach`."""
    command: Command

    @property
    def text(self) -> str:
        """Name and arguments in one line."""
        return " ".join([self.name or "?", *(word.shown for word in self.arguments)])


def programs_of(command: Command) -> tuple[Program, ...]:
    """Return what `command` runs: one program, those of `bash -c "…"`, or none."""
    if not command.words:
        return ()
    whole = Program(
        name=None,
        arguments=command.words,
        environment=command.environment,
        directory=command.directory,
        command=command,
    )
    return tuple(_unwrapped(whole, DEEPEST))


def programs_within(program: Program, runner: str, words: Sequence[Word]) -> tuple[Program, ...]:
    """Return what `runner` comes to run where its words are another program's: `pnpm np`."""
    around = _around(program, runner, words)
    return () if around is None else tuple(_unwrapped(around, DEEPEST))


def _unwrapped(around: Program, depth: int) -> Iterator[Program]:
    """Yield the programs of `around`'s arguments, the first of which is the program's name."""
    words = around.arguments
    if not words or depth == 0:
        return
    path = words[0].value
    if path is None and isinstance(words[0].parts[-1], str):
        # `$BIN/npm`, `./node_modules/.bin${{ … }}/changeset`: the folder does not matter.
        tail = words[0].parts[-1].rpartition("/")
        path = tail[2] if tail[1] else None
    if path is None:
        yield replace(around, name=None, arguments=words)
        return
    name, requested = _named(path)
    program = replace(around, name=name, requested=requested, arguments=words[1:])
    inner = _inside(program)
    if inner is None:
        script = _script_of(program)
        if script is None:
            yield program
        else:
            yield from _scripted(program, script, depth - 1)
    else:
        yield from _unwrapped(inner, depth - 1)


def _named(path: str) -> tuple[str, str | None]:
    """Return a program's name and version of what stands in its place: `@scope/name@1`."""
    match = _SPECIFIED.fullmatch(path)
    package = match["name"] if match else path
    version = match["version"] if match else None
    return _BINARIES.get(package) or program_name(package), version


def _inside(program: Program) -> Program | None:
    """Return what a wrapper runs; None where the program is no wrapper."""
    name, words = program.name or "", program.arguments
    if name in _PLAIN:
        return _around(program, name, words[leading_options(words, _PLAIN[name]) :])
    if name in _WITH_SEPARATOR:
        behind = _behind_separator(words)
        return None if behind is None else _around(program, name, behind)
    special = _SPECIAL.get(name)
    return None if special is None else special(program)


def _around(program: Program, runner: str, words: Sequence[Word]) -> Program | None:
    """Return the program in a wrapper, its words still to be looked at."""
    while words and words[0].value == "--":
        words = words[1:]
    if not words:
        return None
    return replace(
        program,
        name=None,
        requested=None,
        arguments=tuple(words),
        runners=(*program.runners, runner),
    )


def _behind_separator(words: Sequence[Word]) -> tuple[Word, ...] | None:
    for position, word in enumerate(words):
        if word.value == "--":
            return tuple(words[position + 1 :])
    return None


def _env(program: Program) -> Program | None:
    words = program.arguments[leading_options(program.arguments, {"u", "C", "S", "unset"}) :]
    environment = dict(program.environment)
    while words and _ASSIGNMENT.match(words[0].lead):
        name = words[0].lead.partition("=")[0]
        environment[name] = without_lead(words[0], len(name) + 1)
        words = words[1:]
    inner = _around(program, program.name or "env", words)
    return None if inner is None else replace(inner, environment=environment)


def _timed(program: Program) -> Program | None:
    """`timeout 5m cmd`, `retry 3 cmd`: options, at most one number, the command."""
    valued = {"s", "k", "t", "d", "n", "signal", "kill-after", "times", "delay", "tries", "sleep"}
    words = program.arguments[leading_options(program.arguments, valued) :]
    if words and (words[0].value or "")[:1].isdigit():
        words = words[1:]
    return _around(program, program.name or "timeout", words)


_CALLS = {"-c", "--call"}
_NPX_VALUED = {"p", "package", "w", "workspace", "registry", "userconfig", "prefix", "C", "cache"}


def _npx(program: Program) -> Program | None:
    words = program.arguments
    if any(word.value in _CALLS for word in words[: leading_options(words, _NPX_VALUED)]):
        return None
    return _around(program, program.name or "npx", words[leading_options(words, _NPX_VALUED) :])


def _npm(program: Program) -> Program | None:
    """`npm exec -- cmd`, `npm x cmd`; `-c "…"` is a script."""
    words = program.arguments
    start = leading_options(words, _NPX_VALUED)
    if start >= len(words) or words[start].value not in {"exec", "x"}:
        return None
    rest = words[start + 1 :]
    if any(word.value in _CALLS for word in rest[: leading_options(rest, _NPX_VALUED)]):
        return None
    behind = rest[leading_options(rest, _NPX_VALUED) :]
    inner = _around(program, "npm exec", behind)
    options = options_of(words[: len(words) - len(behind)], _NPX_VALUED)
    return inner and replace(
        _in_folder(inner, options.text("prefix", "C")),
        workspaces=options.texts("w", "workspace"),
        is_recursive=bool(options.flag("ws", "workspaces")),
    )


_PNPM_VALUED = {
    "filter",
    "F",
    "C",
    "dir",
    "reporter",
    "loglevel",
    "workspace-concurrency",
    "package",
    "registry",
    "filter-prod",
}


def _pnpm(program: Program) -> Program | None:
    words = program.arguments
    start = leading_options(words, _PNPM_VALUED)
    if start >= len(words) or words[start].value not in {"exec", "dlx", "with"}:
        return None
    rest = words[start + 1 :]
    if words[start].value == "with":
        # `pnpm with next publish`: another pnpm, the rest is its own.
        return _around(program, "pnpm with", [_renamed(words[start], "pnpm"), *rest[1:]])
    inner = _around(
        program, f"pnpm {words[start].value}", rest[leading_options(rest, _PNPM_VALUED) :]
    )
    options = options_of(words[:start], _PNPM_VALUED)
    return inner and replace(
        _in_folder(inner, options.text("dir", "C")),
        workspaces=options.texts("filter", "F", "filter-prod"),
        is_recursive=bool(options.flag("recursive", "r")),
    )


_FOREACH_VALUED = {"include", "exclude", "from", "since", "j", "jobs", "output"}


def _yarn(program: Program) -> Program | None:
    """`yarn dlx`, `yarn exec`, and `yarn workspace NAME …`, `yarn workspaces foreach …`."""
    words = program.arguments
    start = leading_options(words, {"cwd"})
    folder = options_of(words[:start], {"cwd"}).text("cwd")
    rest = words[start:]
    if not rest:
        return None
    match rest[0].value:
        case "exec" | "dlx":
            behind = rest[1:]
            inner = _around(
                program,
                f"yarn {rest[0].value}",
                behind[leading_options(behind, {"p", "package"}) :],
            )
        case "workspaces" if len(rest) > 1 and rest[1].value == "foreach":
            behind = rest[2:]
            behind = behind[leading_options(behind, _FOREACH_VALUED) :]
            inner = _around(
                program, "yarn workspaces foreach", [_renamed(rest[0], "yarn"), *behind]
            )
            inner = inner and replace(inner, is_recursive=True)
        case "workspace" if len(rest) > 2:  # noqa: PLR2004 (its name, and what to do)
            inner = _around(
                program,
                f"yarn workspace {rest[1].shown}",
                [_renamed(rest[0], "yarn"), *rest[2:]],
            )
            inner = inner and replace(inner, workspaces=(rest[1],))
        case _:
            return None
    return inner and _in_folder(inner, folder)


def _bun(program: Program) -> Program | None:
    words = program.arguments
    start = leading_options(words, {"cwd", "filter", "F"})
    if start >= len(words) or words[start].value != "x":
        return None
    rest = words[start + 1 :]
    return _around(program, "bun x", rest[leading_options(rest, {"p", "package"}) :])


def _corepack(program: Program) -> Program | None:
    words = program.arguments
    first = _named(words[0].value or "")[0] if words else None
    return _around(program, "corepack", words) if first in {"npm", "pnpm", "yarn", "npx"} else None


def _verb(runner: str, verbs: set[str], valued: set[str]) -> Callable[[Program], Program | None]:
    """Return how `volta run`, `mise exec` and the like are taken off."""

    def inside(program: Program) -> Program | None:
        words = program.arguments
        if not words or words[0].value not in verbs:
            return None
        behind = _behind_separator(words)
        if behind is None:
            behind = words[1 + leading_options(words[1:], valued) :]
        return _around(program, runner, behind)

    return inside


def _nvm(program: Program) -> Program | None:
    words = program.arguments
    return _around(program, "nvm", words[2:]) if words and words[0].value == "exec" else None


def _found(program: Program) -> Program | None:
    """`find … -exec npm publish {} +`."""
    for position, word in enumerate(program.arguments):
        if word.value in {"-exec", "-execdir"}:
            behind = program.arguments[position + 1 :]
            return _around(
                program, "find", [each for each in behind if each.value not in {";", "+"}]
            )
    return None


def _parallel(program: Program) -> Program | None:
    words = program.arguments[leading_options(program.arguments, {"j", "jobs", "a"}) :]
    kept: list[Word] = []
    for word in words:
        if word.lead.startswith(":::"):
            break
        kept.append(word)
    return _around(program, "parallel", kept)


def _in_folder(program: Program, folder: Word | None) -> Program:
    return (
        program if folder is None else replace(program, directory=moved(program.directory, folder))
    )


def _renamed(word: Word, name: str) -> Word:
    return replace(word, parts=(name,))


def _script_of(program: Program) -> Word | None:
    """Return the text that `bash -c`, `eval`, `npx -c` or a piped shell takes as a script."""
    name, words = program.name, program.arguments
    if name == "eval" and words:
        return _as_one(words)
    if name in _SHELLS or name in {"npx", "su"} or _is_exec(program):
        for position, word in enumerate(words[:-1]):
            if word.value in _CALLS or (
                name in _SHELLS
                and re.fullmatch(r"-[a-z]*c", word.lead) is not None
                and word.value is not None
            ):
                return words[position + 1]
    if name in _SHELLS and not [word for word in words if not word.lead.startswith("-")]:
        bodies = [redirect.body for redirect in program.command.redirects if redirect.body]
        source = program.command.source
        if source is not None and not bodies:
            bodies = [redirect.body for redirect in source.redirects if redirect.body]
        return bodies[0] if bodies else None
    return None


def _is_exec(program: Program) -> bool:
    first = next((word.value for word in program.arguments), None)
    return program.name == "npm" and first in {"exec", "x"}


def _as_one(words: Sequence[Word]) -> Word:
    parts: list[str | Hole] = []
    for word in words:
        parts += [*word.parts, " "]
    return replace(words[0], parts=tuple(parts), raw=" ".join(word.raw for word in words))


def _scripted(program: Program, script: Word, depth: int) -> Iterator[Program]:
    """Yield the programs of a script within a word, as if they stood where the word does."""
    outer = program.command
    for command in bash_commands(script.shown, dict(program.environment)):
        inner = replace(
            command,
            start=outer.start,
            end=outer.end,
            conditions=(*outer.conditions, *command.conditions),
            function=outer.function,
            directory=_joined(program.directory, command.directory),
            environment={**program.environment, **command.environment},
        )
        around = Program(
            name=None,
            arguments=inner.words,
            runners=(*program.runners, program.name or "sh"),
            environment=inner.environment,
            directory=inner.directory,
            command=inner,
        )
        yield from _unwrapped(around, depth)


def _joined(outer: str | None, inner: str | None) -> str | None:
    if inner is None:
        return None
    return moved(outer, Word(parts=(inner,), raw=inner, start=0, end=0)) if inner else outer


_SPECIAL: Mapping[str, Callable[[Program], Program | None]] = {
    "env": _env,
    "cross-env": _env,
    "cross-env-shell": _env,
    "timeout": _timed,
    "gtimeout": _timed,
    "retry": _timed,
    "npx": _npx,
    "pnpx": _npx,
    "bunx": _npx,
    "npm": _npm,
    "pnpm": _pnpm,
    "pn": _pnpm,
    "vp": _pnpm,
    "yarn": _yarn,
    "yarnpkg": _yarn,
    "bun": _bun,
    "corepack": _corepack,
    "volta": _verb("volta run", {"run"}, {"node", "npm", "yarn", "pnpm", "env"}),
    "mise": _verb("mise exec", {"exec", "x"}, {"C", "cd", "j", "jobs", "env", "E"}),
    "fnm": _verb("fnm exec", {"exec"}, {"using"}),
    "asdf": _verb("asdf exec", {"exec"}, set()),
    "lerna": _verb("lerna exec", {"exec"}, {"scope", "ignore", "concurrency"}),
    "nx": _verb("nx exec", {"exec"}, set()),
    "nvm": _nvm,
    "find": _found,
    "parallel": _parallel,
}
