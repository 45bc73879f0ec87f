"""`imprint doctor`."""

from __future__ import annotations

from pathlib import Path

import click

from imprint.cli.commands import Command
from imprint.cli.session import current
from imprint.cli.trust.places import otp_option

FORMATS = ("plain", "json", "sarif", "github", "gitlab", "markdown")
PROFILES = ("github-2025-08", "github-2026-05", "github-2026-07", "self-hosted")
_FILE = click.Path(dir_okay=False, path_type=Path)


def _note_format(_context: click.Context, _parameter: object, value: str | None) -> None:
    if value is not None:
        current().format = value


@click.command(
    "doctor",
    cls=Command,
    epilog="""\b
Example, in a repository: what matters most, then who could publish and how.
  imprint doctor
  imprint doctor --paths --trust trust.toml
Repair what is safe to repair, after reading the difference:
  imprint doctor --fix
In CI, for a pull request: fail on what is new.
  imprint doctor --compare origin/main --format github
Why the last run failed:
  imprint doctor --log job.txt""",
)
@click.argument("path", required=False, type=click.Path(path_type=Path), metavar="[PATH]")
@click.option("--paths", "shows_paths", is_flag=True, help="Show each publish path, hop by hop.")
@click.option("--all", "shows_all", is_flag=True, help="Fold nothing away.")
@click.option("--fix", "fixes", is_flag=True, help="Write what is safe to repair.")
@click.option("--unsafe", is_flag=True, help="With --fix: what needs thought, too.")
@click.option("--compare", metavar="REV", help="Fail only on what is new since a git revision.")
@click.option("--lock", is_flag=True, help="Fetch the actions that are used, and keep them here.")
@click.option("--probe", is_flag=True, help="In CI: exchange, throw away, say what was answered.")
@click.option(
    "--log",
    type=click.Path(allow_dash=True, path_type=Path),
    metavar="FILE",
    help="The cause of a failed publish, from its log.",
)
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="github-2026-07",
    show_default=True,
    help="How the platform behaves.",
)
@click.option("--trust", type=_FILE, metavar="FILE", help="Facts: trust.toml, or JSON.")
@click.option("--forge", is_flag=True, help="Ask the forge's API, read-only, with GITHUB_TOKEN.")
@click.option("--hygiene/--no-hygiene", default=True, help="What zizmor finds, merged.")
@click.option(
    "--baseline",
    type=_FILE,
    metavar="FILE",
    help="Findings known before.  [default: imprint-baseline.json, where there is one]",
)
@click.option("--update-baseline", is_flag=True, help="Write all findings to the baseline.")
@click.option("--cache/--no-cache", default=True, help="Take diagnoses of the same files.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 where there are findings.")
@click.option(
    "--format",
    type=click.Choice(FORMATS),
    expose_value=False,
    callback=_note_format,
    help="How to write the result.  [default: plain]",
)
@otp_option
def command(*, path: Path | None, **options: object) -> int:
    """Say what is wrong with how the repository in PATH publishes, and who could publish.

    Its workflows, .npmrc and package.json files are read; nothing of it is run. The first lines say
    what matters most; five findings are shown, the rest is counted. What the files do not say
    (trusted publishers, environments) comes from --trust, --registry or --forge, else it is not
    known, and that is said. Exits with 1 for findings, with 3 where there was nothing to check.
    """
    from imprint.cli.doctor.running import run
    from imprint.cli.doctor.wishes import Wish

    return run(Wish.of(path, options))
