"""`imprint policy`."""

from __future__ import annotations

import click

from imprint.cli.commands import Lazy, LazyGroup

COMMANDS = {
    "init": Lazy("imprint.cli.policy.init", "Write a first policy, pins and a baseline."),
    "accept": Lazy("imprint.cli.policy.accept", "Accept a finding for a while, with a reason."),
    "test": Lazy("imprint.cli.policy.trial", "Try a policy on what was judged before."),
    "show": Lazy("imprint.cli.policy.show", "The policy as it counts, with where it is from."),
}


@click.group("policy", cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """What may be installed: imprint.toml beside the lockfile.

    It starts from a preset, and may extend an organization's policy, which it can tighten and not
    loosen. Beside it lie pins (imprint.lock), and what was known at adoption
    (imprint-baseline.json).
    """
