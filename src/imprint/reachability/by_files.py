"""Reach by installed files: which packages the application really loads, with the way there.

Packages that tools run are `build` by the lockfile's closure all the same: what a tool loads by
names in its settings no file shows. Facts: consumers §3.9, §6.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.lockfiles.model import LockfileFormat
from imprint.reachability.exposure import Exposure, Reach
from imprint.reachability.lock_only import completed, seeds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imprint.npm.lockfiles.model import LockedPackage
    from imprint.reachability.loading import LoadedPackage, Loading
    from imprint.reachability.locked import Locked
    from imprint.reachability.resolution import Resolver
    from imprint.reachability.uses import InstallScripts, Use


def reach_by_files(
    locked: Locked,
    loading: Loading,
    uses: Iterable[Use],
    *,
    places: Mapping[str, tuple[str, ...]],
    scripts: InstallScripts,
    missing: frozenset[str] = frozenset(),
) -> Mapping[str, Reach]:
    """Return how each place of a lockfile is reached, by the key of the package.

    `places`: the keys that each loaded folder stands for (`places_of_folders`). `missing`: keys of
    optional packages that are not there. What a loaded package needs, and no file was seen to load,
    is `runtime-closure`.
    """
    runtime, build = seeds_of(locked, uses)
    reaches: dict[str, Reach] = {}
    proofs = dict(runtime)
    for folder, package in loading.packages.items():
        for key in places.get(folder, ()):
            reaches.setdefault(key, _loaded(package))
            proofs[key] = package.proof
    computing = locked.closure(
        {key: () for key, reach in reaches.items() if reach.may_load_anything}
    )
    for key, proof in locked.closure(proofs).items():
        if key not in reaches:
            reaches[key] = Reach(
                exposure=Exposure.RUNTIME_CLOSURE,
                proof=proof,
                may_load_anything=key in computing,
            )
    found = dict(completed(locked, reaches, build=locked.closure(build), scripts=scripts))
    if loading.computes:
        # An engine for views, a driver for a database: loaded by a name that is computed.
        for key in locked.closure(dict.fromkeys(locked.direct_keys(), ())):
            if found[key].exposure is Exposure.DEV_ONLY_INERT:
                found[key] = Reach(exposure=Exposure.DEV_ONLY_INERT, may_load_anything=True)
    for key in missing:
        found[key] = Reach(exposure=Exposure.NOT_INSTALLED)
    return found


def places_of_folders(
    folders: Iterable[str], locked: Locked, resolver: Resolver, *, format_: LockfileFormat
) -> Mapping[str, tuple[str, ...]]:
    """Return the lockfile's places that each installed folder stands for.

    npm's keys are folders. Elsewhere a folder is found by the name and version in its
    package.json: of a release with several places (peers) it stands for all.
    """
    found: dict[str, tuple[str, ...]] = {}
    for folder in folders:
        if format_ is LockfileFormat.NPM and folder in locked.packages:
            found[folder] = (folder,)
            continue
        manifest = resolver.manifest(folder)
        if manifest is not None and manifest.name is not None:
            found[folder] = locked.places_of(manifest.name, manifest.version)
    return found


def tarball_of(
    folder: str, locked: Locked, resolver: Resolver, *, format_: LockfileFormat
) -> str | None:
    """Return the integrity of the tarball that a folder was unpacked from; None: unknown.

    A package that the project patches, or that is of another version than the lockfile's, has
    files that no tarball speaks for.
    """
    manifest = resolver.manifest(folder)
    keys = places_of_folders((folder,), locked, resolver, format_=format_).get(folder, ())
    packages: list[LockedPackage] = [locked.packages[key] for key in keys]
    if manifest is None or not packages or any(each.is_patched for each in packages):
        return None
    first = packages[0]
    return first.integrity if first.version == manifest.version else None


def _loaded(package: LoadedPackage) -> Reach:
    return Reach(
        exposure=Exposure.RUNTIME_IMPORTED,
        proof=package.proof,
        may_load_anything=package.may_load_anything,
    )
