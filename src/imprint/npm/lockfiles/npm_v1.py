"""package-lock.json of lockfileVersion 1, as the places of a later one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.lockfiles.faults import malformed
from imprint.npm.lockfiles.json_document import MAX_DEPTH, lines_of, object_member, opening_of
from imprint.npm.lockfiles.places import Places
from imprint.npm.lockfiles.specifiers import source_of, split_spec
from imprint.npm.lockfiles.model import SourceKind
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.npm.strict_json import JsonObject

_TABLES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


def places_of(
    data: bytes, document: JsonObject, manifest: JsonObject
) -> tuple[dict[str, JsonObject], dict[str, int]]:
    """Return places by key, in the file's order, and their lines.

    The file does not say what the project itself depends on: package.json does. Without it these
    are the packages at the top that no other needs. Raises Malformed (`malformed-lockfile`).
    """
    rows = list(_rows(document))
    names = [key.rpartition("node_modules/")[2] for key, _ in rows]
    start = max(data.find(b'"dependencies"'), 0)
    found = lines_of(data, names, opening=opening_of(data), start=start + 1)
    lines = {"": 1}
    entries: dict[str, JsonObject] = {"": {}}
    for (key, raw), line in zip(rows, found, strict=True):
        lines[key] = line
        entries[key] = _entry(raw, line)
    entries[""] = _root(document, manifest, entries)
    return entries, lines


def _rows(document: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """Yield the places with their entries, each before what is inside of it."""
    stack = [iter([("", document)])]
    while stack:
        place = next(stack[-1], None)
        if place is None:
            stack.pop()
            continue
        key, entry = place
        if key:
            yield key, entry
        inside = object_member(entry, "dependencies", 1)
        if inside:
            if len(stack) > MAX_DEPTH:
                raise malformed(1, f"is nested too deeply at {quoted(key)}")
            above = f"{key}/node_modules/" if key else "node_modules/"
            stack.append(iter([(above + name, _object(name, raw)) for name, raw in inside.items()]))


def _object(name: str, raw: object) -> JsonObject:
    if not isinstance(raw, dict):
        raise malformed(1, f"has no object for {quoted(name)}")
    return raw


def _entry(raw: JsonObject, line: int) -> JsonObject:
    """Return the entry as `packages` would have it."""
    entry: JsonObject = {"dependencies": object_member(raw, "requires", line)}
    entry.update({k: raw[k] for k in ("integrity", "resolved", "dev", "optional") if k in raw})
    if raw.get("bundled"):
        entry["inBundle"] = True
    version = raw.get("version")
    if not isinstance(version, str):
        return entry
    if version.startswith("npm:"):
        entry["name"], entry["version"] = split_spec(version[4:])
    elif (source := source_of(version)) is SourceKind.REGISTRY:
        entry["version"] = version
    else:
        # A folder is a link, a tarball (`file:a.tgz`) is none.
        is_tarball = version.endswith((".tgz", ".tar.gz", ".tar"))
        if source is SourceKind.FILE and not is_tarball:
            entry["link"] = True
            version = version.removeprefix("file:").removeprefix("./")
        entry["resolved"] = version
    return entry


def _root(
    document: JsonObject, manifest: JsonObject, entries: dict[str, JsonObject]
) -> JsonObject:
    name = document.get("name")
    root: JsonObject = {"name": name} if isinstance(name, str) else {}
    if manifest:
        root.update({table: manifest[table] for table in _TABLES if table in manifest})
        return root
    places = Places(entries)
    needed = {
        places.resolve(places.folders(key), wanted)
        for key, entry in entries.items()
        for wanted in object_member(entry, "dependencies", 1)
    }
    tables: dict[str, JsonObject] = {}
    for key, entry in entries.items():
        if key and key.count("node_modules/") == 1 and key not in needed:
            table = "dependencies"
            if entry.get("dev"):
                table = "devDependencies"
            elif entry.get("optional"):
                table = "optionalDependencies"
            tables.setdefault(table, {})[key.removeprefix("node_modules/")] = "*"
    root.update(tables)
    return root
