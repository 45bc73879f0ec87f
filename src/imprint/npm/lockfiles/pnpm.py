"""pnpm-lock.yaml of lockfileVersion 9.x. Not here: its YAML (`blocks`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.npm.lockfiles.blocks import Block, Flow, documents, flow_items
from imprint.npm.lockfiles.faults import malformed, unknown_version
from imprint.npm.lockfiles.flags import flags_of
from imprint.npm.lockfiles.model import (
    Edge,
    EdgeKind,
    LockedPackage,
    Lockfile,
    LockfileFormat,
    Project,
    SourceKind,
)
from imprint.npm.lockfiles.paths import joined
from imprint.npm.lockfiles.specifiers import require_name, source_of, split_spec
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.npm.lockfiles.blocks import Value

_NEWEST = 9
_VERSION = re.compile(r"9\.\d{1,4}")
_TABLES = {
    "dependencies": EdgeKind.PROD,
    "optionalDependencies": EdgeKind.OPTIONAL,
    "devDependencies": EdgeKind.DEV,
    "configDependencies": EdgeKind.DEV,
    "packageManagerDependencies": EdgeKind.DEV,
}
_SEMVER = re.compile(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
_LINK = "link:"


def read_pnpm(text: str) -> Lockfile:
    """Return what pnpm's lockfile says.

    Since pnpm 11 it may be of two documents: what pnpm itself needs, then the project's. Raises
    Malformed (`malformed-lockfile`, `unknown-lockfile-version`).
    """
    found = list(documents(text))
    if not found:
        raise malformed(1, "is empty")
    for document in found:
        version = document.get("lockfileVersion")
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            shown = _shown(version)
            raise unknown_version("pnpm", shown, "lockfileVersion 9.x", _hint(shown))
    return _Reading(found).lockfile()


def _hint(version: str) -> str:
    major = version.partition(".")[0]
    if major.isascii() and major.isdigit() and int(major[:9]) > _NEWEST:
        return "update imprint, or write it anew with pnpm 9, 10, 11 or 12"
    return "write it anew with pnpm 9 or later: `pnpm install --lockfile-only`"


def _shown(value: Value) -> str:
    return value if isinstance(value, str) else "none"


class _Reading:
    """One lockfile, while it is read."""

    def __init__(self, found: list[Block]) -> None:
        self.version = _shown(found[-1].get("lockfileVersion"))
        self.importers: dict[str, Block] = {}
        self.metas: dict[str, Block] = {}
        self.snapshots: dict[str, Block | Flow] = {}
        self.meta_lines: dict[str, int] = {}
        self.overrides: dict[str, str] = {}
        self.patched: set[str] = set()
        for document in found:
            self._take(document)
        self.bases = {key: _base_of(key) for key in self.snapshots}
        self.link_packages: dict[str, tuple[str, str]] = {}
        self.seen: dict[tuple[str, str, EdgeKind], Edge] = {}
        self.notes: list[str] = []

    def _take(self, document: Block) -> None:
        for path, block in _members(document, "importers"):
            if path in self.importers:
                # pnpm's own needs and the project's, of one folder.
                known = self.importers[path]
                self.importers[path] = _merged(known, _block(block, path, document))
            else:
                self.importers[path] = _block(block, path, document)
        if not self.importers:
            self.importers["."] = document
        for key, value in _members(document, "packages"):
            meta = _block(value, key, document.get("packages"))
            known = self.metas.setdefault(key, meta)
            if known is not meta and _resolution(known) != _resolution(meta):
                raise malformed(meta.line, f"resolves {quoted(key)} twice, each to something else")
        for key, value in _members(document, "snapshots"):
            if isinstance(value, Flow):
                self.snapshots[key] = value
            else:
                self.snapshots[key] = _block(value, key, document.get("snapshots"))
        for selector, value in _members(document, "overrides"):
            if isinstance(value, str):
                self.overrides[selector] = value
        self.patched.update(name for name, _ in _members(document, "patchedDependencies"))

    def lockfile(self) -> Lockfile:
        projects = tuple(self._project(path, block) for path, block in self.importers.items())
        projects = tuple(sorted(projects, key=lambda project: project.path != ""))
        edges = {key: self._snapshot_edges(key, value) for key, value in self.snapshots.items()}
        by_path = {project.path: project for project in projects}
        for key, (_, path) in self.link_packages.items():
            target = by_path.get(path)
            edges[key] = (
                ()
                if target is None
                else tuple(e for e in target.edges if e.kind is not EdgeKind.DEV)
            )
        flags = flags_of(projects, edges)
        packages: dict[str, LockedPackage] = {}
        for key in self.snapshots:
            packages[key] = self._package(key, edges[key], flags.dev_only, flags.optional_only)
        for key, (name, path) in self.link_packages.items():
            packages[key] = LockedPackage(
                key=key,
                name=name,
                version=None,
                source=SourceKind.WORKSPACE if path in by_path else SourceKind.FILE,
                resolved=key,
                line=self.importers[path or "."].line if path in by_path else 1,
                is_dev=key in flags.dev_only,
                is_optional=key in flags.optional_only,
                edges=edges[key],
            )
        return Lockfile(
            format=LockfileFormat.PNPM,
            version=self.version,
            packages=packages,
            projects=projects,
            overrides=self.overrides,
            notes=tuple(self.notes),
        )

    def _project(self, path: str, block: Block) -> Project:
        folder = "" if path == "." else path
        edges: list[Edge] = []
        for table, kind in _TABLES.items():
            for name, value in _members(block, table):
                said = _block(value, name, block.get(table))
                reference, specifier = said.get("version"), said.get("specifier")
                if not isinstance(reference, str) or isinstance(reference, Flow):
                    raise malformed(said.line, f"has no version for {quoted(name)}")
                edges.append(
                    Edge(
                        name=name,
                        kind=kind,
                        target=self._target(name, reference, folder),
                        range=specifier if isinstance(specifier, str) else None,
                    )
                )
        return Project(path=folder, name=None, edges=tuple(edges))

    def _target(self, name: str, reference: str, folder: str) -> str | None:
        if reference.startswith(_LINK):
            # Links are written from the importer's folder; a package's from the lockfile's.
            path = joined(folder, reference.removeprefix(_LINK))
            key = _LINK + path
            self.link_packages.setdefault(key, (name, path))
            return key
        key = _key_of(name, reference)
        return key if key in self.snapshots else None

    def _snapshot_edges(self, key: str, value: Block | Flow) -> tuple[Edge, ...]:
        if isinstance(value, Flow):
            return ()
        edges: list[Edge] = []
        seen = self.seen
        meta = self.metas.get(self.bases[key])
        peers = meta.get("peerDependencies") if isinstance(meta, Block) else None
        for table in ("dependencies", "optionalDependencies"):
            inside = value.get(table)
            if inside is None:
                continue
            if not isinstance(inside, Block):
                raise malformed(value.line, f"has a {quoted(table)} that is no mapping")
            for name, reference in inside.items():
                if not isinstance(reference, str):
                    raise malformed(inside.line, f"has no version for {quoted(name)}")
                kind = _TABLES[table]
                if isinstance(peers, Block) and name in peers:
                    kind = EdgeKind.PEER
                edge = seen.get((name, reference, kind))
                if edge is None:
                    target = self._target(name, reference, "")
                    edge = seen[name, reference, kind] = Edge(name=name, kind=kind, target=target)
                edges.append(edge)
        return tuple(edges)

    def _package(
        self,
        key: str,
        edges: tuple[Edge, ...],
        dev_only: frozenset[str],
        optional_only: frozenset[str],
    ) -> LockedPackage:
        base = self.bases[key]
        meta = self.metas.get(base)
        if not isinstance(meta, Block):
            raise malformed(1, f"has a snapshot {quoted(key)}, and no package of it")
        name, version = split_spec(base)
        resolution = _resolution(meta)
        source = _source(version, resolution)
        said = meta.get("version")
        if source is SourceKind.REGISTRY:
            require_name(name, meta.line)
        elif isinstance(said, str):
            version = said
        integrity = resolution.get("integrity")
        if source is SourceKind.REGISTRY and _is_elsewhere(resolution):
            integrity = None  # pnpm goes by it for a registry's tarball alone
        return LockedPackage(
            key=key,
            name=name,
            version=version if source is SourceKind.REGISTRY or said is not None else None,
            source=source,
            resolved=resolution.get("tarball") or _address(resolution),
            integrity=integrity,
            line=meta.line,
            is_dev=key in dev_only,
            is_optional=key in optional_only,
            is_patched="(patch_hash=" in key,
            edges=edges,
        )


def _members(block: Block, member: str) -> Iterator[tuple[str, Value]]:
    value = block.get(member)
    if isinstance(value, Block):
        yield from value.items()
    elif value is not None and value != "{}":
        raise malformed(block.line, f"has a {quoted(member)} that is no mapping")


def _block(value: Value, name: str, within: Value) -> Block:
    if isinstance(value, Block):
        return value
    if value == "{}" and isinstance(value, Flow):
        return Block(1)
    line = within.line if isinstance(within, Block) else 1
    raise malformed(line, f"has no mapping for {quoted(name)}")


def _merged(first: Block, second: Block) -> Block:
    merged = Block(second.line)
    merged.update(first)
    merged.update(second)
    return merged


def _base_of(key: str) -> str:
    """Return `name@version` of a key, without the peers and the patch that follow."""
    if key[-1:] != ")":
        return key
    depth = 0
    for index in range(len(key) - 1, -1, -1):
        if key[index] == ")":
            depth += 1
        elif key[index] == "(":
            depth -= 1
        elif not depth:
            return key[: index + 1]
    return key


def _key_of(name: str, reference: str) -> str:
    """Return the key that a reference means (pnpm's refToRelative)."""
    if reference.startswith("@"):
        return reference
    at, colon, bracket = reference.find("@"), reference.find(":"), reference.find("(")
    is_whole = at != -1 and (colon == -1 or at < colon) and (bracket == -1 or at < bracket)
    return reference if is_whole else f"{name}@{reference}"


def _resolution(meta: Block) -> dict[str, str]:
    value = meta.get("resolution")
    if isinstance(value, Flow):
        if value.startswith("{integrity: ") and "," not in value and "'" not in value:
            return {"integrity": value[12:-1].strip()}
        return dict(flow_items(value, meta.line))
    if isinstance(value, Block):
        return {key: text for key, text in value.items() if isinstance(text, str)}
    raise malformed(meta.line, "has a package without a resolution")


def _source(version: str, resolution: dict[str, str]) -> SourceKind:
    # Who asked for a version asked a registry, wherever the lockfile has it taken from.
    if _SEMVER.fullmatch(version):
        return SourceKind.REGISTRY
    match resolution.get("type"):
        case "git":
            return SourceKind.GIT
        case "directory":
            return SourceKind.FILE
        case _ if resolution.get("gitHosted") == "true":
            return SourceKind.GIT
        case _:
            return source_of(version)


def _is_elsewhere(resolution: dict[str, str]) -> bool:
    return "type" in resolution or resolution.get("gitHosted") == "true"


def _address(resolution: dict[str, str]) -> str | None:
    if (repository := resolution.get("repo")) is not None:
        return f"{repository}#{resolution.get('commit', '')}"
    return resolution.get("directory")
