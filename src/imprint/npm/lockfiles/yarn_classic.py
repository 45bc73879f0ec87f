"""yarn.lock of yarn 1. It names no project and no kind of dependency: package.json does."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import TYPE_CHECKING

import msgspec

from imprint.npm.lockfiles.faults import malformed
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
from imprint.npm.lockfiles.specifiers import own_name, require_name, source_of, split_spec
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s",:]+(?::[^\s",]+)*')
_GAP = re.compile(r"\s*,\s*")
_KINDS = {"dependencies": EdgeKind.PROD, "optionalDependencies": EdgeKind.OPTIONAL}
_FIELDS = frozenset({"version", "resolved", "integrity", "uid", "registry"})
_NO_MANIFEST = "yarn.lock names no project, and no package.json came with it"
_IN_TABLE = " " * 4
_TOO_DEEP = " " * 3
_SIMPLE = re.compile(r'(?:"([^"\\]+)"|([\w./@-]+)) (?:"([^"\\]+)"|([^\s"\\]+))', re.ASCII)
_SHA1 = re.compile(r"#([0-9a-f]{40})$")


class _Entry(msgspec.Struct):
    """One entry, while it is read."""

    patterns: list[str]
    line: int
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    wanted: list[tuple[str, str, EdgeKind]] = msgspec.field(default_factory=list)


def read_yarn_classic(text: str, *, manifests: Mapping[str, bytes]) -> Lockfile:
    """Return what yarn 1's lockfile says, the projects out of their package.json.

    Raises Malformed (`malformed-lockfile`, `malformed-manifest`).
    """
    index = _Index(_entries(text))
    entries = index.entries
    members = manifest_projects(manifests)
    edges = {
        key: tuple(
            Edge(name=name, kind=kind, target=index.find(name, wanted), range=wanted)
            for name, wanted, kind in entry.wanted
        )
        for key, entry in entries.items()
    }
    projects, links = _projects(members, index)
    edges.update({key: link.edges for key, link in links.items()})
    flags = flags_of(projects, edges)
    packages = {key: _package(key, entry, edges[key], flags) for key, entry in entries.items()}
    packages.update(links)
    return Lockfile(
        format=LockfileFormat.YARN,
        version="1",
        packages=packages,
        projects=projects,
        notes=() if members else (_NO_MANIFEST,),
    )


class _Index:
    """Entries by the patterns that lead to them."""

    def __init__(self, entries: list[_Entry]) -> None:
        self.entries: dict[str, _Entry] = {}
        self.by_pattern: dict[str, str] = {}
        self.by_name: dict[str, str | None] = {}
        for entry in entries:
            key = ", ".join(entry.patterns)
            self.entries[key] = entry
            for pattern in entry.patterns:
                if pattern in self.by_pattern:
                    raise malformed(entry.line, f"has {quoted(pattern)} twice")
                self.by_pattern[pattern] = key
                name = split_spec(pattern)[0]
                self.by_name[name] = key if self.by_name.get(name, key) == key else None

    def find(self, name: str, wanted: str) -> str | None:
        """Return the entry for a range; where `resolutions` replaced it, the only one by name."""
        found = self.by_pattern.get(f"{name}@{wanted}")
        return self.by_name.get(name) if found is None else found


def _projects(
    members: tuple[ManifestProject, ...], index: _Index
) -> tuple[tuple[Project, ...], dict[str, LockedPackage]]:
    """Return the projects, and the links to those that another needs."""
    by_name = {member.name: member for member in members if member.path and member.name}
    projects: list[Project] = []
    linked: set[str] = set()
    for member in members:
        edges: list[Edge] = []
        for name, wanted, kind in member.wanted:
            target = index.by_pattern.get(f"{name}@{wanted}")
            if target is None and name in by_name:
                target = f"workspace:{by_name[name].path}"
                linked.add(name)
            elif target is None:
                target = index.by_name.get(name)
            edges.append(Edge(name=name, kind=kind, target=target, range=wanted))
        projects.append(Project(path=member.path, name=member.name, edges=tuple(edges)))
    if not projects:
        projects.append(Project(path="", name=None, edges=()))
    by_path = {project.path: project for project in projects}
    links = {
        (key := f"workspace:{by_name[name].path}"): LockedPackage(
            key=key,
            name=name,
            version=by_name[name].version,
            source=SourceKind.WORKSPACE,
            line=1,
            edges=tuple(e for e in by_path[by_name[name].path].edges if e.kind is not EdgeKind.DEV),
        )
        for name in sorted(linked)
    }
    return tuple(projects), links


def _entries(text: str) -> list[_Entry]:
    entries: list[_Entry] = []
    entry = _Entry(patterns=[], line=0)
    table: EdgeKind | None = None
    seen: dict[str, tuple[str, str]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        body = line.strip(" \r")
        if not body or body[0] == "#":
            continue
        if line[0] != " ":
            entry = _Entry(patterns=_patterns(body, number), line=number)
            entries.append(entry)
            table = None
            continue
        pair = seen.get(body)
        if pair is None and body[-1] != ":":
            pair = seen[body] = _pair(body, number)
        if pair is not None and table is not None and line.startswith(_IN_TABLE):
            entry.wanted.append((*pair, table))
        elif not entries or line.startswith(_TOO_DEEP):
            raise malformed(number, f"has {quoted(body)} where it does not belong")
        elif pair is None:
            table = _KINDS.get(body[:-1])
            if table is None:
                raise malformed(number, f"has {quoted(body)}, which yarn 1 does not write")
        else:
            table = None
            if pair[0] not in _FIELDS or pair[0] in entry.fields:
                raise malformed(number, f"has {quoted(pair[0])} where it does not belong")
            entry.fields[pair[0]] = pair[1]
    return entries


def _patterns(body: str, line: int) -> list[str]:
    if body[-1] != ":":
        raise malformed(line, f"has {quoted(body)}, which names no package")
    inner, words, at = body[:-1].rstrip(), list[str](), 0
    # Word by word: a search would look for the end of a text from each of its quotes.
    while (found := _WORD.match(inner, at)) is not None:
        words.append(_text(found[0], line))
        if found.end() == len(inner):
            return words
        gap = _GAP.match(inner, found.end())
        if gap is None:
            break
        at = gap.end()
    raise malformed(line, f"has {quoted(body)}, which names no package")


def _pair(body: str, line: int) -> tuple[str, str]:
    if (simple := _SIMPLE.fullmatch(body)) is not None:
        return simple[1] or simple[2], simple[3] or simple[4]
    name, _, value = body.partition(" ") if body[0] != '"' else _quoted_first(body)
    value = value.strip()
    if not name or not value:
        raise malformed(line, f"has {quoted(body)}, which is no name and value")
    return _text(name, line), _text(value, line)


def _quoted_first(body: str) -> tuple[str, str, str]:
    end = body.find('"', 1) + 1
    return body[:end], "", body[end:]


def _text(word: str, line: int) -> str:
    if word[0] != '"':
        return word
    if word[-1] == '"' and len(word) > 1 and "\\" not in word and '"' not in word[1:-1]:
        return word[1:-1]
    try:
        value = json.loads(word)
        value.encode()
    except (ValueError, AttributeError) as err:
        raise malformed(line, f"has {quoted(word)}, which is quoted wrongly") from err
    return str(value)


def _package(key: str, entry: _Entry, edges: tuple[Edge, ...], flags: Flags) -> LockedPackage:
    version, resolved = entry.fields.get("version"), entry.fields.get("resolved")
    if version is None:
        raise malformed(entry.line, f"has no version for {quoted(key)}")
    alias, name, source = _named(entry)
    integrity = entry.fields.get("integrity")
    if source is SourceKind.REGISTRY:
        require_name(name, entry.line)
        if integrity is None and resolved is not None and (found := _SHA1.search(resolved)):
            # All that yarn before 1.10 wrote, and of registries without `dist.integrity` still.
            integrity = f"sha1-{b64encode(bytes.fromhex(found[1])).decode()}"
    return LockedPackage(
        key=key,
        name=name,
        alias=None if alias == name else alias,
        version=version,
        source=source,
        resolved=resolved,
        integrity=integrity,
        line=entry.line,
        is_dev=key in flags.dev_only,
        is_optional=key in flags.optional_only,
        edges=edges,
    )


def _named(entry: _Entry) -> tuple[str, str, SourceKind]:
    """Return the name in the first pattern, the package's own, and where its bytes come from.

    `resolutions` put what replaces beside what was asked for: `a@^1.0.0, a@npm:b@2.0.0` is `b`.
    """
    patterns = [split_spec(pattern) for pattern in entry.patterns]
    alias = patterns[0][0]
    own = {own_name(name, wanted): None for name, wanted in patterns}
    resolved = entry.fields.get("resolved", "")
    candidates = [name for name in own if f"/{name}/-/" in resolved]
    candidates += [name for name in own if name != alias]
    sources = {source_of(wanted) for _, wanted in patterns} - {SourceKind.REGISTRY}
    source = min(sources) if sources else SourceKind.REGISTRY
    return alias, candidates[0] if candidates else alias, source
