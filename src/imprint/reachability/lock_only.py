"""Reach by the lockfile alone: what the project's files ask for, and all that this needs.

The quick engine, for a lockfile that is not installed. It says `runtime-closure` of more than a
look at files would (facts: consumers §0.9, §1: 220 packages, where 180 are loaded), and
`dev-only-inert` of what is loaded by a name that is computed: a view engine, a database driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.lockfiles.model import SourceKind
from imprint.reachability.exposure import Exposure, Reach
from imprint.reachability.tools import loaded_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imprint.npm.lockfiles.model import LockedPackage
    from imprint.reachability.locked import Locked, Proof
    from imprint.reachability.uses import InstallScripts, Use


def reach_by_lock(
    locked: Locked, uses: Iterable[Use], *, scripts: InstallScripts
) -> Mapping[str, Reach]:
    """Return how each place of a lockfile is reached, by the key of the package.

    A package that a file of the application asks for is `runtime-imported`; what it needs is
    `runtime-closure`. What tools, tests and settings ask for is `build`, with all that it needs.
    """
    runtime, build = seeds_of(locked, uses)
    needed = locked.closure(runtime)
    reaches = {
        key: Reach(
            exposure=Exposure.RUNTIME_IMPORTED if key in runtime else Exposure.RUNTIME_CLOSURE,
            proof=proof,
        )
        for key, proof in needed.items()
    }
    return completed(locked, reaches, build=locked.closure(build), scripts=scripts)


def seeds_of(locked: Locked, uses: Iterable[Use]) -> tuple[dict[str, Proof], dict[str, Proof]]:
    """Return the packages that the application and the build ask for, with the proof of each.

    What a tool loads by its own naming rules is asked for by that tool.
    """
    runtime: dict[str, Proof] = {}
    build: dict[str, Proof] = {}
    for use in uses:
        key = locked.target_of(use.project, use.package)
        package = locked.packages.get(key) if key is not None else None
        if key is None or package is None:
            continue
        found = build if use.is_build else runtime
        found.setdefault(key, (use.origin, use.package))
        if use.is_build:
            for plugin in loaded_by(use.package, locked.direct_names(use.project)):
                target = locked.target_of(use.project, plugin)
                if target is not None and target in locked.packages:
                    build.setdefault(target, (use.origin, use.package, plugin))
    return runtime, build


def completed(
    locked: Locked,
    runtime: Mapping[str, Reach],
    *,
    build: Mapping[str, Proof],
    scripts: InstallScripts,
) -> Mapping[str, Reach]:
    """Return the worst of what each place is exposed by: install, build, `runtime`, nothing."""
    reaches: dict[str, Reach] = {}
    for key, package in locked.packages.items():
        reach = runtime.get(key)
        if key in build:
            anything = reach is not None and reach.may_load_anything
            reach = Reach(exposure=Exposure.BUILD, proof=build[key], may_load_anything=anything)
        if _runs_at_install(package, scripts):
            proof = reach.proof if reach is not None else (package.alias or package.name,)
            anything = reach is not None and reach.may_load_anything
            reach = Reach(exposure=Exposure.INSTALL, proof=proof, may_load_anything=anything)
        reaches[key] = reach or Reach(exposure=Exposure.DEV_ONLY_INERT)
    return reaches


def _runs_at_install(package: LockedPackage, scripts: InstallScripts) -> bool:
    has = package.has_install_script
    if has is None and scripts.has_script is not None:
        has = scripts.has_script(package.key)
    # Folders of this machine run theirs as the project's own: no stranger's bytes.
    return bool(has) and package.source is not SourceKind.WORKSPACE and scripts.runs(package.name)
