"""`imprint publish`."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.report import Report
from imprint.cli.session import Refused, current, say, show
from imprint.cli.trust_roots.folder import trust_options
from imprint.refusals import Malformed, Refusal, quoted

if TYPE_CHECKING:
    from imprint.publish.body import Terms
    from imprint.publish.configuration import Configuration
    from imprint.publish.packed import Packed
    from imprint.publish.publishing import Published
    from imprint.publish.registry_client import RegistryClient
    from imprint.publish.signing import Signer
    from imprint.publishers.credentials import Secret


@click.command(
    cls=Command,
    epilog="""\b
Example, in a CI job, for the package in this folder:
  imprint publish --provenance
For a tarball that another job has packed:
  imprint publish ./widget-1.2.3.tgz --tag next""",
)
@click.argument(
    "target",
    type=click.Path(path_type=Path),
    default=".",
    metavar="[FOLDER | TARBALL]",
)
@click.option("--provenance", is_flag=True, help="Sign where it comes from, and attach that.")
@click.option(
    "--domain",
    metavar="NAME",
    default="private",
    show_default=True,
    help="The trust domain whose instance signs.",
)
@click.option("--tag", metavar="TAG", help="The dist-tag.  [default: publishConfig's, or latest]")
@click.option("--stage", is_flag=True, help="Let it wait for an owner's approval.")
@click.option(
    "--access",
    type=click.Choice(["public", "restricted"]),
    help="Who may install it.  [default: publishConfig's, or as it is]",
)
@click.option("--ignore-scripts", is_flag=True, help="Pack without running any script.")
@click.option("--dry-run", is_flag=True, help="Do all of it, and neither mint nor publish.")
@trust_options
def command(
    *,
    target: Path,
    provenance: bool,
    domain: str,
    tag: str | None,
    stage: bool,
    access: str | None,
    ignore_scripts: bool,
    dry_run: bool,
    folder: Path,
) -> int:
    """Publish one package from a CI job, by its ID token or not at all.

    A folder is packed by npm, any version of it; a tarball is sent as it is. The ID token is
    exchanged for a credential; where that is refused, the reasons are printed and nothing else is
    tried: no token of any .npmrc is ever used. A version that is there already, exactly so, is a
    success. With --provenance the job's ID token for `imprint-authority:<host>` buys a certificate
    of your own sigstore instance, and the bundle is verified before it is sent; with --dry-run it
    is signed and logged all the same.
    """
    from imprint.publish.body import terms_of
    from imprint.publish.publishing import Publisher

    if not target.exists():
        raise Malformed("no-such-file", f"there is no file {quoted(str(target))}")
    around = _configuration(target)
    packed = _packed(target, around, ignore_scripts=ignore_scripts)
    terms = terms_of(packed, tag=tag, access=access, stages=stage)
    publisher = Publisher(
        client=_client(packed, around),
        environment=os.environ,
        signer=_signer(folder, domain) if provenance else None,
        tell=say,
        mask=_mask,
    )
    act = publisher.rehearse if dry_run else publisher.publish
    ended = act(packed, terms)
    if isinstance(ended, Refusal):
        raise Refused(ended)
    show(_report(packed, terms, ended))
    return 0


def _configuration(target: Path) -> Configuration:
    from imprint.publish.configuration import Surroundings, read_configuration

    folder = target.resolve() if target.is_dir() else Path.cwd()
    around = Surroundings(folder=folder, home=Path.home(), environment=os.environ)
    return read_configuration(around, registry=current().registry)


def _packed(target: Path, configuration: Configuration, *, ignore_scripts: bool) -> Packed:
    from imprint.publish.packed import read_packed
    from imprint.publish.packing import pack

    if not target.is_dir():
        return read_packed(target)
    said = (layer.values.get("ignore-scripts") for layer in configuration.layers)
    ignores = ignore_scripts or next((text for text in said if text is not None), "") == "true"
    say(f"packing {target}{', without its scripts' if ignores else ''}")
    return pack(target, environment=os.environ, runs_scripts=not ignores, tell=say)


def _client(packed: Packed, configuration: Configuration) -> RegistryClient:
    from msgspec.structs import replace

    from imprint.publish.registry_client import RegistryClient

    scope = packed.name.scope
    own = None if scope is None else packed.setting(f"@{scope}:registry")
    own = own or packed.setting("registry")
    if configuration.registry is None and own is not None:
        registry = replace(configuration, registry=own).registry_of(scope)
        origin = "publishConfig"
    else:
        registry = configuration.registry_of(scope)
        origin = registry.origin
    say(f"registry {registry.url} (from {origin})")
    return RegistryClient(url=registry.url)


def _signer(folder: Path, domain: str) -> Signer:
    from imprint.publish.signing import signer_of
    from imprint.upstream.trust.store import load_trust

    return signer_of(load_trust(folder), domain, clock=time.time)


def _mask(secret: Secret) -> None:
    if os.environ.get("GITHUB_ACTIONS"):
        # The runner reads commands from stderr too, and stdout is the report alone.
        click.echo(f"::add-mask::{secret.reveal()}", err=True)


def _report(packed: Packed, terms: Terms, ended: Published) -> Report:
    from imprint.cli.render.publication import report

    return report(packed, terms, ended)
