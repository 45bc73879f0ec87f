"""What package managers execute: installs with lifecycle scripts, scripts of package.json.

Source: the managers' own references. pnpm from 10 and Bun run no scripts of dependencies unless
they are listed; Yarn runs the file that `.yarnrc.yml` names, whatever it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.effects.model import ExecutionKind
from imprint.workflows.effects.package_managers import (
    named_package_manager_version,
    root_package,
)
from imprint.workflows.findings import Confidence
from imprint.workflows.shell.options import options_of
from imprint.workflows.tables.actions import program_table
from imprint.workflows.tables.releases import range_of, release_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.repository import Repository
    from imprint.workflows.shell.programs import Program

_MANAGERS = {"npm", "pnpm", "yarn", "bun"}
_INSTALLS = {
    "i", "in", "ins", "install", "isntall", "ci", "clean-install", "ic", "add", "update", "up",
    "upgrade", "install-test", "it", "cit", "rebuild", "rb", "dedupe", "link", "import", "fetch",
}  # fmt: skip
_NO_SCRIPTS_BY_DEFAULT = (10, 0, 0)
_VALUED = {"filter", "F", "C", "dir", "prefix", "w", "workspace", "registry", "loglevel", "cwd"}
Kind = tuple[ExecutionKind, Confidence, bool]
"""What is executed, how sure that is, and whether it is the same tomorrow."""


def installed_by(program: Program, repository: Repository) -> tuple[Kind, ...] | None:
    """Return what a package manager's command executes; None where it is no package manager."""
    if program.name not in _MANAGERS:
        return None
    options = options_of(program.arguments, _VALUED)
    words = [word.shown for word in options.rest]
    verb = words[0] if words else ""
    if verb in program_table().readsonly_verbs.get(program.name, ()):
        return ()
    if not verb and program.name != "yarn":
        return ()
    is_install = verb in _INSTALLS or not verb
    ignores = options.flag("ignore-scripts") is True or _ignored_by_environment(program)
    if not is_install:
        return _other(program, verb, words, ignores=ignores)
    if options.flag("g", "global") is True or verb == "global":
        names = [word for word in words[1:] if word not in {"add", "install"}]
        return (_global(names),)
    return tuple(_local(program, repository, verb, ignores=ignores))


def _local(program: Program, repository: Repository, verb: str, *, ignores: bool) -> Iterator[Kind]:
    match program.name:
        case "yarn":
            yield ExecutionKind.WORKSPACE, Confidence.HIGH, True
        case "pnpm" if options_of(program.arguments, _VALUED).flag("ignore-pnpmfile") is not True:
            # .pnpmfile.cjs is code, scripts or none.
            sure = Confidence.MEDIUM if ignores else Confidence.HIGH
            yield ExecutionKind.WORKSPACE, sure, True
        case _ if not ignores:
            yield ExecutionKind.WORKSPACE, Confidence.HIGH, True
        case _:
            pass
    if ignores or verb == "fetch":
        return
    scripts_are_listed = program.name == "bun" or (
        program.name == "pnpm" and _pnpm_lists_scripts(repository)
    )
    sure = Confidence.LOW if scripts_are_listed else Confidence.HIGH
    yield ExecutionKind.DEPENDENCIES, sure, True


def _other(program: Program, verb: str, words: list[str], *, ignores: bool) -> tuple[Kind, ...]:
    """Return what a script, a lifecycle or a publication executes."""
    match program.name, verb:
        case _, "publish" | "pack" | "stage" | "npm":
            # A tarball that is there already has no scripts to run.
            is_tarball = any(word.endswith((".tgz", ".tar.gz")) for word in words)
            if ignores or is_tarball:
                return ()
            return ((ExecutionKind.WORKSPACE, Confidence.MEDIUM, True),)
        case "npm", "version":
            return () if ignores else ((ExecutionKind.WORKSPACE, Confidence.LOW, True),)
        case "npm", "init" | "create":
            return ((ExecutionKind.DOWNLOAD, Confidence.MEDIUM, False),)
        case _:
            return (
                (ExecutionKind.WORKSPACE, Confidence.HIGH, True),
                (ExecutionKind.DEPENDENCIES, Confidence.HIGH, True),
            )


def _global(names: list[str]) -> Kind:
    pinned = bool(names) and all(
        release_of(name.rpartition("@")[2]) is not None for name in names if name
    )
    return ExecutionKind.DOWNLOAD, Confidence.HIGH, pinned


def _ignored_by_environment(program: Program) -> bool:
    for name, word in program.environment.items():
        if name.lower() == "npm_config_ignore_scripts" and (word.value or "") == "true":
            return True
    return False


def _pnpm_lists_scripts(repository: Repository) -> bool:
    """Whether the pnpm that package.json names runs only the scripts that are listed."""
    package = root_package(repository)
    version = None if package is None else named_package_manager_version(package, "pnpm")
    releases = None if version is None else range_of(version)
    return releases is not None and releases.surely_from(_NO_SCRIPTS_BY_DEFAULT)
