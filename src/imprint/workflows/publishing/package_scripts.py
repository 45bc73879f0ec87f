"""Scripts of `package.json` that package managers and task runners run.

Sources: the managers' own references. npm, pnpm and bun run `preNAME` and `postNAME` around a
script; Yarn from 2 on does not, and is taken as if it did.
"""

from __future__ import annotations

import fnmatch
import json
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.publishing.command_lines import verb_of
from imprint.workflows.publishing.members import (
    folder_of,
    members_of,
    package_at,
    repository_folder,
    selected_packages,
)
from imprint.workflows.publishing.script_calls import ScriptCall
from imprint.workflows.shell.options import Options, options_of
from imprint.workflows.shell.programs import programs_within
from imprint.workflows.shell.state import moved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.workflows.repository import PackageFile, Repository
    from imprint.workflows.shell.model import Word
    from imprint.workflows.shell.programs import Program

_RUN = {"run", "run-script", "rum", "urn"}
_SHORT = {"test": "test", "t": "test", "tst": "test", "start": "start", "stop": "stop",
          "restart": "restart"}  # fmt: skip
_MANAGERS = {"npm": "npm", "pnpm": "pnpm", "pn": "pnpm", "yarn": "yarn", "yarnpkg": "yarn",
             "bun": "bun", "vp": "vp"}  # fmt: skip
_BUILTIN = {
    "pnpm": {"publish", "install", "i", "add", "exec", "dlx", "pack", "version", "stage", "login",
             "deploy", "recursive", "multi", "m", "store", "config", "audit", "outdated", "update",
             "up", "remove", "rm", "link", "rebuild", "fetch", "import", "list", "ls", "why",
             "env", "setup", "create", "init", "patch", "dedupe", "ci", "whoami", "with", "root",
             "bin", "prune", "licenses", "self-update", "approve-builds", "dist-tag", "view"},
    "yarn": {"npm", "workspaces", "workspace", "exec", "dlx", "install", "add", "node",
             "config", "set", "plugin", "pack", "up", "remove", "dedupe", "constraints", "info",
             "why", "cache", "link", "unlink", "init", "create", "rebuild", "stage", "import"},
    "vp": {"install", "exec", "dlx", "build", "test", "lint", "check", "fmt", "dev", "pack", "add"},
    "bun": {"install", "i", "add", "publish", "x", "create", "init", "test", "build", "pm",
            "update", "remove", "link", "ci", "audit", "outdated", "patch", "upgrade"},
}  # fmt: skip
_RUNNER_VALUED = {"filter", "F", "scope", "ignore", "t", "target", "targets", "p", "projects",
                  "cwd", "concurrency", "parallel", "since", "exclude"}  # fmt: skip


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which script a command line asks for."""

    name: str
    hooks: tuple[str, str]
    """What runs before and after it."""
    extra: tuple[Word, ...] = ()
    """Words that the script is given."""
    pattern: str | None = None
    """What the name is like, where a part of it is not known."""


def package_calls(
    repository: Repository, program: Program, folder: str | None
) -> tuple[ScriptCall, ...]:
    """Return the scripts of `package.json` files that `program`, run in `folder`, runs."""
    runner = program.name or ""
    if runner in _MANAGERS:
        return tuple(_by_manager(repository, program, folder))
    match runner:
        case "node":
            return tuple(_by_node(repository, program, folder))
        case "npm-run-all" | "npm-run-all2" | "run-s" | "run-p" | "concurrently":
            return tuple(_by_lists(repository, program, folder))
        case "turbo" | "lerna" | "nx" | "wsrun" | "ultra":
            return tuple(_by_task_runner(repository, program))
        case _:
            return ()


def binary_of(repository: Repository, program: Program, folder: str | None) -> tuple[Program, ...]:
    """Return what `pnpm changeset …` and `yarn run lerna …` run where no script has that name."""
    manager = _MANAGERS.get(program.name or "", "npm")
    if manager == "npm":
        return ()
    verb, options = verb_of(program)
    word = options.rest[0] if options.rest else None
    if verb in _RUN and manager != "pnpm":
        word = options.rest[1] if len(options.rest) > 1 else None
    name = None if word is None else word.value
    if word is None or name is None or name in _RUN or name in _BUILTIN[manager]:
        return ()
    if name == "publish":
        # Yarn 1's own command, a script in later ones, and nowhere a binary.
        return ()
    if not options.flag("binaries-only", "B") and any(
        name in package.scripts for package in _packages(repository, program, options, folder)
    ):
        return ()
    return programs_within(program, manager, (word, *_behind(program, word)))


def _by_manager(
    repository: Repository, program: Program, folder: str | None
) -> Iterator[ScriptCall]:
    manager = _MANAGERS[program.name or ""]
    verb, options = verb_of(program)
    verb = options.rest[0].shown if options.rest and options.rest[0].lead else verb
    asked = None if verb is None else _asked(manager, verb, program, options)
    if asked is None:
        return
    packages = _packages(repository, program, options, folder)
    before, after = asked.hooks
    is_known = any(_names(package, asked) for package in packages)
    for package in packages:
        yield from _script(repository, package, before, manager)
        for name in _names(package, asked):
            yield from _script(repository, package, name, manager, asked.extra)
        yield from _script(repository, package, after, manager)
    is_there = package_at(repository, folder) is not None
    if not is_known and not is_there and (verb in _RUN or manager == "npm"):
        # Its package.json is not there, or which one is not known.
        yield ScriptCall(
            name=f"{manager} run {asked.name}", text=None, folder=folder, path=asked.name
        )


def _names(package: PackageFile, asked: _Asked) -> tuple[str, ...]:
    """Return the scripts that are meant: `release:${{ … }}` may be any that begins so."""
    if asked.pattern is None:
        return (asked.name,) if asked.name in package.scripts else ()
    return tuple(name for name in package.scripts if fnmatch.fnmatchcase(name, asked.pattern))


def _asked(manager: str, verb: str, program: Program, options: Options) -> _Asked | None:
    """Return the script that a command line asks for, if it asks for one."""
    rest = options.rest
    if manager == "npm" and verb == "version":
        # `npm version` runs all three around its commit; it gives them no words.
        return _Asked(name="version", hooks=("preversion", "postversion"))
    if verb in _RUN:
        if len(rest) == 1:
            return None
        last, name = rest[1], rest[1].shown
    elif manager == "npm":
        if verb not in _SHORT:
            return None
        last, name = rest[0], _SHORT[verb]
    elif verb not in _BUILTIN.get(manager, ()):
        last, name = rest[0], verb
    else:
        return None
    if not last.lead:
        return None
    # npm takes options for itself, up to `--`; the others hand on all that stands behind.
    extra = (
        (*rest[rest.index(last) + 1 :], *options.passed)
        if manager == "npm"
        else _behind(program, last)
    )
    pattern = None if last.value is not None else _pattern(last)
    return _Asked(name=name, hooks=(f"pre{name}", f"post{name}"), extra=extra, pattern=pattern)


def _pattern(word: Word) -> str:
    return "".join(part if isinstance(part, str) else "*" for part in word.parts)


def _behind(program: Program, last: Word) -> tuple[Word, ...]:
    """Return the words behind a script's name."""
    position = next(index for index, word in enumerate(program.arguments) if word is last)
    return tuple(word for word in program.arguments[position + 1 :] if word.value != "--")


def _packages(
    repository: Repository, program: Program, options: Options, folder: str | None
) -> tuple[PackageFile, ...]:
    """Return the packages whose scripts are meant."""
    target = options.text("prefix", "C", "dir", "cwd")
    if target is not None:
        folder = repository_folder(folder, moved("", target))
    selectors = (
        *program.workspaces,
        *options.texts("workspace", "w", "filter", "F", "filter-prod"),
    )
    if selectors:
        known = [word.value for word in selectors if word.value is not None]
        return selected_packages(repository, known, folder or "") if known else ()
    if program.is_recursive or options.flag("workspaces", "ws", "recursive", "r"):
        return members_of(repository)
    if program.name in {"yarn", "yarnpkg"} and options.flag("top-level", "T"):
        folder = ""
    found = package_at(repository, folder)
    if found is None and (folder is None or "/" not in folder):
        # `working-directory: main` with `path: main` at the checkout, or a folder not known.
        found = package_at(repository, "")
    return () if found is None else (found,)


def _script(
    repository: Repository,
    package: PackageFile,
    name: str,
    manager: str,
    extra: Sequence[Word] = (),
) -> Iterator[ScriptCall]:
    text = package.scripts.get(name)
    if text is None:
        return
    if text.strip() == "wireit":
        text = _wireit(repository, package, name) or text
    if extra:
        text = f"{text} {' '.join(word.raw for word in extra)}"
    folder = folder_of(package.path)
    where = f" in {folder}" if folder else ""
    yield ScriptCall(
        name=f"{manager} run {name}{where}", text=text, folder=folder, path=package.path
    )


def _wireit(repository: Repository, package: PackageFile, name: str) -> str | None:
    """Return the command that wireit runs for a script."""
    try:
        document = json.loads(repository.texts.get(package.path, ""))
        command = document["wireit"][name]["command"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    return command if isinstance(command, str) else None


def _by_node(repository: Repository, program: Program, folder: str | None) -> Iterator[ScriptCall]:
    """Yield what `node --run name` runs."""
    name = options_of(program.arguments, {"run"}).text("run")
    package = package_at(repository, folder)
    if name is not None and name.value is not None and package is not None:
        yield from _script(repository, package, name.value, "node")


def _by_lists(repository: Repository, program: Program, folder: str | None) -> Iterator[ScriptCall]:
    """Yield what `run-s build "release:*"` and `concurrently npm:release` run."""
    package = package_at(repository, folder)
    if package is None:
        return
    for word in options_of(program.arguments, {"n", "names", "c", "prefix"}).rest:
        text = word.value or ""
        if program.name == "concurrently" and not text.startswith("npm:"):
            yield ScriptCall(name="concurrently", text=text, folder=folder)
            continue
        pattern = text.removeprefix("npm:").partition(" ")[0]
        for name in package.scripts:
            if fnmatch.fnmatchcase(name, pattern):
                yield from _script(repository, package, name, "npm")


def _by_task_runner(repository: Repository, program: Program) -> Iterator[ScriptCall]:
    """Yield the members' scripts of `turbo run x`, `lerna run x`, `nx run-many -t x`."""
    options = options_of(program.arguments, _RUNNER_VALUED)
    scopes = [word.value or "" for word in options.texts("filter", "F", "scope", "p", "projects")]
    packages = selected_packages(repository, scopes) if scopes else members_of(repository)
    for name in _tasks(program.name or "", options):
        for package in packages:
            yield from _script(repository, package, name, program.name or "")


def _tasks(runner: str, options: Options) -> list[str]:
    """Return the names of the tasks that a runner is asked for."""
    rest = [word.value or "" for word in options.rest]
    if runner == "nx":
        texts = options.texts("t", "target", "targets")
        names = [name for word in texts for name in (word.value or "").split(",")]
        return names + [each.rpartition(":")[2] for each in rest[1:2] if rest[0] == "run"]
    tasks = rest[1:] if rest[:1] == ["run"] else (rest if runner == "turbo" else [])
    return [task.rpartition("#")[2] for task in tasks]
