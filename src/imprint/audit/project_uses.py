"""What a project's own files ask for: its sources, the scripts of its package.json, its tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.audit.build_uses import files_of_settings, run_by_project
from imprint.reachability.edges import imports_by_content
from imprint.reachability.imports import ImportKind
from imprint.reachability.resolution import Resolver
from imprint.reachability.roles import Role, is_settings, role_of
from imprint.reachability.specifiers import is_builtin, package_of
from imprint.reachability.uses import Use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imprint.reachability.edges import EdgeCache
    from imprint.reachability.files import Files
    from imprint.reachability.imports import Import, Imports
    from imprint.reachability.locked import Locked

MOST_SOURCES = 50_000
"""Files of the project that are read."""
MOST_SOURCE_BYTES = 4 * 1024 * 1024
"""Of one file: what people write is smaller."""
MOST_BYTES = 512 * 1024 * 1024
"""Of all of them."""


class ProjectUses(msgspec.Struct, frozen=True, kw_only=True):
    """What a project asks for."""

    uses: tuple[Use, ...]
    imports: Mapping[str, Imports]
    """Of each source that was read, by its path."""
    roles: Mapping[str, Role]
    """Of each source that was read."""
    notes: tuple[str, ...] = ()


def project_uses(
    files: Files,
    paths: Sequence[str],
    locked: Locked,
    *,
    entries: Sequence[str] = (),
    cache: EdgeCache | None = None,
) -> ProjectUses:
    """Return what the files at `paths` ask for.

    `entries`: these alone are the application's beginning; every other source then counts only
    where one of them leads to it.
    """
    named = ((path, _role(path, locked)) for path in paths)
    roles: dict[str, Role] = {path: role for path, role in named if role is not Role.NONE}
    sources, notes = _sources(files, roles)
    resolver = Resolver(files)
    run = run_by_project(files, paths, locked, resolver, cache=cache)
    for path, role in run.files.items():
        if path in roles:
            roles[path] = role
    imports = imports_by_content(sources, cache=cache)
    started = _started(roles, entries)
    tooling = files_of_settings(
        [path for path in roles if _is_tooling(path, run.files)], imports, resolver
    )
    uses = [
        use
        for path in dict.fromkeys((*started, *sorted(tooling)))
        for use in _of_source(path, imports, locked, resolver, is_build=_runs(path, roles, tooling))
    ]
    return ProjectUses(
        uses=(*uses, *run.uses),
        imports=imports,
        roles={path: roles[path] for path in imports},
        notes=notes,
    )


def _role(path: str, locked: Locked) -> Role:
    project = locked.project_of(path)
    return role_of(path[len(project) + 1 :] if project else path)


def _is_tooling(path: str, run: Mapping[str, Role]) -> bool:
    """Whether a file's own imports are followed as a tool's: tests lead to the application."""
    return is_settings(path.rpartition("/")[2]) or run.get(path) is Role.BUILD


def _runs(path: str, roles: Mapping[str, Role], tooling: frozenset[str]) -> bool:
    return roles[path] is Role.BUILD or path in tooling


def _started(roles: Mapping[str, Role], entries: Sequence[str]) -> list[str]:
    if not entries:
        return list(roles)
    return [path for path, role in roles.items() if role is Role.BUILD or path in entries]


def _sources(files: Files, roles: Mapping[str, Role]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    sources: dict[str, bytes] = {}
    left, skipped = MOST_BYTES, 0
    for path in roles:
        source = files.read(path) if len(sources) < MOST_SOURCES and left > 0 else None
        if source is None or len(source) > MOST_SOURCE_BYTES:
            skipped += 1
            continue
        left -= len(source)
        sources[path] = source
    if not skipped:
        return sources, ()
    what = "source was" if skipped == 1 else "sources were"
    return sources, (f"{skipped} {what} too large or could not be read, and not looked at",)


def _of_source(
    path: str,
    imports: Mapping[str, Imports],
    locked: Locked,
    resolver: Resolver,
    *,
    is_build: bool,
) -> Iterator[Use]:
    found = imports.get(path)
    if found is None:
        return
    project = locked.project_of(path)
    for each in found.specifiers:
        for package in _packages_of(each, path, resolver):
            yield Use(
                project=project,
                origin=f"{path}:{each.line}",
                package=package,
                is_build=is_build or each.kind is ImportKind.PLUGIN,
            )


def _packages_of(asked: Import, path: str, resolver: Resolver) -> Iterator[str]:
    specifiers = [asked.specifier]
    match asked.kind:
        case ImportKind.JSX:
            specifiers = [resolver.jsx_source(path) or ""]
        case ImportKind.STYLE:
            specifiers = [asked.specifier.removeprefix("~").removeprefix("pkg:")]
        case ImportKind.URL | ImportKind.STYLE_URL:
            marked = asked.kind is ImportKind.STYLE_URL and asked.specifier.startswith("~")
            specifiers = [asked.specifier[1:]] if marked else []
        case ImportKind.IMPORT_PATTERN | ImportKind.REQUIRE_PATTERN:
            specifiers = asked.specifier.split("\n")
        case _:
            pass
    for specifier in specifiers:
        package = None if is_builtin(specifier) else package_of(specifier)
        if package is not None:
            yield package.name
