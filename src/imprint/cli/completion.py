"""`imprint completion`."""

from __future__ import annotations

import click

from imprint.cli.commands import Command


@click.command(
    cls=Command,
    epilog="""\b
Example, for bash, once:
  imprint completion bash > ~/.local/share/bash-completion/completions/imprint""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print what makes a shell complete commands and options."""
    from click.shell_completion import get_completion_class

    from imprint.cli.main import group

    kind = get_completion_class(shell)
    if kind is None:
        raise TypeError(f"click knows no completion for {shell}")
    script = kind(group, {}, "imprint", "_IMPRINT_COMPLETE")
    click.echo(script.source_template % script.source_vars())
