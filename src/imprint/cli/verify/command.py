"""`imprint verify`."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from imprint.cli.commands import Command
from imprint.cli.session import show
from imprint.cli.trust_roots.folder import trust_options

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "verify",
    cls=Command,
    epilog="""\b
Example, for a version of the registry that npm's configuration names, and for a file:
  imprint verify @acme/widget@1.2.3
  imprint verify ./widget-1.2.3.tgz
Offline, for attestations that were stored:
  imprint verify --document widget.json @acme/widget@1.2.3 --sha512 HEX""",
)
@click.argument("targets", nargs=-1, metavar="[NAME@VERSION | FILE]...")
@click.option("--document", type=_FILE, metavar="FILE", help="Judge stored attestations, offline.")
@click.option("--sha512", metavar="HEX", help="The tarball's digest, with --document.")
@click.option("--trusted-root", type=_FILE, metavar="FILE", help="Judge by this root alone.")
@click.option("--keys", type=_FILE, metavar="FILE", help="The registry's keys.")
@click.option("--key", type=_FILE, metavar="PEM", help="The public key of a single bundle.")
@click.option("--offline", is_flag=True, help="Ask nobody; only --document can be judged.")
@click.option("--tarball/--no-tarball", default=True, help="Fetch the tarball and hash its bytes.")
@click.option("--cache/--no-cache", default=True, help="Take valid verdicts of earlier runs.")
@trust_options
def command(
    *,
    targets: tuple[str, ...],
    document: Path | None,
    sha512: str | None,
    trusted_root: Path | None,
    keys: Path | None,
    key: Path | None,
    offline: bool,
    tarball: bool,
    cache: bool,
    folder: Path,
) -> int:
    """Verify who published NAME@VERSION, or the package in FILE.

    Registry signature, attestations and the tarball's bytes are verified; the run that published
    is named, and whether packument and package.json agree with it. The registry is what npm's
    configuration says. Exits with 1 for what is not valid, with 3 for what could not be decided.
    """
    from imprint.cli.verify import shown, stored
    from imprint.cli.verify.basis import given_trust

    given = given_trust(folder, trusted_root=trusted_root, keys=keys)
    now = time.time()
    if document is not None:
        asked = stored.Asked(document=document, targets=targets, sha512=sha512, key=key)
        verdicts = [stored.judge(asked, given=given, now=now)]
    else:
        if sha512 is not None or key is not None:
            raise click.UsageError("--sha512 and --key are for --document")
        if not targets:
            raise click.UsageError("say what to verify: NAME@VERSION, or a file")
        from imprint.cli.verify import published

        wish = published.Wish(
            targets=targets, fetches_tarball=tarball, is_offline=offline, uses_cache=cache
        )
        verdicts = published.judge(wish, given=given, environment=os.environ, now=now)
    show(shown.report(verdicts))
    return shown.exit_code(verdicts)
