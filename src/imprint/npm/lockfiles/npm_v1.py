"""package-lock.json of lockfileVersion 1, as the places of a later one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.npm.lockfiles.faults import malformed
from imprint.npm.lockfiles.folders import Folders, name_of
from imprint.npm.lockfiles.json_document import (
    decode,
    decode_object,
    lines_of,
    opening_of,
    refuse_twice,
)
from imprint.npm.lockfiles.model import EdgeKind, SourceKind
from imprint.npm.lockfiles.npm_place import Place, Places
from imprint.npm.lockfiles.specifiers import source_of, split_spec
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.npm.lockfiles.manifest_projects import ManifestProject

MAX_DEPTH = 200
_TARBALLS = (".tgz", ".tar.gz", ".tar")


class _Entry(msgspec.Struct):
    """An entry of `dependencies`, by npm's own names."""

    version: str | None = None
    resolved: str | None = None
    integrity: str | None = None
    dev: bool = False
    optional: bool = False
    bundled: bool = False
    requires: dict[str, str] | bool = False
    dependencies: dict[str, _Entry] = {}


class _Document(msgspec.Struct):
    name: str | None = None
    dependencies: dict[str, _Entry] = {}


_DECODER = msgspec.json.Decoder(_Document)


def places_of_v1(data: bytes, root: ManifestProject | None) -> Places:
    """Return the places, each before what is inside of it.

    The file does not say what the project itself depends on: its package.json does (`root`).
    Without it these are the packages at the top that no other needs. Raises Malformed
    (`malformed-lockfile`).
    """
    try:
        document = decode(data, _DECODER)
    except msgspec.ValidationError as err:
        raise malformed(1, f"is not in npm's shape: {quoted(str(err))}") from err
    refuse_twice(data, decode_object(data))
    rows = list(_rows(document.dependencies))
    start = max(data.find(b'"dependencies"'), 0) + 1
    found = lines_of(data, [name_of(k) for k, _ in rows], opening=opening_of(data), start=start)
    lines = {"": 1}
    entries: dict[str, Place] = {}
    for (key, entry), line in zip(rows, found, strict=True):
        lines[key] = line
        entries[key] = _place(entry)
    top = _top(document, entries) if root is None else _said(root)
    return Places(entries={"": top, **entries}, lines=lines)


def _rows(top: Mapping[str, _Entry]) -> Iterator[tuple[str, _Entry]]:
    stack = [iter([(f"node_modules/{name}", entry) for name, entry in top.items()])]
    while stack:
        row = next(stack[-1], None)
        if row is None:
            stack.pop()
            continue
        yield row
        key, entry = row
        if entry.dependencies:
            if len(stack) > MAX_DEPTH:
                raise malformed(1, "is nested too deeply")
            inside = entry.dependencies.items()
            stack.append(iter([(f"{key}/node_modules/{name}", of) for name, of in inside]))


def _place(entry: _Entry) -> Place:
    version, resolved, name, is_link = entry.version, entry.resolved, None, False
    if version is not None and version.startswith("npm:"):
        name, version = split_spec(version[4:])
    elif version is not None and (source := source_of(version)) is not SourceKind.REGISTRY:
        # A folder is a link, a tarball (`file:a.tgz`) is none.
        is_link = source is SourceKind.FILE and not version.endswith(_TARBALLS)
        resolved = version.removeprefix("file:").removeprefix("./") if is_link else version
        version = None
    return Place(
        version=version,
        resolved=resolved,
        integrity=entry.integrity,
        name=name,
        link=is_link,
        dev=entry.dev,
        optional=entry.optional,
        in_bundle=entry.bundled,
        dependencies={} if isinstance(entry.requires, bool) else entry.requires,
    )


def _said(root: ManifestProject) -> Place:
    tables: dict[EdgeKind, dict[str, str]] = {kind: {} for kind in EdgeKind}
    for name, text, kind in root.wanted:
        tables[kind][name] = text
    return Place(
        name=root.name,
        dependencies=tables[EdgeKind.PROD],
        optional_dependencies=tables[EdgeKind.OPTIONAL],
        dev_dependencies=tables[EdgeKind.DEV],
        peer_dependencies=tables[EdgeKind.PEER],
    )


def _top(document: _Document, entries: Mapping[str, Place]) -> Place:
    folders = Folders(entries)
    needed = {
        folders.resolve(folders.of(key), name)
        for key, place in entries.items()
        for name in place.dependencies
    }
    top = {
        name: place
        for name in document.dependencies
        if (key := f"node_modules/{name}") not in needed
        for place in (entries[key],)
    }
    # By the address where there is one: what was asked for was no version.
    wanted = {
        name: "*" if place.version is not None else place.resolved or "*"
        for name, place in top.items()
    }
    return Place(
        name=document.name,
        dependencies={n: wanted[n] for n, p in top.items() if not (p.dev or p.optional)},
        optional_dependencies={n: wanted[n] for n, p in top.items() if p.optional and not p.dev},
        dev_dependencies={n: wanted[n] for n, p in top.items() if p.dev},
    )
