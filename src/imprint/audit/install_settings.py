"""Which install scripts a project's own settings would let run, by its package manager's rules.

npm before 12 runs all; npm 12, pnpm from 10 and bun run those that are listed; yarn from 4.18 asks
`enableScripts`. Where no file says which version is used, scripts count as run: unknown is not
absent. Settings of the user or of CI are not looked at: another machine has others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.npm.lockfiles.model import LockfileFormat
from imprint.npm.npmrc import parse_npmrc
from imprint.reachability.uses import InstallScripts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.reachability.files import Files

_MANAGER = re.compile(
    r"(?P<name>npm|pnpm|yarn|bun)@\^?v?(?P<major>\d{1,4})(?:\.(?P<minor>\d{1,4}))?"
)
_VERSION = re.compile(r"(?<=.)@[^/]*$")
_MOST_BYTES = 1024 * 1024
_MOST_NAMES = 20_000


def install_scripts(
    files: Files,
    format_: LockfileFormat,
    *,
    has_script: Callable[[str], bool | None] | None = None,
) -> InstallScripts:
    """Return what the files at the root say of install scripts. Total."""
    manifest = _json(files, "package.json")
    npmrc = _npmrc(files)
    all_off = npmrc.get("ignore-scripts") == "true"
    version = _manager_version(manifest)
    match format_:
        case LockfileFormat.PNPM:
            found = _pnpm(files, manifest, version)
        case LockfileFormat.YARN | LockfileFormat.YARN_BERRY:
            found = _yarn(files, manifest, version)
        case LockfileFormat.BUN:
            trusted = manifest.get("trustedDependencies")
            found = InstallScripts(
                run_by_default=trusted is None, allowed=_names(trusted), denied=frozenset()
            )
        case LockfileFormat.LIST:
            found = InstallScripts()
        case LockfileFormat.NPM:
            allowed, denied = _map(manifest.get("allowScripts"))
            everything = npmrc.get("dangerously-allow-all-scripts") == "true"
            off = version is not None and version >= (12, 0)
            found = InstallScripts(
                run_by_default=everything or not off,
                allowed=allowed,
                denied=frozenset() if everything or not off else denied,
            )
    return InstallScripts(
        run_by_default=found.run_by_default,
        allowed=found.allowed,
        denied=found.denied,
        all_off=all_off or found.all_off,
        has_script=has_script,
    )


def _pnpm(
    files: Files, manifest: Mapping[str, object], version: tuple[int, int] | None
) -> InstallScripts:
    own = manifest.get("pnpm")
    settings = {**(own if isinstance(own, dict) else {}), **_yaml(files, "pnpm-workspace.yaml")}
    listed = any(name in settings for name in ("onlyBuiltDependencies", "allowBuilds"))
    allowed, denied = _map(settings.get("allowBuilds"))
    everything = settings.get("dangerouslyAllowAllBuilds") is True
    off = listed or (version is not None and version >= (10, 0))
    return InstallScripts(
        run_by_default=everything or not off,
        allowed=allowed | _names(settings.get("onlyBuiltDependencies")),
        denied=denied | _names(settings.get("neverBuiltDependencies")),
        all_off=settings.get("ignoreScripts") is True,
    )


def _yarn(
    files: Files, manifest: Mapping[str, object], version: tuple[int, int] | None
) -> InstallScripts:
    settings = _yaml(files, ".yarnrc.yml")
    enabled = settings.get("enableScripts")
    if not isinstance(enabled, bool):
        enabled = version is None or version < (4, 18)
    meta = manifest.get("dependenciesMeta")
    built = {
        str(name): each.get("built")
        for name, each in (meta.items() if isinstance(meta, dict) else ())
        if isinstance(each, dict)
    }
    return InstallScripts(
        run_by_default=enabled,
        allowed=_names([name for name, value in built.items() if value is True]),
        denied=_names([name for name, value in built.items() if value is False]),
    )


def _manager_version(manifest: Mapping[str, object]) -> tuple[int, int] | None:
    named = manifest.get("packageManager")
    found = _MANAGER.match(named) if isinstance(named, str) else None
    return None if found is None else (int(found["major"]), int(found["minor"] or 0))


def _names(value: object) -> frozenset[str]:
    """Return the names in a list of names, with or without a version each."""
    if not isinstance(value, list):
        return frozenset()
    return frozenset(
        _VERSION.sub("", each) for each in value[:_MOST_NAMES] if isinstance(each, str)
    )


def _map(value: object) -> tuple[frozenset[str], frozenset[str]]:
    """Return whom a map of name to true or false allows, and whom it denies.

    A denial of one version alone denies nobody here: the others may run theirs.
    """
    if not isinstance(value, dict):
        return frozenset(), frozenset()
    pairs = [(str(name), each) for name, each in list(value.items())[:_MOST_NAMES]]
    allowed = frozenset(_VERSION.sub("", name) for name, each in pairs if each is True)
    denied = frozenset(name for name, each in pairs if each is False)
    return allowed, denied - allowed


def _json(files: Files, path: str) -> Mapping[str, object]:
    try:
        found = msgspec.json.decode(files.read(path) or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _yaml(files: Files, path: str) -> Mapping[str, object]:
    raw = files.read(path) or b""
    if not raw or len(raw) > _MOST_BYTES:
        return {}
    import yaml  # noqa: PLC0415  (deferred: most projects have no such file, and it is large)

    try:
        found = yaml.load(raw, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


def _npmrc(files: Files) -> Mapping[str, str]:
    text = (files.read(".npmrc") or b"").decode(errors="replace")
    return parse_npmrc(text, origin=".npmrc", environment={}).values
