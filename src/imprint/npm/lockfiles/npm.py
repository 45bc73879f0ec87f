"""package-lock.json and npm-shrinkwrap.json, lockfileVersion 1, 2 and 3.

Version 2 says everything twice: its `packages` are read, as npm 7 and later do. Version 1 is made
into places first (npm_v1). Not here: the files themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.npm.lockfiles.commands import commands_of
from imprint.npm.lockfiles.faults import malformed, unknown_version
from imprint.npm.lockfiles.folders import bundler_of, name_of
from imprint.npm.lockfiles.json_document import decode
from imprint.npm.lockfiles.manifest_projects import MANIFEST, manifest_of, manifest_projects
from imprint.npm.lockfiles.model import LockedPackage, Lockfile, LockfileFormat, SourceKind
from imprint.npm.lockfiles.npm_edges import EdgeReader
from imprint.npm.lockfiles.npm_place import Places
from imprint.npm.lockfiles.npm_places import places_of
from imprint.npm.lockfiles.npm_projects import projects_of
from imprint.npm.lockfiles.npm_v1 import places_of_v1
from imprint.npm.lockfiles.specifiers import MAX_VERSION_CHARACTERS, require_name, source_of
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.lockfiles.model import Edge
    from imprint.npm.strict_json import Json

_LATEST = 3


class _Header(msgspec.Struct, rename="camel"):
    lockfile_version: object = None
    dependencies: msgspec.Raw = msgspec.Raw(b"")


_HEADER = msgspec.json.Decoder(_Header)


def read_npm(data: bytes, *, manifests: Mapping[str, bytes]) -> Lockfile:
    """Return what npm's lockfile says.

    Raises Malformed (`malformed-lockfile`, `unknown-lockfile-version`, `malformed-manifest`).
    """
    version = _version_of(data)
    if version == 1:
        places = places_of_v1(data, next(iter(manifest_projects(manifests)), None))
    else:
        places = places_of(data, says_twice=version != _LATEST)
    places, notes = _without_absent(places)
    manifest = manifest_of(manifests.get(MANIFEST))
    overridden = frozenset(_texts_in(manifest.get("overrides")))
    return _Reading(places, notes, version=version, overridden=overridden).lockfile()


def _version_of(data: bytes) -> int:
    try:
        header = decode(data, _HEADER)
    except msgspec.ValidationError as err:
        raise malformed(1, "is not a JSON object") from err
    version = header.lockfile_version
    if version is None and bytes(header.dependencies):
        return 1  # npm 5's first releases, and npm-shrinkwrap.json of those before
    if type(version) is not int or not 1 <= version <= _LATEST:
        is_newer = type(version) is int and version > _LATEST
        hint = "update imprint" if is_newer else "write it anew: `npm install --package-lock-only`"
        raise unknown_version("npm", str(version), "lockfileVersion 1, 2 or 3", hint)
    return version


def _without_absent(places: Places) -> tuple[Places, list[str]]:
    """Take out what npm notes of optional packages that it never found a version of."""
    absent = [
        key
        for key, place in places.entries.items()
        if place.version is None and place.optional and place.resolved is None
    ]
    if not absent:
        return places, []
    gone = frozenset(absent)
    entries = {key: place for key, place in places.entries.items() if key not in gone}
    what = "1 optional package has" if len(absent) == 1 else f"{len(absent)} optional packages have"
    note = f"{what} no version and is left out: {quoted(name_of(absent[0]))}"
    if len(absent) > 1:
        note = f"{what} no version and are left out, {quoted(name_of(absent[0]))} among them"
    return Places(entries=entries, lines=places.lines), [note]


class _Reading:
    """One lockfile, while it is read."""

    def __init__(
        self, places: Places, notes: list[str], *, version: int, overridden: frozenset[str]
    ) -> None:
        self.version = version
        self.overridden = overridden
        self.entries = entries = places.entries
        self.lines = places.lines
        self.bundled = {key for key, place in entries.items() if place.in_bundle}
        self.links = {
            key: place.resolved
            for key, place in entries.items()
            if place.link and place.resolved is not None
        }
        self.reader = EdgeReader(entries)
        self.notes = notes

    def lockfile(self) -> Lockfile:
        projects = projects_of(self.entries, self.links, self.reader)
        paths = {project.path for project in projects}
        # Of a linked folder the link is the package.
        keys = [key for key in self.entries if "node_modules/" in key and key not in paths]
        edges = {key: self._edges_of(key, paths) for key in keys}
        asked = self._asked_for([e for p in projects for e in p.edges], edges)
        packages = {key: self._package(key, edges[key], paths, asked) for key in keys}
        return Lockfile(
            format=LockfileFormat.NPM,
            version=str(self.version),
            packages=packages,
            projects=projects,
            notes=tuple(self.notes),
        )

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
            if (resolved := self.entries[key].resolved) is not None
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
        place, line = self.entries[key], self.lines[key]
        installed_as = name_of(key)
        target = self.links.get(key) if place.link else None
        described = place if target is None else self.entries.get(target, place)
        name = described.name or installed_as
        version = described.version
        if target is not None:
            source = SourceKind.WORKSPACE if target in paths else SourceKind.FILE
        elif place.resolved is None:
            source = SourceKind.REGISTRY  # omit-lockfile-registry-resolved, and what is bundled
        else:
            source = self._source(place.resolved, asked.get(key))
        if source is SourceKind.REGISTRY:
            if version is None:
                self.notes.append(f"line {line}: {quoted(name)} has no version")
            elif len(version) > MAX_VERSION_CHARACTERS:
                raise malformed(line, f"has the version {quoted(version)}, which is too long")
            require_name(name, line)
        return LockedPackage(
            key=key,
            name=name,
            alias=None if name == installed_as else installed_as,
            version=version,
            source=source,
            resolved=place.resolved,
            integrity=place.integrity,
            line=line,
            is_dev=place.dev,
            is_optional=place.optional,
            bundled_in=bundler_of(key, self.bundled) if place.in_bundle else None,
            has_install_script=described.has_install_script if self.version > 1 else None,
            commands=() if described.bin is None else commands_of(described.bin, name),
            edges=edges,
        )

    def _source(self, resolved: str, asked: list[str] | None) -> SourceKind:
        if asked is None and resolved.startswith(("http:", "https:")):
            return SourceKind.REGISTRY
        source = source_of(resolved)
        if source is not SourceKind.TARBALL or asked is None:
            return source
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
