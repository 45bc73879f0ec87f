"""package-lock.json and npm-shrinkwrap.json, lockfileVersion 1, 2 and 3.

Version 2 says everything twice: its `packages` are read, as npm 7 and later do. Version 1 is made
into places first (npm_v1). Not here: the files themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.lockfiles import npm_v1
from imprint.npm.lockfiles.faults import malformed, unknown_version
from imprint.npm.lockfiles.manifest_projects import MANIFEST, manifest_of
from imprint.npm.lockfiles.model import LockedPackage, Lockfile, LockfileFormat, SourceKind
from imprint.npm.lockfiles.json_document import (
    decode,
    lines_of,
    opening_of,
    text_member,
)
from imprint.npm.lockfiles.npm_edges import EdgeReader
from imprint.npm.lockfiles.npm_projects import projects_of
from imprint.npm.lockfiles.places import Places, bundler_of, name_of
from imprint.npm.lockfiles.specifiers import (
    MAX_VERSION_CHARACTERS,
    require_name,
    source_of,
)
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.lockfiles.model import Edge
    from imprint.npm.strict_json import Json, JsonObject

_KNOWN = {1, 2, 3}


def read_npm(data: bytes, *, manifests: Mapping[str, bytes]) -> Lockfile:
    """Return what npm's lockfile says.

    Raises Malformed (`malformed-lockfile`, `unknown-lockfile-version`).
    """
    document = decode(data)
    version = document.get("lockfileVersion")
    if version is None and "dependencies" in document:
        version = 1  # npm 5's first releases, and npm-shrinkwrap.json of those before
    if type(version) is not int or version not in _KNOWN:
        raise unknown_version("npm", str(version), "lockfileVersion 1, 2 and 3")
    manifest = manifest_of(manifests.get(MANIFEST))
    if version == 1:
        entries, lines = npm_v1.places_of(data, document, manifest)
    else:
        entries, lines = _places_of(data, document)
    return _Reading(entries, lines, manifest, says_scripts=version != 1).lockfile(str(version))


def _places_of(data: bytes, document: JsonObject) -> tuple[dict[str, JsonObject], dict[str, int]]:
    places = document.get("packages")
    if not isinstance(places, dict):
        raise malformed(1, "has no object `packages`")
    start = max(data.find(b'"packages"'), 0)
    found = lines_of(data, places, opening=opening_of(data), start=start)
    lines = dict(zip(places, found, strict=True))
    entries: dict[str, JsonObject] = {}
    for key, entry in places.items():
        if not isinstance(entry, dict):
            raise malformed(lines[key], f"has no object for {quoted(key)}")
        entries[key] = entry
    return entries, lines


class _Reading:
    """One lockfile, while it is read."""

    def __init__(
        self,
        entries: Mapping[str, JsonObject],
        lines: Mapping[str, int],
        manifest: JsonObject,
        *,
        says_scripts: bool,
    ) -> None:
        self.entries = entries
        self.lines = lines
        self.says_scripts = says_scripts
        self.overridden = frozenset(_texts_in(manifest.get("overrides")))
        self.bundled = {key: True for key, entry in entries.items() if entry.get("inBundle")}
        links = {
            key: target
            for key, entry in entries.items()
            if entry.get("link") is True and (target := text_member(entry, "resolved", lines[key]))
        }
        self.links = links
        self.reader = EdgeReader(entries, lines, Places(entries))
        self.notes: list[str] = []

    def lockfile(self, version: str) -> Lockfile:
        projects = projects_of(self.entries, self.lines, self.links, self.reader)
        paths = {project.path for project in projects}
        edges = {
            key: self._edges_of(key, paths) for key in self.entries if self._is_package(key, paths)
        }
        asked = self._asked_for([e for p in projects for e in p.edges], edges)
        packages = {key: self._package(key, edges[key], paths, asked) for key in edges}
        return Lockfile(
            format=LockfileFormat.NPM,
            version=version,
            packages=packages,
            projects=projects,
            notes=tuple(self.notes),
        )

    def _is_package(self, key: str, paths: set[str]) -> bool:
        # Of a linked folder the link is the package.
        return key not in paths and "node_modules/" in key

    def _edges_of(self, key: str, paths: set[str]) -> tuple[Edge, ...]:
        target = self.links.get(key)
        if target is None:
            return self.reader.edges(key)
        return self.reader.edges(target, with_dev=target not in paths)

    def _asked_for(
        self, roots: list[Edge], edges: Mapping[str, tuple[Edge, ...]]
    ) -> dict[str, list[str]]:
        """Return the ranges that lead to each place whose address is no registry's by its look."""
        asked: dict[str, list[str]] = {
            key: []
            for key in edges
            if isinstance(resolved := self.entries[key].get("resolved"), str)
            and resolved.startswith(("http:", "https:"))
            and "/-/" not in resolved
        }
        if asked:
            for edge in [*roots, *(edge for of in edges.values() for edge in of)]:
                if edge.target in asked and edge.range is not None:
                    asked[edge.target].append(edge.range)
        return asked

    def _package(
        self,
        key: str,
        edges: tuple[Edge, ...],
        paths: set[str],
        asked: Mapping[str, list[str]],
    ) -> LockedPackage:
        entry, line = self.entries[key], self.lines[key]
        resolved = text_member(entry, "resolved", line)
        installed_as = name_of(key)
        target = self.links.get(key)
        described = entry if target is None else self.entries.get(target, entry)
        name = text_member(described, "name", line) or installed_as
        version = text_member(described, "version", line)
        if target is not None:
            source = SourceKind.WORKSPACE if target in paths else SourceKind.FILE
        else:
            source = self._source(resolved, asked.get(key))
        if version is not None and len(version) > MAX_VERSION_CHARACTERS:
            raise malformed(line, f"has the version {quoted(version)}, which is too long")
        if source is SourceKind.REGISTRY:
            if version is None:
                self.notes.append(f"line {line}: {quoted(name)} has no version")
            require_name(name, line)
        return LockedPackage(
            key=key,
            name=name,
            alias=None if name == installed_as else installed_as,
            version=version,
            source=source,
            resolved=resolved,
            integrity=text_member(entry, "integrity", line),
            line=line,
            is_dev=entry.get("dev") is True,
            is_optional=entry.get("optional") is True,
            bundled_in=bundler_of(key, self.bundled) if key in self.bundled else None,
            has_install_script=described.get("hasInstallScript") is True
            if self.says_scripts
            else None,
            edges=edges,
        )

    def _source(self, resolved: str | None, asked: list[str] | None) -> SourceKind:
        if resolved is None:
            return SourceKind.REGISTRY  # omit-lockfile-registry-resolved, and what is bundled
        source = source_of(resolved)
        if source is not SourceKind.TARBALL or asked is None:
            return SourceKind.REGISTRY if source is SourceKind.TARBALL else source
        # Some registries have tarballs elsewhere than others: what was asked for decides.
        kinds = {source_of(text) for text in asked}
        is_asked = kinds != {SourceKind.REGISTRY} or resolved in self.overridden
        return SourceKind.TARBALL if is_asked else SourceKind.REGISTRY


def _texts_in(value: Json) -> list[str]:
    texts: list[str] = []
    todo: list[Json] = [value]
    while todo:
        at = todo.pop()
        if isinstance(at, str):
            texts.append(at)
        elif isinstance(at, dict):
            todo.extend(at.values())
    return texts
