"""`imprint trust`."""

from __future__ import annotations

import click

from imprint.cli.commands import Lazy, LazyGroup

COMMANDS = {
    "add": Lazy("imprint.cli.trust.add", "Let a CI workflow publish a package."),
    "list": Lazy("imprint.cli.trust.listing", "Who may publish a package."),
    "revoke": Lazy("imprint.cli.trust.revoke", "Trust one of them no longer."),
    "test": Lazy("imprint.cli.trust.test", "Whether a run would be accepted, without a run."),
}


@click.group("trust", cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """Trusted publishers: which CI workflow may publish which package.

    They talk to the registry that npm's configuration names, with the token that npm would use. At
    the registry's own machine --data or --database takes its stores instead.
    """
