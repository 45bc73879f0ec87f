"""What a package.json's own scripts and tool settings run: packages, and files of the project."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import msgspec

from imprint.reachability.specifiers import package_of
from imprint.reachability.tool_settings import tools_of_settings
from imprint.reachability.uses import Use
from imprint.workflows.shell.commands import commands_of
from imprint.workflows.shell.programs import programs_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from imprint.reachability.commands import Commands
    from imprint.workflows.shell.model import Program

MOST_SCRIPTS = 1_000
_RUNTIMES = frozenset(
    {"node", "nodemon", "bun", "deno", "tsx", "ts-node", "esno", "jiti", "babel-node"}
)
_SERVING = re.compile(r"(?:start|serve|dev|preview)(?:[:._-].*)?")
"""Scripts that run the application itself."""
_PRELOADS = frozenset({"-r", "--require", "--import", "--loader", "--experimental-loader"})
_TOOL_FIELDS = (
    *("ava", "babel", "browserslist", "c8", "commitlint", "cypress", "eslintConfig", "husky"),
    *("jest", "lint-staged", "mocha", "nyc", "postcss", "prettier", "release", "remarkConfig"),
    *("semantic-release", "simple-git-hooks", "size-limit", "stylelint", "svgo", "tap", "xo"),
)
"""Members of package.json that are a tool's settings."""
_TEXT = re.compile(rb"""["'`]([@\w][\w@/.+-]{0,200})(?::[\w.-]{0,80})?["'`]""")
_YAML_TEXT = re.compile(
    rb"^[ \t-]*(?:[\w-]{1,80}:[ \t]+)?([@\w][\w@/.+-]{0,200})[ \t]*$", re.MULTILINE
)
_MOST_TEXTS = 5_000


class ScriptFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the project that a script runs by its name."""

    path: str
    """As the script says it, from the project's folder."""
    is_build: bool


def script_uses(
    manifest: Mapping[str, object], *, project: str, commands: Commands
) -> Iterator[Use | ScriptFile]:
    """Yield what a project's package.json runs, by the commands of its dependencies."""
    scripts = manifest.get("scripts")
    shown = f"{project}/package.json" if project else "package.json"
    if isinstance(scripts, dict):
        for name, text in list(scripts.items())[:MOST_SCRIPTS]:
            if isinstance(text, str):
                origin = f"{shown}: scripts.{name}"
                is_build = not _SERVING.fullmatch(str(name))
                yield from command_uses(
                    text, origin=origin, project=project, commands=commands, is_build=is_build
                )
    for field in _TOOL_FIELDS:
        if field in manifest:
            for name in _packages_in(manifest[field], commands):
                yield Use(project=project, origin=f"{shown}: {field}", package=name, is_build=True)


def settings_uses(
    source: bytes, *, path: str, project: str, names: Collection[str]
) -> Iterator[Use]:
    """Yield the tool whose settings a file is, and the direct dependencies that they name."""
    seen: set[str] = set()
    for tool in tools_of_settings(path):
        if tool in names:
            seen.add(tool)
            yield Use(project=project, origin=path, package=tool, is_build=True)
    grammars = (_TEXT, _YAML_TEXT) if path.endswith((".yml", ".yaml", "rc")) else (_TEXT,)
    texts = itertools.chain.from_iterable(each.finditer(source) for each in grammars)
    for found in itertools.islice(texts, _MOST_TEXTS):
        package = package_of(found[1].decode(errors="replace"))
        if package is not None and package.name in names and package.name not in seen:
            seen.add(package.name)
            yield Use(project=project, origin=path, package=package.name, is_build=True)


def command_uses(
    text: str, *, origin: str, project: str, commands: Commands, is_build: bool = True
) -> Iterator[Use | ScriptFile]:
    """Yield what a script for a shell runs: packages by their commands, and files."""
    for command in commands_of(text, shell=None):
        run = [command.program or ""]
        for program in programs_of(command):
            run.append(program.name or "")
            if program.name in _RUNTIMES:
                yield from _by_runtime(program, is_build=is_build, origin=origin, project=project)
        # A wrapper runs too: `cross-env NODE_ENV=test jest`. So does a word that is a dependency's.
        run += [v for word in command.words if (v := word.value) and v in commands.names]
        for name in dict.fromkeys(run):
            for package in commands.packages_of(name):
                yield Use(project=project, origin=origin, package=package, is_build=True)


def _by_runtime(
    program: Program, *, is_build: bool, origin: str, project: str
) -> Iterator[Use | ScriptFile]:
    values = [word.value or "" for word in program.arguments]
    for position, value in enumerate(values):
        option, _, given = value.partition("=")
        if option in _PRELOADS:
            given = given or next(iter(values[position + 1 :]), "")
            package = package_of(given)
            if package is not None:
                yield Use(project=project, origin=origin, package=package.name, is_build=is_build)
            elif given.startswith("."):
                yield ScriptFile(path=given, is_build=is_build)
        elif not value.startswith("-") and re.search(r"[./]", value):
            yield ScriptFile(path=value, is_build=is_build)
            return


def _packages_in(value: object, commands: Commands) -> Iterator[str]:
    """Yield the dependencies that any text of a tool's settings names, commands' too."""
    waiting, seen = [value], set[str]()
    while waiting and len(seen) < _MOST_TEXTS:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str):
            package = package_of(each)
            words = [package.name] if package and package.name in commands.names else []
            words += [one for word in each.split()[:20] for one in commands.packages_of(word)]
            for name in words:
                if name not in seen:
                    seen.add(name)
                    yield name
