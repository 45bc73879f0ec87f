"""`imprint trust-roots`."""

from __future__ import annotations

import click

from imprint.cli.commands import Lazy, LazyGroup

COMMANDS = {
    "show": Lazy("imprint.cli.trust_roots.show", "Whose signatures are believed, and how old."),
    "update": Lazy("imprint.cli.trust_roots.update", "Renew it, through TUF or from a file."),
}


@click.group("trust-roots", cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """Trust domains and registries' keys: whose signatures are believed.

    imprint ships with some; files in a folder win over them. --trust DIR names the folder, --data
    DIR takes that of the registry in DIR. Without either it is yours: `imprint/trust` in your data
    folder ($XDG_DATA_HOME).
    """
