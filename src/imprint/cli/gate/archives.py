"""`imprint gate export` and `imprint gate import`."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.report import Report, table
from imprint.cli.session import current, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.gate.archives.exporting import Exported
    from imprint.gate.archives.importing import Checked, Imported
    from imprint.gate.archives.layout import Manifest
    from imprint.settings import Settings

CLEAN = 0


@click.command(
    "export",
    cls=Command,
    epilog="""\b
Example, for a gate that cannot reach the registry:
  imprint gate prefetch package-lock.json --gate https://npm.example.test
  imprint gate export cache.tar --data /srv/imprint""",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--data", metavar="DIR", help="The folder of the server that has the gate.")
@click.option("--upstream", "upstreams", multiple=True, metavar="URL", help="Of these alone.")
@click.option("--force", is_flag=True, help="Replace FILE.")
def export(*, file: Path, data: str | None, upstreams: tuple[str, ...], force: bool) -> int:
    """Write what the gate keeps of its upstreams into FILE: packuments, tarballs, proofs, keys.

    The server may run: what is written is as it was at one moment, and FILE is there whole or not
    at all. It holds whatever the upstreams' tokens could read: keep it as you keep these.
    """
    from imprint.cli.audit.progress import progress
    from imprint.gate.archives.exporting import export_cache
    from imprint.gate.upstream.upstreams import address_of

    if file.exists() and not force:
        raise click.UsageError(f"`{file}` is there already: name another file, or use --force")
    folder = _settings(data).gate_path
    wanted = [address_of(url) for url in upstreams]
    with progress() as shown:
        found = export_cache(folder, file, upstreams=wanted, progress=shown)
    show(_exported(file, found))
    return CLEAN


@click.command(
    "import",
    cls=Command,
    epilog="""\b
Example, with the digest that `imprint gate export` printed:
  imprint gate import cache.tar --data /srv/imprint --sha256 DIGEST""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--data", metavar="DIR", help="The folder of the server that has the gate.")
@click.option("--upstream", metavar="URL", help="Its upstream, if not as in its settings.")
@click.option("--sha256", metavar="HEX", help="Take it only if the file has this digest.")
@click.option("--check", is_flag=True, help="Look through it, and take nothing.")
def import_(
    *, file: Path, data: str | None, upstream: str | None, sha256: str | None, check: bool
) -> int:
    """Take what another gate exported, of the same upstreams, into this gate's folder.

    All of FILE is checked before anything is taken. What is here and as new stays, and names of our
    own are left out. A gate that runs takes it up within seconds. It judges all of it by its own
    policy. Take archives of your own gates alone.
    """
    from imprint.cli.audit.progress import progress
    from imprint.gate.archives.importing import check_archive, take_archive
    from imprint.server.gate_archives import gate_folder, names_of_ours, upstream_addresses

    settings = _settings(data, upstream=upstream)
    with progress() as shown:
        checked = check_archive(
            file,
            upstreams=upstream_addresses(settings),
            quota_bytes=settings.gate_quota_bytes,
            are_ours=lambda names: names_of_ours(settings, names),
            sha256=sha256,
            progress=shown,
        )
        if check:
            show(_imported(file, checked, None))
            return CLEAN
        with gate_folder(settings) as folder:
            taken = take_archive(file, checked, folder, now=time.time(), progress=shown)
    show(_imported(file, checked, taken))
    return CLEAN


def _settings(data: str | None, *, upstream: str | None = None) -> Settings:
    from imprint import settings

    flags = {"data": data, "upstream": upstream}
    return settings.load(file=current().config, environment=os.environ, flags=flags).settings


def _exported(file: Path, found: Exported) -> Report:
    counts = _counts(found.manifest)
    rows = [
        ("exported", _words(counts)),
        *(("upstream", url) for url in found.manifest.upstreams),
        ("archive", f"{file}, {found.size_bytes} bytes"),
        ("sha256", found.sha256),
    ]
    if found.damaged:
        rows.append(("left out", f"{found.damaged} documents, which no gate would take"))
    return Report(
        lines=table(rows),
        summary={**counts, "damaged": found.damaged, "bytes": found.size_bytes},
        values={
            "file": str(file),
            "sha256": found.sha256,
            "upstreams": found.manifest.upstreams,
        },
    )


def _imported(file: Path, checked: Checked, taken: Imported | None) -> Report:
    counts = _counts(checked.manifest)
    rows = [("checked", f"{file}: {_words(counts)}")]
    if taken is not None:
        rows += [
            ("packuments", f"{taken.packuments} taken, {taken.newer} were here and as new"),
            ("tarballs", f"{taken.tarballs} taken, {taken.tarballs_known} were here"),
            ("attestations", f"{taken.attestations} taken"),
        ]
    rows += [("left out", f"{name}: the name is ours") for name in sorted(checked.skipped)]
    rows.append(("sha256", checked.sha256))
    result = (
        {
            "packuments": taken.packuments,
            "packuments_as_new": taken.newer,
            "tarballs": taken.tarballs,
            "tarballs_known": taken.tarballs_known,
            "attestations": taken.attestations,
        }
        if taken is not None
        else None
    )
    return Report(
        lines=table(rows),
        summary={**counts, "left_out": len(checked.skipped)},
        values={
            "file": str(file),
            "sha256": checked.sha256,
            "upstreams": checked.manifest.upstreams,
            "taken": result,
            "left_out": sorted(checked.skipped),
        },
    )


def _counts(manifest: Manifest) -> dict[str, int]:
    return {
        "packuments": len(manifest.packuments),
        "tarballs": len(manifest.tarballs),
        "attestations": len(manifest.attestations),
        "keys": len(manifest.keys),
    }


def _words(counts: Mapping[str, int]) -> str:
    words = [f"{count} {what}" for what, count in counts.items() if what != "keys"]
    return ", ".join([*words, f"keys of {counts['keys']} upstreams"])
