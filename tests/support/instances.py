"""A registry whose trust domain `private` is the stand-in for sigstore, and clients led to both."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_der_public_key

from imprint.demo.issuer import StandInIssuer
from imprint.identity.workload import Provider
from imprint.tokens.issuers import Issuer
from imprint.tokens.registration import new_issuer
from tests.authority import documents
from tests.authority.authority import Authority
from tests.authority.server import AuthorityServer
from tests.support.server import RunningRegistry, running_registry

SETTINGS = """\
transparency_log = "{log}"
advertised_domains = ["private"]
"""


@contextmanager
def running_authority(issuer: StandInIssuer) -> Iterator[AuthorityServer]:
    """Run the stand-in, for ID tokens of the stand-in issuer."""
    with AuthorityServer(Authority(), issuers=issuers_of(issuer).values()) as face:
        yield face


def issuers_of(issuer: StandInIssuer) -> Mapping[Provider, Issuer]:
    """Return the stand-in issuer as each of its providers."""
    urls = {
        Provider.GITHUB: issuer.github,
        Provider.GITLAB: issuer.gitlab,
        Provider.CIRCLECI: issuer.circleci,
    }
    return {
        provider: new_issuer(name=provider.value, url=url, provider=provider)
        for provider, url in urls.items()
    }


@contextmanager
def signing_registry(
    folder: Path, *, issuer: StandInIssuer, face: AuthorityServer
) -> Iterator[RunningRegistry]:
    """Run a registry that believes the stand-in, logs there, and shows npm what comes of it."""
    folder.mkdir(parents=True, exist_ok=True)
    trust_instance(folder, issuer=issuer, face=face)
    settings = SETTINGS.format(log=face.address)
    (folder / "imprint-server.toml").write_text(settings, encoding="utf-8")
    with running_registry(folder, issuer=issuer) as running:
        keys = documents.keys_of_registry(*public_keys(running))
        face.add_registry(running.host, keys)
        (folder / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
        _update(folder, "--keys=keys.json", f"--registry={running.url}")
        yield running


def trust_instance(folder: Path, *, issuer: StandInIssuer, face: AuthorityServer) -> None:
    """Make the stand-in the trust domain `private` of a registry's folder, as people do."""
    config = folder / "client_trust_config.json"
    stated = documents.client_trust_config(face.authority, face.address)
    config.write_text(json.dumps(stated), encoding="utf-8")
    named = [
        f"--issuer={found.url}={provider.value}" for provider, found in issuers_of(issuer).items()
    ]
    _update(folder, f"--file={config.name}", *named)


def public_keys(registry: RunningRegistry):
    """Return the keys that a registry serves."""
    listed = registry.http("GET", "/-/npm/v1/keys").json["keys"]
    return [load_der_public_key(base64.b64decode(entry["key"])) for entry in listed]


def _update(folder: Path, *arguments: str) -> None:
    update = (sys.executable, "-m", "imprint", "trust-roots", "update", f"--data={folder}")
    ran = subprocess.run(
        [*update, *arguments],
        cwd=folder,
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
