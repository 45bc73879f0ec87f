"""yarn.lock of yarn 2 and later (berry). Not here: its YAML (`blocks`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from imprint.npm.lockfiles.blocks import Block, documents
from imprint.npm.lockfiles.commands import commands_of
from imprint.npm.lockfiles.faults import malformed, unknown_version
from imprint.npm.lockfiles.flags import Flags, flags_of
from imprint.npm.lockfiles.manifest_projects import ManifestProject, manifest_projects
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
    from collections.abc import Mapping

_METADATA = "__metadata"
_KNOWN = frozenset(map(str, range(4, 11)))
_WORKSPACE = "workspace:"
_PATCH = "patch:"
_BOUND = ("file:", "portal:", "link:", "exec:", _PATCH)
_UNQUOTED = "!'()*~-._"
"""What JavaScript's encodeURIComponent leaves."""
_NO_MANIFEST = (
    "yarn.lock does not say what only development needs, and no package.json came with it"
)
_ARCHIVE = re.compile(r"[:&]__archiveUrl=([^&]+)")


def read_yarn_berry(text: str, *, manifests: Mapping[str, bytes]) -> Lockfile:
    """Return what the lockfile of yarn 2 and later says.

    It does not tell a project's development dependencies from others: package.json does. Raises
    Malformed (`malformed-lockfile`, `malformed-manifest`, `unknown-lockfile-version`).
    """
    found = list(documents(text))
    if len(found) != 1:
        raise malformed(1, f"has {len(found)} YAML documents, expected one")
    document = found[0]
    metadata = document.pop(_METADATA, None)
    version = metadata.get("version") if isinstance(metadata, Block) else None
    if not isinstance(version, str) or version not in _KNOWN:
        shown = version if isinstance(version, str) else "none"
        known = "`__metadata` of version 4 to 10"
        is_newer = shown.isascii() and shown.isdigit() and int(shown[:9]) > max(map(int, _KNOWN))
        hint = (
            "update imprint" if is_newer else "write it anew with yarn 2 or later: `yarn install`"
        )
        raise unknown_version("yarn", shown, known, hint)
    members = {member.path: member for member in manifest_projects(manifests)}
    return _Reading(document, version, members).lockfile()


class _Reading:
    """One lockfile, while it is read."""

    def __init__(
        self, document: Block, version: str, members: Mapping[str, ManifestProject]
    ) -> None:
        self.version = version
        self.members = members
        self.entries: dict[str, Block] = {}
        self.locators: dict[str, tuple[str, str]] = {}
        self.index = _Index()
        for key, entry in document.items():
            if not isinstance(entry, Block):
                raise malformed(document.line, f"has no mapping for {quoted(key)}")
            locator = entry.get("resolution")
            if not isinstance(locator, str):
                raise malformed(entry.line, f"has no resolution for {quoted(key)}")
            self.entries[key] = entry
            self.locators[key] = split_spec(locator)
            twice = self.index.take(key, locator)
            if twice is not None:
                raise malformed(entry.line, f"has {quoted(twice)} twice")
        self.index.settle()
        self.seen: dict[tuple[str, str, EdgeKind, bool], Edge] = {}

    def lockfile(self) -> Lockfile:
        paths = {
            key: _path_of(wanted)
            for key, (_, wanted) in self.locators.items()
            if wanted.startswith(_WORKSPACE)
        }
        projects = tuple(
            sorted(
                (self._project(key, path) for key, path in paths.items()),
                key=lambda project: project.path,
            )
        )
        by_path = {project.path: project.edges for project in projects}
        own = {k: self._edges(k, entry, {}) for k, entry in self.entries.items() if k not in paths}
        linked = {e.target for of in (*by_path.values(), *own.values()) for e in of}
        edges: dict[str, tuple[Edge, ...]] = {}
        for key in self.entries:
            if key not in paths:
                edges[key] = own[key]
            elif key in linked:
                edges[key] = tuple(e for e in by_path[paths[key]] if e.kind is not EdgeKind.DEV)
        flags = flags_of(projects, edges)
        return Lockfile(
            format=LockfileFormat.YARN_BERRY,
            version=self.version,
            packages={key: self._package(key, edges[key], flags) for key in edges},
            projects=projects,
            notes=() if self.members else (_NO_MANIFEST,),
        )

    def _project(self, key: str, path: str) -> Project:
        member = self.members.get(path)
        kinds = {} if member is None else {name: kind for name, _, kind in member.wanted}
        return Project(
            path=path,
            name=self.locators[key][0],
            edges=self._edges(key, self.entries[key], kinds),
        )

    def _edges(self, key: str, entry: Block, kinds: Mapping[str, EdgeKind]) -> tuple[Edge, ...]:
        edges: list[Edge] = []
        optional = _said_optional(entry, "dependenciesMeta")
        for name, wanted in _table(entry, "dependencies"):
            kind = kinds.get(name, EdgeKind.OPTIONAL if name in optional else EdgeKind.PROD)
            if wanted.startswith(_BOUND):
                # Such a path is from the folder of whoever says it.
                target = self.index.find_bound(name, wanted, self._locator(key))
                edges.append(Edge(name=name, kind=kind, target=target, range=wanted))
            else:
                edges.append(self._edge(name, wanted, kind, may_miss=False))
        optional_peers = _said_optional(entry, "peerDependenciesMeta")
        for name, wanted in _table(entry, "peerDependencies"):
            may_miss = name in optional_peers
            edges.append(self._edge(name, wanted, EdgeKind.PEER, may_miss=may_miss))
        name, wanted = self.locators[key]
        if wanted.startswith(_PATCH):
            inner = f"{name}@{_inner_of(wanted)}"
            target = self.index.by_locator.get(inner)
            edges.append(Edge(name=name, kind=EdgeKind.PROD, target=target))
        return tuple(edges)

    def _locator(self, key: str) -> str:
        return "@".join(self.locators[key])

    def _edge(self, name: str, wanted: str, kind: EdgeKind, *, may_miss: bool) -> Edge:
        known = (name, wanted, kind, may_miss)
        edge = self.seen.get(known)
        if edge is None:
            target = self.index.find(name, wanted)
            wanted = wanted.removeprefix("npm:") if target and "@" not in wanted else wanted
            edge = Edge(name=name, kind=kind, target=target, range=wanted, may_miss=may_miss)
            self.seen[known] = edge
        return edge

    def _package(self, key: str, edges: tuple[Edge, ...], flags: Flags) -> LockedPackage:
        entry = self.entries[key]
        name, locator = self.locators[key]
        alias = split_spec(key.partition(", ")[0])[0]
        bytes_from = _inner_of(locator) if locator.startswith(_PATCH) else locator
        source = source_of(bytes_from)
        version = entry.get("version")
        if not isinstance(version, str):
            raise malformed(entry.line, f"has no version for {quoted(key)}")
        if source is SourceKind.REGISTRY:
            require_name(name, entry.line)
            _require_own(version, bytes_from, entry.line)
        archive, checksum = _ARCHIVE.search(locator), entry.get("checksum")
        address = unquote(archive[1]) if archive is not None else bytes_from.partition("::")[0]
        return LockedPackage(
            key=key,
            name=name,
            alias=None if alias == name else alias,
            version=None if source is SourceKind.WORKSPACE else version,
            source=source,
            resolved=None if source is SourceKind.REGISTRY and archive is None else address,
            archive_checksum=checksum if isinstance(checksum, str) else None,
            line=entry.line,
            is_dev=key in flags.dev_only,
            is_optional=key in flags.optional_only,
            commands=commands_of(entry["bin"], name) if "bin" in entry else (),
            is_patched=locator.startswith(_PATCH) and not _is_of_yarn(locator),
            edges=edges,
        )


def _require_own(version: str, bytes_from: str, line: int) -> None:
    """Refuse a version that is not the one that yarn would fetch: that one is the locator's."""
    fetched = bytes_from.removeprefix("npm:").partition("::")[0]
    if bytes_from.startswith("npm:") and fetched.partition("+")[0] != version.partition("+")[0]:
        raise malformed(
            line, f"has the version {quoted(version)}, and is resolved to {quoted(fetched)}"
        )


class _Index:
    """Entries by the descriptors that lead to them, and by what they were resolved to."""

    def __init__(self) -> None:
        self.by_descriptor: dict[str, str] = {}
        self.by_locator: dict[str, str] = {}
        self.patched: list[tuple[str, str, str]] = []

    def take(self, key: str, locator: str) -> str | None:
        """Take an entry; return a descriptor of it that another has too, which is ambiguous."""
        self.by_locator[locator] = key
        twice = None
        for descriptor in key.split(", "):
            twice = descriptor if descriptor in self.by_descriptor else twice
            self.by_descriptor[descriptor] = key
            name, wanted = split_spec(descriptor)
            if wanted.startswith(_PATCH):
                self.patched.append((name, wanted, key))
        return twice

    def settle(self) -> None:
        inner = set()
        for name, wanted, key in self.patched:
            descriptor = f"{name}@{_inner_of(wanted)}"
            inner.add(self.by_descriptor.get(descriptor))
            if _is_of_yarn(wanted):
                # What yarn itself patches is asked for by the plain range.
                self.by_descriptor[descriptor] = key
        self.by_name: dict[str, str | None] = {}
        for descriptor, key in self.by_descriptor.items():
            if key not in inner:
                name = split_spec(descriptor)[0]
                self.by_name[name] = key if self.by_name.get(name, key) == key else None

    def find_bound(self, name: str, wanted: str, locator: str) -> str | None:
        """Return the entry for what is said to be beside `locator`, or for the plain descriptor."""
        bound = f"{name}@{wanted}::locator={quote(locator, safe=_UNQUOTED)}"
        return self.by_descriptor.get(bound) or self.find(name, wanted)

    def find(self, name: str, wanted: str) -> str | None:
        """Return the entry for a range; where `resolutions` replaced it, the only one by name."""
        for descriptor in (f"{name}@{wanted}", f"{name}@npm:{wanted}"):
            if (found := self.by_descriptor.get(descriptor)) is not None:
                return found
        return self.by_name.get(name)


def _path_of(wanted: str) -> str:
    return joined("", wanted.removeprefix(_WORKSPACE))


def _inner_of(wanted: str) -> str:
    """Return what a `patch:` changes: `npm:1.0.0` of `patch:a@npm%3A1.0.0#…`."""
    return split_spec(unquote(wanted.removeprefix(_PATCH).partition("#")[0]))[1]


def _is_of_yarn(wanted: str) -> bool:
    """Say whether the patch is one that yarn brings along (for its Plug'n'Play), for everyone."""
    return "builtin<" in wanted.partition("#")[2].partition("::")[0]


def _table(entry: Block, member: str) -> list[tuple[str, str]]:
    value = entry.get(member)
    if value is None:
        return []
    if not isinstance(value, Block):
        raise malformed(entry.line, f"has a {quoted(member)} that is no mapping")
    found = [(name, text) for name, text in value.items() if isinstance(text, str)]
    if len(found) != len(value):
        raise malformed(value.line, f"has no range for a name in {quoted(member)}")
    return found


def _said_optional(entry: Block, member: str) -> frozenset[str]:
    value = entry.get(member)
    if value is None:
        return frozenset()
    if not isinstance(value, Block):
        raise malformed(entry.line, f"has a {quoted(member)} that is no mapping")
    return frozenset(
        name
        for name, said in value.items()
        if isinstance(said, Block) and said.get("optional") == "true"
    )
