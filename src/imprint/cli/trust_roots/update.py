"""`imprint trust-roots update`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.session import current, show
from imprint.cli.trust_roots.folder import kept_trust_options
from imprint.cli.trust_roots.wishes import content_of, issuer_of, thresholds_of

if TYPE_CHECKING:
    from imprint.cli.trust_roots.keeping import Keeping
    from imprint.upstream.trust.renewal import Wishes

PRIVATE = "private"
"""The trust domain that is meant where none is named, and a file or a repository is."""

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    cls=Command,
    epilog="""\b
Example, renewing all that can be renewed through TUF:
  imprint trust-roots update
Example, of a sigstore instance of your own, and of its registry's keys:
  imprint trust-roots update --file trust_config.json --issuer https://ci.example.test=github
  imprint trust-roots update --tuf https://tuf.example.test --root root.json \\
    --issuer https://ci.example.test=github
  imprint trust-roots update --keys keys.json --registry https://registry.example.test""",
)
@click.option(
    "--domain",
    metavar="NAME",
    help="Which trust domain; without one `private`, or all where nothing else is said.",
)
@click.option(
    "--file",
    "instance",
    type=_FILE,
    metavar="FILE",
    help="Its ClientTrustConfig or trusted_root.json.",
)
@click.option("--tuf", metavar="URL", help="Its TUF repository; kept for later renewals.")
@click.option(
    "--root", type=_FILE, metavar="FILE", help="Root metadata of that repository to begin with."
)
@click.option("--keys", type=_FILE, metavar="FILE", help="The keys of the registry in --registry.")
@click.option(
    "--issuer",
    "issuers",
    multiple=True,
    metavar="URL=PROVIDER",
    help="Whose CI runs may sign, instead of those so far; URL/*: its organizations too.",
)
@click.option(
    "--threshold",
    "thresholds",
    multiple=True,
    metavar="NAME=N",
    help="How many log-entries, certificate-timestamps or times a bundle owes.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@kept_trust_options
def command(
    *,
    domain: str | None,
    instance: Path | None,
    tuf: str | None,
    root: Path | None,
    keys: Path | None,
    issuers: tuple[str, ...],
    thresholds: tuple[str, ...],
    dry_run: bool,
    folder: Path,
) -> int:
    """Renew trust domains and registries' keys, through TUF or from a file.

    What changes is shown before it is written. A file that cannot be read, or metadata that is not
    signed as it has to be, changes nothing. With --registry the keys of that registry come from
    the domain's TUF repository, too.
    """
    from imprint.cli.trust_roots.keeping import Keeping
    from imprint.upstream.trust.renewal import Wishes

    registry = current().registry
    _check_usage(domain, instance, tuf, root, keys, issuers or thresholds, registry)
    wishes = Wishes(
        issuers=tuple(issuer_of(text) for text in issuers),
        thresholds=thresholds_of(thresholds),
        tuf_repository=tuf,
        tuf_root=None if root is None else content_of(root),
    )
    keeping = Keeping(folder=folder, is_rehearsal=dry_run)
    if keys is not None:
        _from_keys_file(keeping, keys, registry or "")
    elif instance is not None:
        _from_file(keeping, domain or PRIVATE, instance, wishes)
    elif domain is not None or tuf is not None:
        _through_tuf(keeping, domain or PRIVATE, wishes, registry)
    else:
        _all_through_tuf(keeping)
    show(keeping.report())
    return keeping.exit_code


def _check_usage(  # noqa: PLR0917  (options, in their order)
    domain: str | None,
    instance: Path | None,
    tuf: str | None,
    root: Path | None,
    keys: Path | None,
    wishes: tuple[str, ...],
    registry: str | None,
) -> None:
    if keys is not None:
        if registry is None:
            raise click.UsageError("say whose keys they are: --registry URL")
        if domain or instance or tuf or root or wishes:
            raise click.UsageError("--keys goes with --registry alone: renew the domain by itself")
        return
    if instance is not None and registry is not None:
        raise click.UsageError("a file of --file has no keys of a registry: give them with --keys")
    is_all = domain is None and instance is None and tuf is None
    if is_all and (root or wishes or registry):
        raise click.UsageError("say which trust domain is meant: --domain NAME")


def _from_keys_file(keeping: Keeping, path: Path, registry: str) -> None:
    from imprint.upstream.trust.registry_labels import label_of
    from imprint.upstream.trust.renewal import renewed_keys
    from imprint.upstream.trust.store import load_trust

    label, raw = label_of(registry), content_of(path)
    trust = load_trust(keeping.folder)
    source = f"file {path.name}"
    keeping.keep_keys(renewed_keys(trust, label, raw, source=source, domain=None, now=time.time()))


def _from_file(keeping: Keeping, name: str, path: Path, wishes: Wishes) -> None:
    from imprint.upstream.trust.renewal import renewed_from_file
    from imprint.upstream.trust.store import load_trust

    raw = content_of(path)
    trust = load_trust(keeping.folder)
    source = f"file {path.name}"
    keeping.keep_domain(
        renewed_from_file(trust, name, raw, source=source, wishes=wishes, now=time.time())
    )


def _through_tuf(keeping: Keeping, name: str, wishes: Wishes, registry: str | None) -> None:
    from imprint.upstream.trust.registry_labels import label_of
    from imprint.upstream.trust.renewal import renewed_by_tuf
    from imprint.upstream.trust.store import load_trust

    labels = () if registry is None else (label_of(registry),)
    trust = load_trust(keeping.folder)
    with keeping.metadata_folder() as metadata:
        domain, keys = renewed_by_tuf(
            trust, name, folder=metadata, labels=labels, wishes=wishes, now=time.time()
        )
    keeping.keep_domain(domain)
    for one in keys:
        keeping.keep_keys(one)


def _all_through_tuf(keeping: Keeping) -> None:
    from imprint.refusals import Malformed, Unavailable
    from imprint.upstream.trust.renewal import Wishes, renewable
    from imprint.upstream.trust.store import load_trust

    for name in renewable(load_trust(keeping.folder)):
        try:
            _through_tuf(keeping, name, Wishes(), None)
        except (Malformed, Unavailable) as err:
            keeping.fail(name, err)
