"""`python -m tests.authority`: the stand-in on loopback, until it is interrupted.

It prints how a stock npm is led to it, and writes `client_trust_config.json` for whoever takes
one (`imprint trust-roots update`, sigstore's own clients).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
from pathlib import Path

from imprint.identity.workload import Provider
from imprint.tokens.registration import new_issuer
from tests.authority import documents
from tests.authority.authority import Authority
from tests.authority.server import AuthorityServer


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.authority", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path(), help="where files are written")
    parser.add_argument(
        "--issuer",
        action="append",
        default=[],
        metavar="PROVIDER=URL",
        help="whose ID tokens buy certificates, `github=https://ci.example.test`; repeatable",
    )
    chosen = parser.parse_args()
    issuers = [
        new_issuer(name=provider, url=url, provider=Provider(provider))
        for provider, _, url in (text.partition("=") for text in chosen.issuer)
    ]
    folder = chosen.folder.resolve()
    authority = Authority()
    with AuthorityServer(authority, issuers=issuers, port=chosen.port) as face:
        path = folder / "client_trust_config.json"
        config = documents.client_trust_config(authority, face.address)
        path.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
        face.seed_cache(folder)
        lines = [f"a stand-in for sigstore, for tests alone, is listening on {face.address}"]
        lines += [f"export {name}={value}" for name, value in face.variables(folder).items()]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
