"""`bin` as lockfiles repeat it: the commands that a package can be run by."""

from __future__ import annotations

MOST_COMMANDS = 200
"""Of one package."""


def commands_of(bin_: object, name: str) -> tuple[str, ...]:
    """Return the commands of a `bin`: its keys, or where it is one file, the package's last name.

    Total: what is neither has no commands.
    """
    if isinstance(bin_, dict):
        return tuple(str(command) for command in bin_)[:MOST_COMMANDS]
    return (name.rpartition("/")[2],) if isinstance(bin_, str) and bin_ else ()
