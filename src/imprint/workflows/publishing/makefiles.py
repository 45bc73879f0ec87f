"""Recipes of a Makefile or a justfile that a command runs, as scripts.

Of make's language what recipes are found by: rules, needs, plain variables. A pattern, a function
or an include is not followed.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.publishing.command_lines import verb_of
from imprint.workflows.publishing.members import normal_folder
from imprint.workflows.publishing.script_calls import ScriptCall

if TYPE_CHECKING:
    from imprint.workflows.repository import Repository
    from imprint.workflows.shell.programs import Program

LARGEST = 512 * 1024
"""Characters of a Makefile that are read."""
_NAMES = {
    "make": ("GNUmakefile", "makefile", "Makefile"),
    "gmake": ("GNUmakefile", "makefile", "Makefile"),
    "just": ("justfile", "Justfile", ".justfile"),
}
_RULE = re.compile(r"(?P<names>[^\s:#=][^:#=]*?)\s*::?(?!=)\s*(?P<needs>[^#;=]*)")
_VARIABLE = re.compile(r"\s*(?:export\s+)?(?P<name>[\w.-]+)\s*[:?]*=\s*(?P<value>.*)")
_USE = re.compile(r"\$\(([\w.-]+)\)|\$\{([\w.-]+)\}|\{\{\s*([\w.-]+)\s*\}\}")
_ROUNDS = 3
"""How often variables in variables are put in."""


class _Makefile(msgspec.Struct):
    """What was read of one file."""

    needs: dict[str, list[str]] = msgspec.field(default_factory=dict)
    recipes: dict[str, list[str]] = msgspec.field(default_factory=dict)
    variables: dict[str, str] = msgspec.field(default_factory=dict)
    first: str | None = None


def makefile_calls(
    repository: Repository, program: Program, folder: str | None
) -> tuple[ScriptCall, ...]:
    """Return the recipes that `make target` runs, those of what it needs first."""
    names = _NAMES.get(program.name or "")
    if names is None or folder is None:
        return ()
    _, options = verb_of(program)
    elsewhere, named = options.text("C", "directory"), options.text("f", "file")
    place = folder if elsewhere is None else normal_folder(f"{folder}/{elsewhere.shown}")
    if place is None:
        return ()
    candidates = names if named is None else (named.shown,)
    paths = (posixpath.join(place, name) for name in candidates)
    text = next((repository.texts[path] for path in paths if path in repository.texts), None)
    if text is None:
        return ()
    makefile = _read(text[:LARGEST])
    goals = [word.value for word in options.rest if word.value and "=" not in word.value]
    if not goals and makefile.first is not None:
        goals = [makefile.first]
    calls = []
    for target in _in_order(makefile, goals):
        recipe = "\n".join(makefile.recipes.get(target, ()))
        if recipe:
            text = _expanded(recipe, makefile.variables)
            calls.append(ScriptCall(name=f"{program.name} {target}", text=text, folder=place))
    return tuple(calls)


def _read(text: str) -> _Makefile:
    found = _Makefile()
    current: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        if line[:1] in {"\t", " "} and current:
            for target in current:
                found.recipes.setdefault(target, []).append(line.strip().lstrip("@-+"))
            continue
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        rule, variable = _RULE.match(line), _VARIABLE.fullmatch(line)
        if variable is not None:
            found.variables[variable["name"]] = variable["value"]
            current = []
        elif rule is not None:
            current = rule["names"].split()
            for target in current:
                found.needs.setdefault(target, []).extend(rule["needs"].split())
            if found.first is None and not current[0].startswith("."):
                found.first = current[0]
    return found


def _in_order(makefile: _Makefile, goals: list[str]) -> list[str]:
    """Return the targets that are made, what is needed before what needs it."""
    done: set[str] = set()
    ordered = []
    waiting = [(goal, False) for goal in reversed(goals)]
    while waiting:
        name, is_ready = waiting.pop()
        if is_ready:
            ordered.append(name)
        elif name in makefile.needs and name not in done:
            done.add(name)
            waiting.append((name, True))
            waiting.extend((need, False) for need in reversed(makefile.needs[name]))
    return ordered


def _expanded(recipe: str, variables: dict[str, str]) -> str:
    """Return a recipe with make's variables put in; what is not known becomes a shell variable."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2] or found[3]
        return "make" if name == "MAKE" else variables.get(name, f"${{{name}}}")

    text = recipe.replace("$$", "\0")
    for _ in range(_ROUNDS):
        text = _USE.sub(value, text)
    return text.replace("\0", "$")
