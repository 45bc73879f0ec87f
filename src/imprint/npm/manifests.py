"""The manifest that is served for a version, made of its tarball. Not here: `dist`, `_npmUser`.

What a package manager acts on comes from the tarball alone, so that what is shown, judged and
installed is the same. What a client sent beside it can only fill in what is for people to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.npm import manifest_fields as fields
from imprint.npm.versions import Version
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.npm.names import PackageName
    from imprint.npm.strict_json import Json, JsonObject
    from imprint.npm.tarball import Tarball

EXTRA_BYTES = 128 * 1024
"""How much is served of fields that npm does not know; the rest of them is left out."""

DISPLAY_BYTES = 64 * 1024
"""How much is served of fields that only the client sent."""


class ServedManifest(msgspec.Struct, frozen=True, kw_only=True):
    """A version as it is served, in its two forms, both JSON objects without `dist`."""

    full: bytes
    corgi: bytes
    """What installing needs (`application/vnd.npm.install-v1+json`)."""
    readme: str


def served_manifest(
    tarball: Tarball,
    *,
    package: PackageName,
    version: Version,
    client: Mapping[str, Json],
) -> ServedManifest:
    """Return what is served of `tarball`, published as `version` of `package`.

    `client` is the manifest that came with it. Raises Malformed (`name-mismatch`,
    `version-mismatch`, `malformed-package-json`) where the tarball is another package's.
    """
    manifest = _identity(tarball.package_json, package=package, version=version)
    manifest |= _own_fields(tarball, package)
    manifest |= _display_fields(client, manifest)
    manifest["_id"] = f"{package}@{version}"
    for name in ("_nodeVersion", "_npmVersion"):
        if (tool := fields.tool_version(client.get(name))) is not None:
            manifest[name] = tool
    corgi = {name: manifest[name] for name in _CORGI_FIELDS if name in manifest}
    if tarball.has_shrinkwrap:
        corgi["_hasShrinkwrap"] = True
    return ServedManifest(
        full=msgspec.json.encode(manifest | {"_hasShrinkwrap": tarball.has_shrinkwrap}),
        corgi=msgspec.json.encode(corgi),
        readme=tarball.readme,
    )


def _identity(package_json: JsonObject, *, package: PackageName, version: Version) -> JsonObject:
    """Require that tarball and request speak of the same version (manifest confusion)."""
    name = package_json.get("name")
    # npm, too, publishes a name without the blanks around it.
    if not isinstance(name, str) or name.strip() != str(package):
        raise Malformed(
            "name-mismatch",
            f"the tarball's package.json names {_shown(name)}: `{package}` is being published",
        )
    written = package_json.get("version")
    if not isinstance(written, str) or not _is_version(written, version):
        raise Malformed(
            "version-mismatch",
            f"the tarball's package.json has version {_shown(written)}: "
            f"`{version}` is being published",
        )
    return {"name": str(package), "version": str(version)}


def _is_version(written: str, version: Version) -> bool:
    if written == str(version):
        return True
    try:
        return Version.clean(written) == version
    except Malformed:
        return False


def _own_fields(tarball: Tarball, package: PackageName) -> JsonObject:
    """Return what the tarball's package.json says, as npm writes it."""
    source = tarball.package_json
    own: JsonObject = {}
    extra = EXTRA_BYTES
    for name, value in source.items():
        if name.startswith("_") or name in _REGISTRY_FIELDS:
            continue
        if (normal := _FIELDS.get(name)) is not None:
            if (kept := normal(value)) is not None:
                own[name] = kept
        elif name in _ENTRY_POINTS:
            own[name] = value
        elif (size := len(msgspec.json.encode(value))) <= extra:
            own[name] = value
            extra -= size
    own |= _installed(tarball, package, own)
    return {name: value for name, value in own.items() if value is not None}


def _installed(tarball: Tarball, package: PackageName, own: JsonObject) -> JsonObject:
    """Return the fields that depend on others, or on the files; None where one is not served."""
    source = tarball.package_json
    found: JsonObject = {
        name: fields.dependencies(source[name], field=name)
        for name in _DEPENDENCIES
        if name in source
    }
    bundle = source.get("bundleDependencies", source.get("bundledDependencies"))
    direct = found.get("dependencies")
    found["bundleDependencies"] = fields.bundled(
        bundle, names=direct if isinstance(direct, dict) else ()
    )
    found["bin"] = fields.commands(source.get("bin"), name=str(package))
    folders = own.get("directories")
    if not source.get("bin") and isinstance(folders, dict) and (folder := folders.get("bin")):
        found["bin"] = fields.commands_of_folder(str(folder), paths=tarball.paths)
    scripts = fields.text_map(source.get("scripts")) or {}
    implied = tarball.has_binding_gyp and source.get("gypfile") is not False
    if implied and not (scripts.get("install") or scripts.get("preinstall")):
        # What npm runs for such a package, said or not.
        scripts["install"] = "node-gyp rebuild"
        found["gypfile"] = True
    found["scripts"] = scripts or None
    if any(scripts.get(name) for name in ("preinstall", "install", "postinstall")):
        found["hasInstallScript"] = True
    return found


def _display_fields(client: Mapping[str, Json], manifest: JsonObject) -> JsonObject:
    """Return what only the client says, of what is for people to read."""
    found: JsonObject = {}
    left = DISPLAY_BYTES
    for name, normal in _DISPLAY.items():
        value = normal(client.get(name)) if name not in manifest else None
        if value is not None and (size := len(msgspec.json.encode(value))) <= left:
            found[name] = value
            left -= size
    return found


def _shown(value: Json) -> str:
    return quoted(value) if isinstance(value, str) else "nothing"


_DISPLAY: Mapping[str, Callable[[Json], Json]] = {
    "description": fields.text,
    "keywords": fields.keywords,
    "license": fields.licence,
    "author": fields.person,
    "contributors": fields.people,
    "repository": fields.repository,
    "homepage": fields.text,
    "bugs": fields.bugs,
    "gitHead": fields.commit,
}
_FIELDS: Mapping[str, Callable[[Json], Json]] = {
    **_DISPLAY,
    "peerDependenciesMeta": fields.object_map,
    "dependenciesMeta": fields.object_map,
    "directories": fields.text_map,
    "engines": fields.text_map,
    "os": fields.texts,
    "cpu": fields.texts,
    "libc": fields.texts,
    "funding": fields.funding,
    "man": fields.texts,
}
_DEPENDENCIES = (
    "dependencies",
    "optionalDependencies",
    "devDependencies",
    "peerDependencies",
    "acceptDependencies",
)
_ENTRY_POINTS = frozenset(
    {"main", "module", "browser", "exports", "imports", "type", "types", "typings"}
)
# What a registry says, never a package; and what `_installed` makes anew.
_REGISTRY_FIELDS = frozenset(
    {"name", "version", "dist", "dist-tags", "versions", "time", "users", "maintainers"}
    | {"deprecated", "readme", "readmeFilename", "access", "hasInstallScript"}
    | {"bundleDependencies", "bundledDependencies", "bin", "scripts", "gypfile", *_DEPENDENCIES}
)
_CORGI_FIELDS = (
    "name",
    "version",
    *_DEPENDENCIES,
    "peerDependenciesMeta",
    "bundleDependencies",
    "bin",
    "directories",
    "engines",
    "os",
    "cpu",
    "libc",
    "funding",
    "hasInstallScript",
)
