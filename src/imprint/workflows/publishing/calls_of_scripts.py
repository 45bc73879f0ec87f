"""Scripts that a program stands for: of `package.json`, of a Makefile, or a file of its own."""

from __future__ import annotations

import fnmatch
import json
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imprint.workflows.publishing.clients import verb_of
from imprint.workflows.publishing.members import (
    folder_of,
    members_of,
    normal_folder,
    package_at,
    repository_folder,
    selected_packages,
)
from imprint.workflows.shell.options import Options, options_of
from imprint.workflows.shell.state import moved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.workflows.repository import PackageFile, Repository
    from imprint.workflows.shell.model import Word
    from imprint.workflows.shell.programs import Program

_RUN = {"run", "run-script", "rum", "urn"}
_SHORT = {"test", "t", "tst", "start", "stop", "restart"}
_SAME = {"t": "test", "tst": "test"}
_BUILTIN = {
    "npm": frozenset(),
    "pnpm": {"publish", "install", "i", "add", "exec", "dlx", "pack", "version", "stage", "login",
             "deploy", "recursive", "multi", "m", "store", "config", "audit", "outdated", "update",
             "up", "remove", "rm", "link", "rebuild", "fetch", "import", "list", "ls", "why",
             "env", "setup", "create", "init", "patch", "dedupe", "ci", "whoami", "with", "root",
             "bin", "prune", "licenses", "self-update", "approve-builds", "dist-tag", "view"},
    "yarn": {"npm", "workspaces", "workspace", "exec", "dlx", "install", "add", "node",
             "config", "set", "plugin", "pack", "up", "remove", "dedupe", "constraints", "info",
             "why", "cache", "link", "unlink", "init", "create", "rebuild", "stage", "import"},
    "bun": {"install", "i", "add", "publish", "x", "create", "init", "test", "build", "pm",
            "update", "remove", "link", "ci", "audit", "outdated", "patch", "upgrade"},
}  # fmt: skip
_INTERPRETERS = {
    "node", "tsx", "ts-node", "esno", "jiti", "zx", "deno", "bun", "python", "python3", "tsn",
    "vite-node", "sucrase-node", "babel-node", "esr", "swc-node", "ruby", "node.exe", "esmo",
}  # fmt: skip
_VALUED_BY_INTERPRETERS = {
    "r", "require", "import", "loader", "experimental-loader", "conditions", "C", "P", "project",
    "tsconfig", "env-file", "max-old-space-size", "p",
}  # fmt: skip
_PROGRAM = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".py", ".rb")
_TARGET = re.compile(r"(?P<names>[^\s:#=][^:#=]*?)\s*::?(?!=)\s*(?P<needs>[^#;=]*)")
_VARIABLE = re.compile(r"\s*(?P<name>[\w.-]+)\s*[:?]?=\s*(?P<value>.*)")
_LARGEST_FILE = 512 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptCall:
    """One script that is run."""

    name: str
    """For people: `npm run release`."""
    text: str | None
    """None: the file is not there."""
    folder: str | None
    """Where it starts."""
    path: str = ""
    is_program: bool = False
    """It is in another language than a shell's."""


def package_calls(
    repository: Repository, program: Program, folder: str | None
) -> tuple[ScriptCall, ...]:
    """Return the scripts of `package.json` files that a package manager or task runner runs."""
    runner = program.name or ""
    match runner:
        case "npm" | "pnpm" | "pn" | "yarn" | "yarnpkg" | "bun":
            return tuple(_by_manager(repository, program, folder))
        case "node":
            return tuple(_by_node(repository, program, folder))
        case "npm-run-all" | "npm-run-all2" | "run-s" | "run-p" | "concurrently":
            return tuple(_by_lists(repository, program, folder))
        case "turbo" | "lerna" | "nx" | "wsrun" | "ultra":
            return tuple(_by_task_runner(repository, program))
        case _:
            return ()


def _by_manager(
    repository: Repository, program: Program, folder: str | None
) -> Iterator[ScriptCall]:
    manager = {"pn": "pnpm", "yarnpkg": "yarn"}.get(program.name or "", program.name or "")
    verb, options = verb_of(program)
    if verb is None:
        return
    rest = options.rest
    if manager == "npm" and verb == "version":
        names, last = ("preversion", "version", "postversion"), rest[0]
    elif verb in _RUN and len(rest) > 1:
        names, last = _with_hooks(rest[1].value), rest[1]
    elif manager == "npm" and verb in _SHORT:
        names, last = _with_hooks(_SAME.get(verb, verb)), rest[0]
    elif verb not in _BUILTIN[manager] and manager != "npm":
        names, last = _with_hooks(verb), rest[0]
    else:
        return
    if not names:
        return
    extra = () if manager == "npm" and verb == "version" else _behind(program, last, options)
    if manager == "npm" and verb != "version":
        extra = (*options.rest[2 if verb in _RUN else 1 :], *options.passed)
    for package in _packages(repository, program, options, folder):
        for name in names:
            yield from _script(
                repository,
                package,
                name,
                manager,
                extra if name == names[-2 if len(names) > 2 and verb != "version" else -1] else (),
            )


def _with_hooks(name: str | None) -> tuple[str, ...]:
    return () if name is None else (f"pre{name}", name, f"post{name}")


def _behind(program: Program, last: Word, options: Options) -> tuple[Word, ...]:
    """Return the words behind a script's name: pnpm, yarn and bun hand them on."""
    del options
    for position, word in enumerate(program.arguments):
        if word is last:
            return tuple(each for each in program.arguments[position + 1 :] if each.value != "--")
    return ()


def _packages(
    repository: Repository, program: Program, options: Options, folder: str | None
) -> tuple[PackageFile, ...]:
    """Return the packages whose scripts are meant."""
    target = options.text("prefix", "C", "dir", "cwd")
    if target is not None:
        start = program.directory if folder is None else folder
        folder = repository_folder(folder, moved("", target)) if start is not None else None
    selectors = [
        word.value
        for word in (
            *program.workspaces,
            *options.texts("workspace", "w", "filter", "F", "filter-prod"),
        )
    ]
    if selectors and program.name in {"pnpm", "pn"}:
        selectors = [each for each in selectors if each is not None]
    known = [each for each in selectors if each is not None]
    if known:
        return selected_packages(repository, known, folder or "")
    everywhere = options.flag("workspaces", "ws", "recursive", "r") or program.is_recursive
    if everywhere and not selectors:
        return members_of(repository)
    if selectors:
        return ()
    if program.name in {"yarn", "yarnpkg"} and options.flag("top-level", "T"):
        folder = ""
    found = package_at(repository, folder)
    if found is None and folder is None:
        found = package_at(repository, "")
    if found is None and folder and "/" not in folder:
        # `working-directory: main` with `path: main` at the checkout.
        found = package_at(repository, "")
    return () if found is None else (found,)


def _script(
    repository: Repository,
    package: PackageFile,
    name: str,
    manager: str,
    extra: Sequence[Word],
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
    """`node --run name`."""
    name = options_of(program.arguments, {"run"}).text("run")
    package = package_at(repository, folder)
    if name is not None and name.value is not None and package is not None:
        yield from _script(repository, package, name.value, "node", ())


def _by_lists(repository: Repository, program: Program, folder: str | None) -> Iterator[ScriptCall]:
    """`run-s build "release:*"`, `concurrently npm:release`."""
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
                yield from _script(repository, package, name, "npm", ())


def _by_task_runner(repository: Repository, program: Program) -> Iterator[ScriptCall]:
    """`turbo run release`, `lerna run publish`, `nx run-many -t publish`: members' scripts."""
    valued = {"filter", "F", "scope", "ignore", "t", "target", "targets", "p", "projects", "cwd",
              "concurrency", "parallel", "since", "exclude"}  # fmt: skip
    options = options_of(program.arguments, valued)
    rest = [word.value or "" for word in options.rest]
    runner = program.name
    if runner == "nx":
        names = [
            name
            for word in options.texts("t", "target", "targets")
            for name in (word.value or "").split(",")
        ]
        if rest and rest[0] == "run" and len(rest) > 1:
            names.append(rest[1].rpartition(":")[2])
    else:
        names = rest[1:] if rest[:1] == ["run"] else (rest if runner == "turbo" else [])
    scopes = [word.value or "" for word in options.texts("filter", "F", "scope", "p", "projects")]
    packages = selected_packages(repository, scopes) if scopes else members_of(repository)
    for name in names:
        for package in packages:
            yield from _script(repository, package, name.rpartition("#")[2], runner or "", ())


def makefile_calls(
    repository: Repository, program: Program, folder: str | None
) -> tuple[ScriptCall, ...]:
    """Return the recipes that `make target` runs, those of what it needs first."""
    if program.name not in {"make", "gmake", "just"} or folder is None:
        return ()
    _, options = verb_of(program)
    target = options.text("C", "directory")
    place = folder if target is None else normal_folder(posixpath.join(folder, target.shown))
    if place is None:
        return ()
    named = options.text("f", "file")
    names = (
        ["GNUmakefile", "makefile", "Makefile"]
        if program.name != "just"
        else ["justfile", "Justfile", ".justfile"]
    )
    if named is not None:
        names = [named.shown]
    text = next(
        (
            repository.texts[path]
            for name in names
            if (path := posixpath.join(place, name)) in repository.texts
        ),
        None,
    )
    if text is None:
        return ()
    rules, variables, first = _rules(text[:_LARGEST_FILE])
    goals = [word.value for word in options.rest if word.value and "=" not in word.value]
    if not goals and first is not None:
        goals = [first]
    calls: list[ScriptCall] = []
    done: set[str] = set()
    for goal in goals:
        _recipes(goal, rules, variables, done, calls, place, program.name or "make")
    return tuple(calls)


def _rules(text: str) -> tuple[dict[str, tuple[list[str], list[str]]], dict[str, str], str | None]:
    """Return each target's needs and recipe, the variables, and the first target."""
    rules: dict[str, tuple[list[str], list[str]]] = {}
    variables: dict[str, str] = {}
    current: list[str] = []
    first: str | None = None
    for line in text.replace("\\\n", " ").splitlines():
        if line[:1] in {"\t", " "} and current:
            for target in current:
                rules[target][1].append(line.strip().lstrip("@-+"))
            continue
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        rule = _TARGET.match(line)
        variable = _VARIABLE.fullmatch(line)
        if variable is not None and (rule is None or "=" in line.partition(":")[2][:1]):
            variables[variable["name"]] = variable["value"]
            current = []
        elif rule is not None:
            current = (
                rule["names"].split()[:1]
                if " " in rule["names"] and "$" in line
                else rule["names"].split()
            )
            for target in current:
                rules.setdefault(target, ([], []))[0].extend(rule["needs"].split())
                if first is None and not target.startswith("."):
                    first = target
    return rules, variables, first


def _recipes(
    goal: str,
    rules: dict[str, tuple[list[str], list[str]]],
    variables: dict[str, str],
    done: set[str],
    calls: list[ScriptCall],
    folder: str,
    runner: str,
) -> None:
    waiting = [(goal, False)]
    while waiting:
        name, is_ready = waiting.pop()
        if is_ready:
            recipe = "\n".join(rules[name][1])
            if recipe:
                text = _expanded(recipe, variables)
                calls.append(ScriptCall(name=f"{runner} {name}", text=text, folder=folder))
        elif name in rules and name not in done:
            done.add(name)
            waiting.append((name, True))
            waiting.extend((need, False) for need in reversed(rules[name][0]))


def _expanded(recipe: str, variables: dict[str, str]) -> str:
    """Return a recipe with make's variables put in; what is not known becomes a shell variable."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name == "MAKE":
            return "make"
        return variables.get(name, f"${{{name}}}")

    text = recipe.replace("$$", "\0")
    for _ in range(3):
        text = re.sub(r"\$\(([\w.-]+)\)|\$\{([\w.-]+)\}", value, text)
    return text.replace("\0", "$")


def local_script(
    repository: Repository, program: Program, folder: str | None
) -> tuple[ScriptCall, ...]:
    """Return the repository's own file that is run: `./scripts/release.sh`, `node publish.js`."""
    named = _script_word(program)
    if named is None:
        return ()
    shown = named.shown
    for marker in ("${{ github.action_path }}", "$GITHUB_ACTION_PATH", "${GITHUB_ACTION_PATH}"):
        if shown.startswith(marker):
            return ()
    path = repository_folder(folder, moved("", named))
    if path is None or "node_modules" in path:
        return ()
    text, path = _file(repository, path)
    is_program = path.endswith(_PROGRAM) or (
        text is not None and re.match(r"#!.*\b(node|tsx|zx|python3?|deno|bun)\b", text) is not None
    )
    if text is None and program.name in _INTERPRETERS and not path.endswith(_PROGRAM):
        is_program = True
    return (
        ScriptCall(
            name=program.text if program.name in _INTERPRETERS else shown,
            text=None if text is None else text[:_LARGEST_FILE],
            folder=folder,
            path=path,
            is_program=is_program,
        ),
    )


def _file(repository: Repository, path: str) -> tuple[str | None, str]:
    """Return a script's text and path: Node's programs may be named without suffix."""
    for suffix in ("", *_PROGRAM[:6], "/index.js", "/index.ts"):
        if path + suffix in repository.texts:
            return repository.texts[path + suffix], path + suffix
    return None, path


def _script_word(program: Program) -> Word | None:
    """Return the word that names the file which is run, if it is one of the repository's."""
    first = program.command.words[0] if program.command.words else None
    if program.name in _INTERPRETERS:
        rest = options_of(program.arguments, _VALUED_BY_INTERPRETERS).rest
        if program.name in {"deno", "bun", "tsx"} and rest and rest[0].value in {"run", "watch"}:
            rest = rest[1:]
        word = rest[0] if rest else None
        if word is None or (program.name in {"bun", "deno"} and not word.shown.endswith(_PROGRAM)):
            return None
        return word
    if program.name in {"bash", "sh", "zsh", "source", "."}:
        rest = options_of(program.arguments, {"o"}).rest
        return rest[0] if rest and "c" not in options_of(program.arguments, set()).values else None
    if first is not None and program.name is not None and not program.runners:
        lead = first.shown
        is_local = lead.startswith(("./", "../", ".github/", "scripts/", "tools/", "$GITHUB_WORK"))
        if is_local or ("/" in lead and lead.endswith((".sh", ".bash", *_PROGRAM))):
            return first
    return None
