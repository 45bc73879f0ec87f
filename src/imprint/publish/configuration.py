"""npm's configuration files, read where npm reads them. Not here: what they mean (`npm.npmrc`)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from imprint.npm.npmrc import (
    NpmrcLayer,
    auth_token,
    environment_layer,
    parse_npmrc,
    resolve_registry,
)
from imprint.publishers.credentials import Secret
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.npm.npmrc import ResolvedRegistry
    from imprint.upstream.revision_files import RevisionFiles

FILE_NAME = ".npmrc"
_MANIFEST = "package.json"
_MARKS = (_MANIFEST, "node_modules")
_MOST_BYTES = 1024 * 1024


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Where a command was started."""

    folder: Path
    home: Path
    environment: Mapping[str, str]
    at: RevisionFiles | None = None
    """The revision whose files count in the place of the checkout's; None: those on the disk."""


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """npm's settings, the first layer first, and a registry that was named outright."""

    layers: tuple[NpmrcLayer, ...]
    user_file: Path
    """The user's own .npmrc, there or not."""
    registry: str | None
    """`--registry`: comes before a scope's own registry too, other than in npm itself."""

    def registry_of(self, scope: str | None) -> ResolvedRegistry:
        """Return the registry of `scope`; raises Malformed where nothing says which."""
        layers = self.layers
        if self.registry is not None:
            flag = NpmrcLayer(origin="--registry", values={"registry": self.registry})
            layers, scope = (flag,), None
        found = resolve_registry(layers, scope)
        if found is not None:
            return found
        if self.registry is not None:
            raise Malformed(
                "registry-url",
                f"the registry is {quoted(self.registry)}: it takes `https://…` or `http://…`",
            )
        raise Malformed(
            "no-registry",
            "no configuration names a registry",
            hint="name it with `--registry URL`, `npm_config_registry=URL`, or a line"
            " `registry=URL` in .npmrc",
        )

    def token_for(self, url: str) -> Secret | None:
        """Return the token that npm would send to `url`; one with an unset variable is none."""
        found = auth_token(self.layers, url)
        return None if found is None or found.is_unexpanded else Secret(found.token)


def read_configuration(around: Surroundings, *, registry: str | None) -> Configuration:
    """Return the settings of environment, project, user and machine, in npm's order.

    Raises Malformed for a file that is there and cannot be read.
    """
    layers = [environment_layer(around.environment)]
    seen: set[Path] = set()
    for path in _files(around, layers):
        if path in seen:
            continue
        seen.add(path)
        layer = _layer(path, around)
        if layer is not None:
            layers.append(layer)
    return Configuration(
        layers=tuple(layers), user_file=_user_file(around, layers), registry=registry
    )


def _user_file(around: Surroundings, layers: list[NpmrcLayer]) -> Path:
    return Path(_setting(layers, "userconfig") or around.home / FILE_NAME)


def _files(around: Surroundings, layers: list[NpmrcLayer]) -> Iterator[Path]:
    yield _project(around) / FILE_NAME
    yield _user_file(around, layers)
    prefix = _setting(layers, "prefix") or _prefix_of_node(around.environment)
    machine = _setting(layers, "globalconfig")
    if machine is not None or prefix is not None:
        yield Path(machine or Path(prefix or "") / "etc" / "npmrc")


def _project(around: Surroundings) -> Path:
    """Return the nearest folder upwards that npm takes for a project; `folder` without one."""
    if around.at is not None:
        places = around.at.above(around.folder)
        around.at.look(each / name for each in places for name in (_MANIFEST, FILE_NAME))
        whole = around.at.place_of(around.folder)
        return next((each for each in places if around.at.has(each / _MANIFEST)), whole)
    for place in (around.folder, *around.folder.parents):
        if any((place / mark).exists() for mark in _MARKS):
            return place
    return around.folder


def _setting(layers: list[NpmrcLayer], name: str) -> str | None:
    return next((layer.values[name] for layer in layers if layer.values.get(name)), None)


def _prefix_of_node(environment: Mapping[str, str]) -> str | None:
    node = shutil.which("node", path=environment.get("PATH"))
    return None if node is None else str(Path(node).parent.parent)


def _layer(path: Path, around: Surroundings) -> NpmrcLayer | None:
    """Return the settings of a file; None: there is none.

    Of a file of the checkout, whoever named it, those of the revision, where there is one.
    """
    place = path if around.at is None else around.at.place_of(path.parent) / path.name
    if around.at is not None and around.at.covers(place):
        raw = around.at.read(place, most_bytes=_MOST_BYTES)
        if raw is None:
            return None
        if len(raw) > _MOST_BYTES:
            raise Malformed("npmrc", f"`{path}` is larger than {_MOST_BYTES} bytes")
        text = raw.decode("utf-8", "replace")
        origin = f"{path} of {around.at.words}"
        return parse_npmrc(text, origin=origin, environment=around.environment)
    return _read(path, around.environment) if path.is_file() else None


def _read(path: Path, environment: Mapping[str, str]) -> NpmrcLayer:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as err:
        raise Malformed("npmrc", f"cannot read `{path}`: {(err.strerror or '').lower()}") from err
    return parse_npmrc(text, origin=str(path), environment=environment)
