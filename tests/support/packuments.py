"""Packuments as a registry with trusted publishers has them, small and of today."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

NAME = "@acme/widget"
TRUSTED = {
    "name": "GitHub Actions",
    "email": "ci@example.test",
    "trustedPublisher": {"id": "github", "oidcConfigId": "oidc:1"},
}
TOKEN = {"name": "mallory", "email": "m@example.test"}


def packument(*versions: tuple[str, float, object, bool], name: str = NAME) -> dict[str, Any]:
    """A packument whose versions are (version, days ago, who, whether there is provenance)."""
    now = time.time()
    attestations = {"url": "x", "provenance": {"predicateType": "https://slsa.dev/provenance/v1"}}
    moments = {
        version: datetime.fromtimestamp(now - days * 86_400, UTC).isoformat()
        for version, days, _, _ in versions
    }
    return {
        "name": name,
        "dist-tags": {"latest": versions[-1][0]},
        "time": moments,
        "versions": {
            version: {
                "name": name,
                "version": version,
                "_npmUser": who,
                "dist": {
                    "tarball": "https://registry.example.test/x.tgz",
                    "signatures": [{"keyid": "k", "sig": "c2ln"}],
                    **({"attestations": attestations} if attested else {}),
                },
            }
            for version, _, who, attested in versions
        },
    }
