"""Which packages a command publishes, and to which registry, as far as the files say."""

from __future__ import annotations

import posixpath
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from imprint.npm.npmrc import NpmrcLayer, parse_npmrc, resolve_registry
from imprint.workflows.publishing.members import (
    nearest_package,
    normal_folder,
    package_at,
    public_packages,
    selected_packages,
)
from imprint.workflows.publishing.model import Client
from imprint.workflows.publishing.publications import JSR
from imprint.workflows.shell.model import Hole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.workflows.publishing.publications import Publication
    from imprint.workflows.repository import PackageFile, Repository
    from imprint.workflows.shell.model import Word

_TARBALLS = (".tgz", ".tar.gz")
_TARBALL_NAMES = ("TARBALL", "TGZ", "PACKED", "ARCHIVE")
_ONE_PACKAGE = {Client.SEMANTIC_RELEASE, Client.RELEASE_IT, Client.NP, Client.CLEAN_PUBLISH}


def published_packages(
    repository: Repository, publication: Publication, folder: str | None
) -> tuple[PackageFile, ...]:
    """Return the packages that are published from `folder`; empty where that is not known."""
    if publication.registry == JSR:
        return ()
    selectors = [word.value for word in publication.workspaces]
    if selectors:
        if None in selectors:
            return ()
        named = [each for each in selectors if each is not None]
        return _public(selected_packages(repository, named, folder or ""))
    if publication.is_recursive:
        return public_packages(repository)
    if publication.targets and publication.client not in _ONE_PACKAGE:
        return _of_targets(repository, publication.targets, folder)
    package = nearest_package(repository, folder)
    return () if package is None else (package,)


def is_tarball(word: Word) -> bool:
    """Whether a target is a packed package: by its suffix, or a variable's telling name."""
    if word.shown.rstrip("\"'").endswith(_TARBALLS):
        return True
    last = word.parts[-1] if word.parts else ""
    if not isinstance(last, Hole) or len(word.parts) > 1:
        return False
    return any(name in last.raw.upper() for name in _TARBALL_NAMES)


def stated_registry(
    repository: Repository,
    publication: Publication,
    packages: tuple[PackageFile, ...],
    environment: Mapping[str, str],
    *,
    user: str | None = None,
) -> str | None:
    """Return the registry that is published to; None: the default one.

    In npm's order: the flag, the package's `publishConfig`, the environment, the project's .npmrc,
    and `user`, what setup-node's `registry-url` writes.
    """
    stated = publication.registry or _of_packages(packages)
    if stated is None:
        layers = [_environment(environment), project_layer(repository)]
        if user:
            layers.append(NpmrcLayer(origin="registry-url", values={"registry": user}))
        scope = _scope(packages)
        found = resolve_registry(layers, scope)
        stated = None if found is None else found.url
    if stated is None or is_default_registry(stated):
        return None
    return stated


def stated_provenance(
    repository: Repository,
    publication: Publication,
    packages: tuple[PackageFile, ...],
    environment: Mapping[str, str],
) -> bool | None:
    """Return whether provenance is asked for or refused by anything that npm reads."""
    if publication.provenance is not None:
        return publication.provenance
    told = _environment(environment).values.get("provenance")
    if told is None and packages:
        says = {package.publish_config.get("provenance") for package in packages}
        value = next(iter(says)) if len(says) == 1 else None
        if isinstance(value, bool):
            return value
    if told is None:
        told = project_layer(repository).values.get("provenance")
    return {"true": True, "false": False}.get((told or "").lower())


def project_layer(repository: Repository) -> NpmrcLayer:
    """Return the settings of the project's own .npmrc."""
    return parse_npmrc(repository.texts.get(".npmrc", ""), origin=".npmrc", environment={})


def is_default_registry(url: str) -> bool:
    """Whether a registry is the purl type's default one, which npm asks without being told."""
    return host_of(url) == default_host()


def host_of(url: str) -> str:
    """Return the host of a URL or of `//host/path`; empty where there is none."""
    text = url if "://" in url else f"https:{url}"
    try:
        return (urlsplit(text).hostname or "").lower()
    except ValueError:
        return ""


@cache
def default_host() -> str:
    """Return the host that npm asks without being told."""
    # Reading many routes at import: only who looks at publish jobs pays for it.
    from packageurl.contrib.purl2url import get_download_url  # noqa: PLC0415  (deferred, see above)

    return host_of(str(get_download_url("pkg:npm/name@0.0.0")))  # type: ignore[no-untyped-call]  # it has no types


def _environment(environment: Mapping[str, str]) -> NpmrcLayer:
    values = {
        name[len("npm_config_") :].lower().replace("_", "-"): value
        for name, value in environment.items()
        if name.lower().startswith("npm_config_") and value
    }
    return NpmrcLayer(origin="environment", values=values)


def _of_packages(packages: tuple[PackageFile, ...]) -> str | None:
    found = {
        registry
        for package in packages
        if isinstance(registry := package.publish_config.get("registry"), str)
    }
    return found.pop() if len(found) == 1 else None


def _scope(packages: tuple[PackageFile, ...]) -> str | None:
    scopes = {
        package.name.partition("/")[0][1:]
        for package in packages
        if package.name is not None and package.name.startswith("@")
    }
    return scopes.pop() if len(scopes) == 1 else None


def _of_targets(
    repository: Repository, targets: tuple[Word, ...], folder: str | None
) -> tuple[PackageFile, ...]:
    found: list[PackageFile] = []
    for word in targets:
        value = word.value
        if value is None or folder is None:
            return ()
        if is_tarball(word):
            publics = public_packages(repository)
            return publics if len(publics) == 1 else ()
        place = normal_folder(posixpath.join(folder, value))
        # `dist` is made from the package above it.
        package = package_at(repository, place) or nearest_package(repository, place)
        if package is not None and package not in found:
            found.append(package)
    return tuple(found)


def _public(packages: tuple[PackageFile, ...]) -> tuple[PackageFile, ...]:
    return tuple(package for package in packages if not package.private)
