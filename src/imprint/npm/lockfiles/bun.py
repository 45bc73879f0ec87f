"""bun.lock: JSON with trailing commas, lockfileVersion 1 and 2."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.npm.lockfiles.commands import commands_of
from imprint.npm.lockfiles.faults import malformed, unknown_version
from imprint.npm.lockfiles.flags import Flags, flags_of
from imprint.npm.lockfiles.json_document import (
    decode_object,
    lines_of,
    object_member,
    refuse_twice,
    require_shallow,
)
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
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.npm.strict_json import Json, JsonObject

_KNOWN = {1, 2}
_TRAILING = re.compile(rb",(?=[ \t\r]*\n\s*[}\]])")
"""No text has a line's end in it: this is never inside of one."""
_NOT_JSON = re.compile(
    # What has no end goes on to the end, so that nothing is looked through twice.
    rb'("[^"\\\n]*+(?:\\.[^"\\\n]*+)*+(?:"|\\?(?=\n|\Z)))'
    rb"|,(?=\s*[}\]])|//[^\n]*|/\*(?s:.*?)(?:\*/|\Z)"
)
_WORKSPACE = "workspace:"
# Of one name in several tables the last of these counts.
_TABLES = {
    "peerDependencies": EdgeKind.PEER,
    "dependencies": EdgeKind.PROD,
    "optionalDependencies": EdgeKind.OPTIONAL,
    "devDependencies": EdgeKind.DEV,
}


def read_bun(data: bytes) -> Lockfile:
    """Return what bun's lockfile says.

    Raises Malformed (`malformed-lockfile`, `unknown-lockfile-version`).
    """
    data = _TRAILING.sub(b"", data)
    try:
        document = decode_object(data)
    except Malformed:
        # Edited by hand: comments, or a comma before a bracket in its line.
        data = _NOT_JSON.sub(_blank, data)
        document = decode_object(data)
    refuse_twice(data, document)
    version = document.get("lockfileVersion")
    if type(version) is not int or version not in _KNOWN:
        raise unknown_version("bun", str(version), "lockfileVersion 1 or 2", _hint(version))
    return _Reading(data, document, version=version).lockfile()


def _hint(version: Json) -> str:
    if type(version) is int and version > max(_KNOWN):
        return "update imprint, or write it with the bun that others of the project have"
    return "write it anew: `bun install --lockfile-only` of bun 1.2 or later"


def _blank(found: re.Match[bytes]) -> bytes:
    """Keep a text as it is, and of a comment the ends of its lines."""
    return found[1] if found[1] is not None else b"\n" * found[0].count(b"\n")


class _Reading:
    """One lockfile, while it is read."""

    def __init__(self, data: bytes, document: JsonObject, *, version: int) -> None:
        self.version = version
        self.says_scripts = version > 1
        self.workspaces = object_member(document, "workspaces", 1)
        self.overrides = _texts(object_member(document, "overrides", 1))
        self.patched = frozenset(object_member(document, "patchedDependencies", 1))
        packages = object_member(document, "packages", 1)
        start = max(data.find(b'"packages"'), 0)
        found = lines_of(data, packages, opening=b":", start=start)
        self.lines = dict(zip(packages, found, strict=True))
        require_shallow(self.lines)
        self.rows = {key: _row(value, self.lines[key]) for key, value in packages.items()}
        self.inhabited = {_parent_of(key) for key in self.rows}
        self.chains: dict[str, tuple[str, ...]] = {}

    def lockfile(self) -> Lockfile:
        projects = tuple(self._projects())
        by_path = {project.path: project for project in projects}
        edges: dict[str, tuple[Edge, ...]] = {}
        for key, (spec, info, _) in self.rows.items():
            wanted = split_spec(spec)[1]
            if wanted.startswith(_WORKSPACE):
                of = by_path.get(joined("", wanted.removeprefix(_WORKSPACE)))
                found = () if of is None else of.edges
                edges[key] = tuple(e for e in found if e.kind is not EdgeKind.DEV)
            else:
                edges[key] = self._edges(key, info)
        flags = flags_of(projects, edges)
        packages = {key: self._package(key, edges[key], flags) for key in self.rows}
        return Lockfile(
            format=LockfileFormat.BUN,
            version=str(self.version),
            packages=packages,
            projects=projects,
            overrides=self.overrides,
        )

    def _projects(self) -> Iterator[Project]:
        paths = ["", *(path for path in self.workspaces if path)]
        for path in paths:
            found = object_member(self.workspaces, path, 1)
            name = found.get("name")
            within = name if isinstance(name, str) and path else ""
            yield Project(
                path=path,
                name=name if isinstance(name, str) else None,
                edges=self._edges(within, found),
            )

    def _edges(self, key: str, info: JsonObject) -> tuple[Edge, ...]:
        tables = [(table, kind) for table, kind in _TABLES.items() if table in info]
        if not tables:
            return ()
        line = self.lines.get(key, 1)
        optional = info.get("optionalPeers")
        may_miss = frozenset(map(str, optional)) if isinstance(optional, list) else frozenset()
        folders, rows = self._folders(key), self.rows
        edges: dict[str, Edge] = {}
        for table, kind in tables:
            for name, text in object_member(info, table, line).items():
                if not isinstance(text, str):
                    raise malformed(line, f"has no range for {quoted(name)}")
                target = None
                for folder in folders:
                    if folder + name in rows:
                        target = folder + name
                        break
                edges[name] = Edge(
                    name=name,
                    kind=kind,
                    target=target,
                    range=text,
                    may_miss=kind is EdgeKind.PEER and name in may_miss,
                )
        return tuple(edges.values())

    def _folders(self, key: str) -> tuple[str, ...]:
        """Return what goes before a name, the nearest first: `a/b/`, `a/`, nothing."""
        chain = self.chains.get(key)
        if chain is None:
            above = self._folders(_parent_of(key)) if key else ()
            here = f"{key}/" if key else ""
            chain = (here, *above) if key in self.inhabited else above
            self.chains[key] = chain
        return chain

    def _package(self, key: str, edges: tuple[Edge, ...], flags: Flags) -> LockedPackage:
        spec, info, rest = self.rows[key]
        line = self.lines[key]
        name, wanted = split_spec(spec)
        installed_as = key.removeprefix(_parent_of(key)).removeprefix("/")
        source = SourceKind.REGISTRY if _is_plain(wanted) else source_of(wanted)
        if source is SourceKind.REGISTRY:
            require_name(name, line)
        integrity = next((text for text in rest if text.startswith(("sha512-", "sha1-"))), None)
        return LockedPackage(
            key=key,
            name=name,
            alias=None if name == installed_as else installed_as,
            version=wanted if source is SourceKind.REGISTRY else None,
            source=source,
            resolved=wanted if source is not SourceKind.REGISTRY else rest[0] or None,
            integrity=integrity,
            line=line,
            is_dev=key in flags.dev_only,
            is_optional=key in flags.optional_only,
            has_install_script=info.get("hasInstallScript") is True if self.says_scripts else None,
            commands=commands_of(info["bin"], name) if "bin" in info else (),
            bundled_in=self._bundler(key) if info.get("bundled") is True else None,
            is_patched=spec in self.patched,
            edges=edges,
        )

    def _bundler(self, key: str) -> str | None:
        at = _parent_of(key)
        while at in self.rows and self.rows[at][1].get("bundled") is True:
            at = _parent_of(at)
        return at or None


def _is_plain(wanted: str) -> bool:
    return wanted[:1].isdigit() and ":" not in wanted


def _row(value: Json, line: int) -> tuple[str, JsonObject, tuple[str, ...]]:
    """Take `[spec, texts and one object]` apart."""
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        raise malformed(line, "has a package that is no list of its name@version and more")
    info: JsonObject = {}
    rest: list[str] = []
    for part in value[1:]:
        if isinstance(part, dict):
            info = part
        elif isinstance(part, str):
            rest.append(part)
        else:
            raise malformed(line, f"has {quoted(str(part))} in a package")
    return value[0], info, tuple(rest) or ("",)


def _parent_of(key: str) -> str:
    """Return the place above: of `a/@s/b` that is `a`."""
    above, _, _ = key.rpartition("/")
    before, _, last = above.rpartition("/")
    if last.startswith("@"):
        return before
    return above


def _texts(members: Mapping[str, Json]) -> dict[str, str]:
    return {name: text for name, text in members.items() if isinstance(text, str)}
