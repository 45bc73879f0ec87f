"""`browser` of a package.json where it is a map: what stands for what in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.reachability.files import joined

if TYPE_CHECKING:
    from collections.abc import Mapping


def replacement_of(
    specifier: str, folder: str, *, scope: str, replacements: Mapping[str, str | bool]
) -> str | bool | None:
    """Return what stands for a name in `folder` of the package at `scope`.

    False: it is left out. None: nothing stands for it.
    """
    if not specifier.startswith("."):
        return replacements.get(specifier)
    path = joined(folder, specifier)
    if path is None or not path.startswith(scope):
        return None
    inside = f"./{path[len(scope) :].lstrip('/')}"
    for name in (inside, f"{inside}.js", f"{inside}/index.js", inside.removesuffix(".js")):
        if (found := replacements.get(name)) is not None:
            # It is said from the package's folder: seen from the importer's it is longer.
            up = "../" * len([one for one in folder[len(scope) :].split("/") if one])
            target = f"./{up}{found}" if isinstance(found, str) else found
            same = isinstance(target, str) and joined(folder, target) == path
            return None if same else target
    return None
