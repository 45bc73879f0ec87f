"""What a lockfile has, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from imprint.npm.lockfiles.model import Lockfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers of a lockfile's packages; `versions` are distinct names with their version."""

    places: int
    versions: int
    names: int
    names_with_several: int
    dev: int
    optional: int
    bundled: int
    without_integrity: int
    install_scripts: int
    patched: int
    aliases: int
    edges: int
    edges_to_nothing: int
    direct: int
    last_line: int


def counts_of(lockfile: Lockfile) -> Counts:
    """Count."""
    packages = lockfile.packages.values()
    edges = [edge for package in packages for edge in package.edges]
    versions = {(package.name, package.version) for package in packages}
    names = Counter(name for name, _ in versions)
    return Counts(
        places=len(packages),
        versions=len(versions),
        names=len(names),
        names_with_several=sum(count > 1 for count in names.values()),
        dev=sum(package.is_dev for package in packages),
        optional=sum(package.is_optional for package in packages),
        bundled=sum(package.bundled_in is not None for package in packages),
        without_integrity=sum(package.integrity is None for package in packages),
        install_scripts=sum(package.has_install_script is True for package in packages),
        patched=sum(package.is_patched for package in packages),
        aliases=sum(package.alias is not None for package in packages),
        edges=len(edges),
        edges_to_nothing=sum(edge.target is None for edge in edges),
        direct=sum(len(project.edges) for project in lockfile.projects),
        last_line=max(package.line for package in packages),
    )
