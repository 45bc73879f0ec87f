"""The packages of a repository that could be published, by their package.json files alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.reading import read_repository

if TYPE_CHECKING:
    from imprint.doctor.reading import Tree


def package_names(tree: Tree) -> tuple[str, ...]:
    """Return the names of the packages that are not private, each once."""
    packages = {path: raw for path, raw in tree.files.items() if path.endswith("package.json")}
    found = read_repository(packages).packages
    return tuple(dict.fromkeys(one.name for one in found if one.name and not one.private))
