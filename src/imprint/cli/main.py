"""`imprint`: the top of the command line, and the one place where exit codes are made.

0 clean, 1 findings and refusals, 2 usage or configuration, 3 could not decide, 4 internal error,
130 interrupted, as shells count it.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

import click

from imprint import __version__
from imprint.cli.commands import Lazy, LazyGroup
from imprint.cli.session import Refused, Session
from imprint.refusals import Malformed, Refusal, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

CLEAN, FINDINGS, USAGE, UNDECIDED, INTERNAL = range(5)
INTERRUPTED = 128 + signal.SIGINT
GARBAGE_OBJECTS = 1_000_000
"""How many new objects make a search for garbage worth its time. A command ends before there is
much of it, and what it holds by the ten thousand is looked through each time."""

COMMANDS = {
    "demo": Lazy("imprint.cli.demo", "See it work on this machine, in under a minute."),
    "serve": Lazy("imprint.cli.serve", "Run the registry."),
    "admin": Lazy(
        "imprint.cli.admin.group", "Users, tokens, issuers, switches, health of a registry."
    ),
    "trust": Lazy("imprint.cli.trust.group", "Who may publish a package: add, list, revoke, test."),
    "trust-roots": Lazy(
        "imprint.cli.trust_roots.group", "Whose signatures are believed: show, update."
    ),
    "exchange": Lazy(
        "imprint.cli.exchange", "This job's ID token for a publish credential, or a dry run."
    ),
    "publish": Lazy("imprint.cli.publish", "Publish from a CI job, by its ID token or not at all."),
    "verify": Lazy(
        "imprint.cli.verify.command", "Who published this version, and how it is proven."
    ),
    "audit": Lazy(
        "imprint.cli.audit.command", "Who published every package of a lockfile; what policy says."
    ),
    "diff": Lazy("imprint.cli.audit.difference", "What a change of lockfile means in trust."),
    "timeline": Lazy(
        "imprint.cli.timeline", "A package's publications, and what changed with each."
    ),
    "why": Lazy("imprint.cli.why", "Why a package is in the lockfile, and what loads it."),
    "report": Lazy(
        "imprint.cli.report_upstream", "An issue text for a package's maintainers, with evidence."
    ),
    "policy": Lazy("imprint.cli.policy.group", "What may be installed: init, accept, test, show."),
    "gate": Lazy("imprint.cli.gate.group", "The install proxy: what it keeps and decided."),
    "doctor": Lazy(
        "imprint.cli.doctor.command", "What is wrong with how a repository publishes, and who can."
    ),
    "explain": Lazy("imprint.cli.explain", "Explain a code, an event or a reason."),
    "completion": Lazy("imprint.cli.completion", "Completion for your shell."),
}


@click.group(
    "imprint",
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: imprint demo",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def group() -> None:
    """Who published this package, from where, and were they allowed to: for npm."""


def main() -> NoReturn:
    """Run the command line of this process."""
    gc.set_threshold(GARBAGE_OBJECTS)
    code = run(sys.argv[1:])
    # An interpreter that ends looks for garbage in everything it has: a tenth of a small audit.
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command that `arguments` are; returns the exit code, and raises nothing."""
    session = Session()
    try:
        result = group.main(
            list(arguments), prog_name="imprint", standalone_mode=False, obj=session
        )
    except Refused as err:
        return _fail(session, err.refusal, FINDINGS)
    except Malformed as err:
        return _fail(session, err.refusal(), USAGE)
    except Unavailable as err:
        return _fail(session, err.refusal(), UNDECIDED)
    except click.ClickException as err:
        return _fail(session, _usage(err), USAGE)
    except (click.Abort, KeyboardInterrupt):
        return _fail(session, _INTERRUPTED, INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has had enough; the interpreter must not write to it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNDECIDED
    except Exception as err:  # noqa: BLE001  (a face's last line: a text instead of a crash)
        return _fail(session, _bug(session, err), INTERNAL)
    return result if isinstance(result, int) else CLEAN


def _fail(session: Session, refusal: Refusal, code: int) -> int:
    from imprint.cli.render import plain

    click.echo(plain.render_refusal(refusal), err=True, nl=False)
    if session.format == "json":
        from imprint.cli.render import json

        click.echo(json.render_refusal(refusal, command=session.command), nl=False)
    return code


def _usage(err: click.ClickException) -> Refusal:
    message = err.format_message()
    context = err.ctx if isinstance(err, click.UsageError) else None
    hint = None if context is None else f"`{context.command_path} --help` shows how"
    return Refusal(code="usage", message=message[:1].lower() + message[1:].rstrip("."), hint=hint)


def _bug(session: Session, err: Exception) -> Refusal:
    hint = "the same with `-vv` shows where; please report it"
    if session.verbosity > 1:
        click.echo("".join(traceback.format_exception(err)), err=True, nl=False)
        hint = "please report the lines above"
    return Refusal(
        code="internal-error", message=f"internal error, `{type(err).__name__}`", hint=hint
    )


_INTERRUPTED = Refusal(code="interrupted", message="interrupted")
