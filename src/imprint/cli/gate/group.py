"""`imprint gate`."""

from __future__ import annotations

import click

from imprint.cli.commands import Lazy, LazyGroup

COMMANDS = {
    "status": Lazy("imprint.cli.gate.status", "Its policy, what it withholds, what it told."),
    "why": Lazy("imprint.cli.gate.why", "Why it withholds a version."),
    "accept": Lazy("imprint.cli.gate.accept", "Let a withheld version through for a while."),
    "try": Lazy("imprint.cli.gate.trial", "What another policy would change."),
    "prefetch": Lazy("imprint.cli.gate.prefetch", "Have it fetch what a lockfile names."),
    "export": Lazy("imprint.cli.gate.archives", "Write its cache into one file.", "export"),
    "import": Lazy("imprint.cli.gate.archives", "Take another gate's cache.", "import_"),
}


@click.group("gate", cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """Look after the gate: what it keeps of other registries, and what it decided."""
