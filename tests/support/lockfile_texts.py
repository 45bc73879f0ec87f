"""A lockfile as a text for people to compare: everything that was read of it, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.lockfiles.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.npm.lockfiles.model import Edge, LockedPackage, Lockfile


def text_of(lockfile: Lockfile) -> str:
    """Everything that was read, in the lockfile's order."""
    return "\n".join(_lines(lockfile)) + "\n"


def _lines(lockfile: Lockfile) -> Iterator[str]:
    yield f"{lockfile.format} {lockfile.version}"
    yield from (f"note: {note}" for note in lockfile.notes)
    yield from (f"override: {name} = {text}" for name, text in lockfile.overrides.items())
    graph = Graph(lockfile)
    for project in lockfile.projects:
        yield f"project {project.path or '.'} ({project.name})"
        yield from map(_edge, project.edges)
    for package in lockfile.packages.values():
        yield from _package(package, " > ".join(graph.path_to(package.key)))


def _package(package: LockedPackage, path: str) -> Iterator[str]:
    yield f"{package.line}: {package.key}"
    alias = f" as {package.alias}" if package.alias else ""
    flags = {
        "dev": package.is_dev,
        "optional": package.is_optional,
        "patched": package.is_patched,
        "install script": package.has_install_script,
        "no install script": package.has_install_script is False,
    }
    shown = "".join(f", {name}" for name, is_so in flags.items() if is_so)
    yield f"  {package.name}{alias} {package.version}, {package.source}{shown}"
    if package.resolved is not None:
        yield f"  from {package.resolved}"
    if package.integrity is not None:
        yield f"  {' '.join(text[:16] for text in package.integrity.split())}"
    if package.commands:
        yield f"  runs as {', '.join(package.commands)}"
    if package.bundled_in is not None:
        yield f"  in the bundle of {package.bundled_in}"
    yield f"  by {path}"
    yield from map(_edge, package.edges)


def _edge(edge: Edge) -> str:
    kind = f"{edge.kind}, may miss" if edge.may_miss else edge.kind
    wanted = "" if edge.range is None else f" {edge.range}"
    return f"  -> {edge.name}{wanted} ({kind}): {edge.target}"
