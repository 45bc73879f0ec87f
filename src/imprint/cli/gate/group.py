"""`imprint gate`."""

from __future__ import annotations

import click

from imprint.cli.commands import Lazy, LazyGroup

COMMANDS = {
    "prefetch": Lazy("imprint.cli.gate.prefetch", "Have it fetch what a lockfile names."),
}


@click.group("gate", cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """Look after the gate: what it keeps of other registries, and what it decided."""
