"""`imprint serve`."""

from __future__ import annotations

import os

import click

from imprint.cli.commands import Command
from imprint.cli.session import current


@click.command(
    cls=Command,
    epilog="""\b
Example:
  imprint serve --data /srv/imprint --listen 127.0.0.1:4873
  imprint serve --upstream https://registry.example.test --policy imprint.toml
The first account is made with `imprint admin user add NAME --admin`.""",
)
@click.option("--data", metavar="DIR", help="Folder of database, blobs and secret key.")
@click.option("--listen", metavar="HOST:PORT", help="Where to listen; port 0 takes a free one.")
@click.option("--database", metavar="URL", help="`sqlite:///FILE` or `postgresql://…`.")
@click.option("--blobs", metavar="URL", help="A folder, `s3://…`, `gs://…` or `az://…`.")
@click.option("--public-url", metavar="URL", help="The address that clients use.")
@click.option("--upstream", metavar="URL", help="Serve what is not ours from this registry.")
@click.option("--policy", metavar="FILE", help="What of the upstream may be installed.")
@click.option("--advisories", metavar="FILE", help="Known flaws: OSV's archive (all.zip).")
def command(**flags: str | None) -> None:
    """Run the registry, and with `--upstream` the gate before another one, in one process.

    Everything is in one folder unless told otherwise. Prints its address as its first line, and
    ends cleanly on SIGTERM and SIGINT.
    """
    # What the server is made of is imported here alone: no other command waits for it.
    from imprint import settings
    from imprint.server.logs import set_up
    from imprint.server.start import serve

    session = current()
    loaded = settings.load(file=session.config, environment=os.environ, flags=flags)
    set_up(verbosity=session.verbosity, as_json=session.format == "json")
    serve(loaded)
