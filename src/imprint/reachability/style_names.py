"""What a name in a style sheet may be: paths beside it, then a file of a package.

As bundlers have it: a bare name is a file beside first; `~` and Sass's `pkg:` say that it is a
package's; Sass's partials have a `_` that nobody writes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.reachability.exports import exported
from imprint.reachability.files import joined
from imprint.reachability.specifiers import package_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imprint.reachability.manifests import InstalledManifest

_ENDINGS = (".css", ".scss", ".sass", ".less", ".styl", ".pcss")
_CONDITIONS = frozenset({"style", "sass", "less", "import", "browser"})
_ENTRIES = ("style", "sass", "less", "main")
"""Members of a package.json that name the first style sheet."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def style_files(
    name: str,
    folder: str,
    *,
    aliased: Callable[[str], Iterable[str]],
    placed: Callable[[str], tuple[str, InstalledManifest] | None],
) -> Iterator[str] | None:
    """Return the files that a name may be in a style sheet of `folder`; None: an address.

    `aliased` returns what settings make of a name; `placed` where a package is, by its name.
    """
    bare = _bare_name(name)
    if bare is None:
        return None
    path, is_beside = bare
    places = [joined(folder, path)] if is_beside else []
    places += aliased(path)
    package = package_of(path)
    found = placed(package.name) if package is not None else None
    if package is not None and found is not None:
        places += _inside(*found, package.subpath)
    return (each for place in places if place for each in _paths_of(place))


def _inside(place: str, manifest: InstalledManifest, subpath: str) -> Iterator[str | None]:
    target = exported(manifest.exports, subpath, _CONDITIONS)
    if target is None and subpath == ".":
        for name in _ENTRIES:
            if (entry := manifest.entries.get(name)) is not None:
                yield joined(place, entry)
    yield joined(place, target or subpath)


def _bare_name(name: str) -> tuple[str, bool] | None:
    """Return a name without its marks, and whether it may be a file beside; None: an address."""
    name = name.partition("?")[0].partition("#")[0]
    if "\0" in name or name.startswith("/"):
        return None
    if name.startswith("pkg:"):
        return name.removeprefix("pkg:"), False
    if name.startswith("~") and not name.startswith("~/"):
        return name[1:], False
    return None if not name or _SCHEME.match(name) else (name, True)


def _paths_of(path: str) -> Iterator[str]:
    """Yield the files that a path without its ending, or without its `_`, may be."""
    folder, slash, name = path.rpartition("/")
    yield path
    for start in (f"{folder}{slash}", f"{folder}{slash}_"):
        if start.endswith("_"):
            yield f"{start}{name}"
        for ending in _ENDINGS:
            yield f"{start}{name}{ending}"
    for index in ("index", "_index"):
        for ending in _ENDINGS:
            yield f"{path}/{index}{ending}"
