"""Which package a command is of: by their own `bin`, installed or locked, and else by a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.lockfiles.model import SourceKind
from imprint.reachability.tools import packages_of_command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.reachability.locked import Locked
    from imprint.reachability.resolution import Resolver


class Commands:
    """What a project's scripts can run: its dependencies' commands, and the root's."""

    def __init__(self, locked: Locked, resolver: Resolver, *, project: str) -> None:
        self.names = frozenset({*locked.direct_names(project), *locked.direct_names("")})
        """The direct dependencies, as package.json names them."""
        self._by_command: dict[str, list[str]] = {}
        for name in sorted(self.names):
            key = locked.target_of(project, name)
            package = locked.packages.get(key) if key is not None else None
            if package is None or package.source is SourceKind.WORKSPACE:
                continue
            for command in package.commands or _installed(resolver, project, name):
                self._by_command.setdefault(command, []).append(name)
        for name, command in locked.hoisted_commands():
            # What is needed by others is run by its command all the same, where it is hoisted.
            self._by_command.setdefault(command, [name])

    def packages_of(self, command: str) -> tuple[str, ...]:
        """Return the packages that a command runs, as the project names them."""
        own = self._by_command.get(command, [])
        return tuple(
            dict.fromkeys(
                [*own, *(each for each in packages_of_command(command) if each in self.names)]
            )
        )


def _installed(resolver: Resolver, project: str, name: str) -> Mapping[str, str]:
    for folder in (f"{project}/node_modules/{name}", f"node_modules/{name}"):
        manifest = resolver.manifest(folder.removeprefix("/"))
        if manifest is not None:
            return manifest.commands
    return {}
