"""What runs packages besides the application: scripts, tools' settings, CI, git hooks.

Commands are traced to their packages by `bin`, settings to their tools by name, and a settings
file's own imports are followed into the project's files. Facts: consumers §6.5.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from imprint.audit.ci_scripts import ci_scripts
from imprint.audit.script_uses import ScriptFile, command_uses, script_uses, settings_uses
from imprint.reachability.commands import Commands
from imprint.reachability.files import joined, package_folder
from imprint.reachability.imports import PATTERNS
from imprint.reachability.resolution import Resolved
from imprint.reachability.roles import Role, is_settings
from imprint.reachability.tool_settings import tools_of_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from imprint.reachability.edges import EdgeCache
    from imprint.reachability.files import Files
    from imprint.reachability.imports import Imports
    from imprint.reachability.locked import Locked
    from imprint.reachability.resolution import Resolver
    from imprint.reachability.uses import Use

MOST_SETTINGS_BYTES = 4 * 1024 * 1024
"""Of one file with a tool's settings."""


class Run(msgspec.Struct):
    """What is run."""

    uses: list[Use] = msgspec.field(default_factory=list)
    files: dict[str, Role] = msgspec.field(default_factory=dict)
    """Files of the project that a script runs by their names, and for whom."""


def run_by_project(
    files: Files,
    paths: Sequence[str],
    locked: Locked,
    resolver: Resolver,
    *,
    cache: EdgeCache | None = None,
) -> Run:
    """Return what scripts, settings, CI and git hooks run. Total."""
    run = Run()
    known: dict[str, Commands] = {}

    def commands(project: str) -> Commands:
        if project not in known:
            known[project] = Commands(locked, resolver, project=project)
        return known[project]

    for path in paths:
        folder, _, name = path.rpartition("/")
        if name == "package.json" and locked.project_of(path) == folder:
            manifest = _object(files.read(path) or b"")
            found = script_uses(manifest, project=folder, commands=commands(folder))
            _take(run, found, folder=folder)
        elif is_settings(name) or tools_of_settings(path):
            project = locked.project_of(path)
            source = files.read(path) if is_settings(name) else None
            if source is not None and len(source) > MOST_SETTINGS_BYTES:
                source = None
            names = commands(project).names
            run.uses += settings_uses(source or b"", path=path, project=project, names=names)
    for script in ci_scripts(files, paths, cache=cache):
        project = locked.project_of(f"{script.folder}/-") if script.folder else ""
        found = command_uses(
            script.text, origin=script.origin, project=project, commands=commands(project)
        )
        _take(run, found, folder=script.folder)
    return run


def files_of_settings(
    started: Iterable[str], imports: Mapping[str, Imports], resolver: Resolver
) -> frozenset[str]:
    """Return the project's files that settings (`started`) lead to, themselves too."""
    found = {path for path in started if path in imports}
    waiting = deque(found)
    while waiting:
        path = waiting.popleft()
        for each in imports[path].specifiers:
            if each.kind in PATTERNS or not each.specifier.startswith((".", "@/", "~/", "#")):
                continue
            target = resolver.resolve(each.specifier, path, each.kind)
            if (
                isinstance(target, Resolved)
                and target.path in imports
                and target.path not in found
                and package_folder(target.path) is None
            ):
                found.add(target.path)
                waiting.append(target.path)
    return frozenset(found)


def _take(run: Run, found: Iterable[Use | ScriptFile], *, folder: str) -> None:
    for each in found:
        if not isinstance(each, ScriptFile):
            run.uses.append(each)
            continue
        target = joined(folder, each.path)
        if target is not None and each.is_build:
            run.files.setdefault(target, Role.BUILD)
        elif target is not None:
            run.files[target] = Role.APPLICATION


def _object(raw: bytes) -> Mapping[str, object]:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
