"""Programs that run another one: `sudo`, `env`, `timeout`, `xargs`, `find -exec`, `volta run`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.workflows.shell.manager_runners import RUNNERS
from imprint.workflows.shell.options import leading_options, without_lead
from imprint.workflows.shell.wrapping import behind_separator, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.workflows.shell.model import Program, Word

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
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


def inside(program: Program) -> Program | None:
    """Return what a wrapper runs; None where the program is no wrapper."""
    name, words = program.name or "", program.arguments
    if name in _PLAIN:
        return wrapped(program, name, words[leading_options(words, _PLAIN[name]) :])
    if name in _WITH_SEPARATOR:
        behind = behind_separator(words)
        return None if behind is None else wrapped(program, name, behind)
    special = _SPECIAL.get(name)
    return None if special is None else special(program)


def _env(program: Program) -> Program | None:
    words = program.arguments[leading_options(program.arguments, {"u", "C", "S", "unset"}) :]
    environment = dict(program.environment)
    while words and _ASSIGNMENT.match(words[0].lead):
        name = words[0].lead.partition("=")[0]
        environment[name] = without_lead(words[0], len(name) + 1)
        words = words[1:]
    inner = wrapped(program, program.name or "env", words)
    return None if inner is None else replace(inner, environment=environment)


def _timed(program: Program) -> Program | None:
    """`timeout 5m cmd`, `retry 3 cmd`: options, at most one number, the command."""
    valued = {"s", "k", "t", "d", "n", "signal", "kill-after", "times", "delay", "tries", "sleep"}
    words = program.arguments[leading_options(program.arguments, valued) :]
    if words and (words[0].value or "")[:1].isdigit():
        words = words[1:]
    return wrapped(program, program.name or "timeout", words)


def _verb(runner: str, verbs: set[str], valued: set[str]) -> Callable[[Program], Program | None]:
    """Return how `volta run`, `mise exec` and the like are taken off."""

    def inside(program: Program) -> Program | None:
        words = program.arguments
        if not words or words[0].value not in verbs:
            return None
        behind = behind_separator(words)
        if behind is None:
            behind = words[1 + leading_options(words[1:], valued) :]
        return wrapped(program, runner, behind)

    return inside


def _nvm(program: Program) -> Program | None:
    words = program.arguments
    return wrapped(program, "nvm", words[2:]) if words and words[0].value == "exec" else None


def _found(program: Program) -> Program | None:
    """`find … -exec npm publish {} +`."""
    for position, word in enumerate(program.arguments):
        if word.value in {"-exec", "-execdir"}:
            behind = program.arguments[position + 1 :]
            return wrapped(
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
    return wrapped(program, "parallel", kept)


_SPECIAL: Mapping[str, Callable[[Program], Program | None]] = {
    **RUNNERS,
    "env": _env,
    "cross-env": _env,
    "cross-env-shell": _env,
    "timeout": _timed,
    "gtimeout": _timed,
    "retry": _timed,
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
