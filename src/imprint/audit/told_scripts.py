"""Install scripts by the registry's word, where the lockfile says nothing of any.

Neither yarn's lockfiles nor pnpm's do, and files beside them are of whoever makes the change: what
an install would run is no inert tool (facts: consumers §6.5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.lockfiles.model import SourceKind
from imprint.reachability.exposure import Exposure, Reach

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.history.projection import PackumentHistory
    from imprint.npm.lockfiles.model import LockedPackage, Lockfile
    from imprint.reachability.uses import InstallScripts


def with_told_scripts(
    reaches: Mapping[str, Reach],
    lockfile: Lockfile,
    *,
    scripts: InstallScripts,
    history: Callable[[str], PackumentHistory | None],
) -> Mapping[str, Reach]:
    """Return how each place is reached, with `install` where its script would run.

    `scripts` are the project's settings, `history` gives a package's by its name.
    """
    found = dict(reaches)
    for key, package in lockfile.packages.items():
        reach = found.get(key)
        if reach is None or reach.exposure in _SETTLED or not _may_run(package, scripts):
            continue
        told = history(package.name)
        row = told.publication(package.version) if told and package.version else None
        if row is not None and row.install_scripts:
            found[key] = Reach(
                exposure=Exposure.INSTALL,
                proof=reach.proof or (package.alias or package.name,),
                may_load_anything=reach.may_load_anything,
            )
    return found


_SETTLED = frozenset({Exposure.NOT_INSTALLED, Exposure.INSTALL})


def _may_run(package: LockedPackage, scripts: InstallScripts) -> bool:
    return (
        package.has_install_script is None
        and package.source is SourceKind.REGISTRY
        and scripts.runs(package.name)
    )
