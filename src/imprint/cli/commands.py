"""Commands and groups as all of ours are: with the common options, loaded when they are used."""

from __future__ import annotations

import difflib
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from imprint.cli.session import FORMATS, Session

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(click.Command):
    """A command with the common options; one of its own of the same name comes before them."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's parameters and the common ones."""
        own = super().get_params(ctx)
        taken = {option for parameter in own for option in parameter.opts}
        common = [option for option in _common() if taken.isdisjoint(option.opts)]
        # `--help` stays last.
        return [*own[:-1], *common, *own[-1:]]

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  (click's own signature)
        """Note which command runs, and run it."""
        words = ctx.command_path.split(" ", 1)
        ctx.ensure_object(Session).command = words[1] if len(words) > 1 else ""
        return super().invoke(ctx)


class Lazy(NamedTuple):
    """Where a command is, and its line in the list, which needs no import."""

    module: str
    help: str
    attribute: str = "command"


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy], **kwargs: Any) -> None:  # noqa: ANN401  (click's own)
        """Take commands by name from `lazy`, in its order."""
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's own)
        """Return the names in their order."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click's own)
        """Import the command of that name."""
        lazy = self.lazy.get(cmd_name)
        if lazy is None:
            return None
        command = getattr(importlib.import_module(lazy.module), lazy.attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"`{lazy.module}.{lazy.attribute}` is no command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for a word that is none name those that are near."""
        name = args[0]
        if name not in self.lazy and not name.startswith("-") and not ctx.resilient_parsing:
            near = difflib.get_close_matches(name, self.lazy, n=3)
            known = near or list(self.lazy)
            raise click.UsageError(
                f"there is no command `{ctx.command_path} {name}`:"
                f" {'near it are' if near else 'there are'}"
                f" {', '.join(f'`{word}`' for word in known)}",
                ctx,
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  (click's own)
        """List the commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in self.lazy.items()])


def _common() -> list[click.Option]:
    return [
        click.Option(
            ["--format"],
            type=click.Choice(FORMATS),
            expose_value=False,
            callback=_note("format"),
            help="How to write the result: for people, or one JSON object.  [default: plain]",
        ),
        click.Option(
            ["--config"],
            type=click.Path(dir_okay=False, path_type=Path),
            expose_value=False,
            callback=_note("config"),
            metavar="FILE",
            help="Server settings.  [default: imprint-server.toml, where there is one]",
        ),
        click.Option(
            ["--registry"],
            expose_value=False,
            callback=_note("registry"),
            metavar="URL",
            help="The registry to talk to.  [default: what npm's configuration says]",
        ),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            expose_value=False,
            callback=_quiet,
            help="Say nothing but the result and errors.",
        ),
        click.Option(
            ["-v", "--verbose"],
            count=True,
            expose_value=False,
            callback=_verbose,
            help="Say more; twice: tracebacks too.",
        ),
    ]


def _note(name: str) -> Any:  # noqa: ANN401  (a click callback)
    def callback(ctx: click.Context, _parameter: click.Parameter, value: object) -> None:
        if value is not None:
            setattr(ctx.ensure_object(Session), name, value)

    return callback


def _quiet(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001  (click's own)
    if value:
        ctx.ensure_object(Session).verbosity = -1


def _verbose(ctx: click.Context, _parameter: click.Parameter, value: int) -> None:
    if value:
        ctx.ensure_object(Session).verbosity = value
