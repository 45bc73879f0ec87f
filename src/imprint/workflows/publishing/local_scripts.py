"""A repository's own script that a command runs: `./scripts/release.sh`, `node publish.js`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.publishing.members import repository_folder
from imprint.workflows.publishing.script_calls import ScriptCall
from imprint.workflows.shell.options import options_of
from imprint.workflows.shell.state import moved

if TYPE_CHECKING:
    from imprint.workflows.repository import Repository
    from imprint.workflows.shell.model import Word
    from imprint.workflows.shell.programs import Program

LARGEST = 512 * 1024
"""Characters of a script that are read."""
INTERPRETERS = frozenset({
    "node", "tsx", "ts-node", "esno", "jiti", "zx", "deno", "bun", "python", "python3", "tsn",
    "vite-node", "sucrase-node", "babel-node", "esr", "swc-node", "ruby", "esmo", "bb",
})  # fmt: skip
_SHELLS = {"bash", "sh", "zsh", "dash", "source", "."}
_VALUED = {
    "r", "require", "import", "loader", "experimental-loader", "conditions", "C", "P", "project",
    "tsconfig", "env-file", "max-old-space-size", "p",
}  # fmt: skip
_PROGRAM = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".py", ".rb")
_SUFFIXES = ("", *_PROGRAM[:6], "/index.js", "/index.ts")
"""Node's programs may be named without one."""
_SHEBANG = re.compile(r"#!.*\b(?:node|tsx|zx|python3?|deno|bun|ruby)\b")
_FOLDERS = ("./", "../", ".github/", "scripts/", "tools/", "bin/", "$GITHUB_WORKSPACE")


def local_script(
    repository: Repository, program: Program, folder: str | None
) -> tuple[ScriptCall, ...]:
    """Return the file of the repository that `program`, run in `folder`, is or runs."""
    named = _script_word(program)
    path = None if named is None else repository_folder(folder, moved("", named))
    if named is None or not path or "node_modules" in path:
        return ()
    text = None
    for suffix in _SUFFIXES:
        if path + suffix in repository.texts:
            path += suffix
            text = repository.texts[path][:LARGEST]
            break
    is_program = program.name in INTERPRETERS or path.endswith(_PROGRAM)
    if text is not None and _SHEBANG.match(text) is not None:
        is_program = True
    return (
        ScriptCall(
            name=program.text if program.name in INTERPRETERS else named.shown,
            text=text,
            folder=folder,
            path=path,
            is_program=is_program,
        ),
    )


def _script_word(program: Program) -> Word | None:
    """Return the word that names a file to run; None where it is no file of the repository."""
    if program.name in INTERPRETERS:
        return _program_word(program)
    options = options_of(program.arguments, {"o"})
    if program.name in _SHELLS:
        return options.rest[0] if options.rest and "c" not in options.values else None
    first = program.command.words[0] if program.command.words else None
    if first is None or program.name is None or program.runners:
        return None
    shown = first.shown
    is_script = "/" in shown and shown.endswith((".sh", ".bash", *_PROGRAM))
    return first if shown.startswith(_FOLDERS) or is_script else None


def _program_word(program: Program) -> Word | None:
    """Return the file that an interpreter is given."""
    rest = options_of(program.arguments, _VALUED).rest
    is_runner = program.name in {"deno", "bun", "tsx"}
    if is_runner and rest and rest[0].value in {"run", "watch"}:
        rest = rest[1:]
    word = rest[0] if rest else None
    if word is None or (program.name in {"bun", "deno"} and not word.shown.endswith(_PROGRAM)):
        return None
    return word
