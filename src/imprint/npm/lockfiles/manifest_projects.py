"""Projects out of their package.json files, for lockfiles that do not name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.npm.lockfiles.model import EdgeKind
from imprint.npm.lockfiles.workspaces import WorkspacePatterns
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.strict_json import Json, JsonObject

MANIFEST = "package.json"
# Of one name in several tables the last of these counts.
_TABLES = {
    "peerDependencies": EdgeKind.PEER,
    "devDependencies": EdgeKind.DEV,
    "dependencies": EdgeKind.PROD,
    "optionalDependencies": EdgeKind.OPTIONAL,
}
_DECODER = msgspec.json.Decoder()


class ManifestProject(msgspec.Struct, frozen=True, kw_only=True):
    """What the package.json of a project says."""

    path: str
    """Below the lockfile's folder; empty: the root."""
    name: str | None
    version: str | None
    wanted: tuple[tuple[str, str, EdgeKind], ...]
    """Name, range and kind of each dependency."""


def manifest_of(raw: bytes | None, path: str = MANIFEST) -> JsonObject:
    """Return a package.json; an empty one where there is none.

    Raises Malformed (`malformed-manifest`).
    """
    if raw is None:
        return {}
    try:
        document: Json = _DECODER.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise Malformed(
            "malformed-manifest", f"{quoted(path)} is not JSON: {quoted(str(err))}"
        ) from err
    return document if isinstance(document, dict) else {}


def manifest_projects(manifests: Mapping[str, bytes]) -> tuple[ManifestProject, ...]:
    """Return the root and its workspaces; none where there is no package.json of the root.

    Raises Malformed (`malformed-manifest`).
    """
    if MANIFEST not in manifests:
        return ()
    root = manifest_of(manifests[MANIFEST])
    patterns = WorkspacePatterns.parse(root.get("workspaces"))
    found = [_project("", root)]
    for path in sorted(manifests):
        folder, _, name = path.rpartition("/")
        if folder and name == MANIFEST and patterns.match(folder):
            found.append(_project(folder, manifest_of(manifests[path], path)))
    return tuple(found)


def _project(path: str, manifest: JsonObject) -> ManifestProject:
    name, version = manifest.get("name"), manifest.get("version")
    wanted: dict[str, tuple[str, str, EdgeKind]] = {}
    for table, kind in _TABLES.items():
        inside = manifest.get(table)
        if isinstance(inside, dict):
            wanted.update(
                {key: (key, text, kind) for key, text in inside.items() if isinstance(text, str)}
            )
    return ManifestProject(
        path=path,
        name=name if isinstance(name, str) else None,
        version=version if isinstance(version, str) else None,
        wanted=tuple(wanted.values()),
    )
