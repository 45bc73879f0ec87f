"""A project whose lockfile names what a registry on loopback has; a test says what differs."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from imprint.npm.names import PackageName
from tests.authority.cases.case import identity
from tests.support.trust import ISSUER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.authority.identities import Identity
    from tests.support.upstream_registry import UpstreamStandIn

DAY = 86_400.0
TRUSTED = {
    "name": "GitHub Actions",
    "email": "ci@example.test",
    "trustedPublisher": {"id": "github", "oidcConfigId": "oidc:1"},
}
BY_TOKEN = {"name": "wile", "email": "wile@example.test"}
KEYS = "/-/npm/v1/keys"


def run_of(repository: str = "acme/rocket", **claims: object) -> Identity:
    """A run of a repository's release workflow, for its tag."""
    workflow = f"{repository}/.github/workflows/release.yml@refs/tags/v1.2.0"
    named = {
        "repository": repository,
        "repository_owner": repository.partition("/")[0],
        "sub": f"repo:{repository}:environment:npm",
        "workflow_ref": workflow,
        "job_workflow_ref": workflow,
    }
    return identity(**named, **claims)


@dataclass
class Project:
    """A folder with package.json and package-lock.json, and what the registry has of it."""

    folder: Path
    upstream: UpstreamStandIn
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    dependencies: dict[str, str] = field(default_factory=dict)
    workspaces: list[str] = field(default_factory=list)
    integrities: dict[tuple[str, str], str] = field(default_factory=dict)

    def publish(
        self,
        name: str = "@acme/widget",
        version: str = "1.0.0",
        *,
        days_ago: float = 60.0,
        user: dict[str, Any] | None = None,
        **more: Any,
    ) -> str:
        """Let the registry have a version by a trusted publisher; returns its integrity."""
        upstream = self.upstream
        upstream.now = float(int(time.time() - days_ago * DAY))
        repository = {"type": "git", "url": "git+https://forge.example.test/acme/rocket.git"}
        data = upstream.publish(name, version, **{"repository": repository, **more})
        self.say(name, version, _npmUser=TRUSTED if user is None else user)
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
        self.integrities[name, version] = integrity
        return integrity

    def by_token(self, name: str, version: str, **more: Any) -> str:
        """Let it have a version that a person's token published, without provenance."""
        return self.publish(name, version, **{"user": BY_TOKEN, "attested": False, **more})

    def say(self, name: str, version: str, **members: object) -> None:
        """Change members of a version's manifest; None takes one away."""
        document = self.upstream.packuments[name]
        found = document["versions"][version] | members
        document["versions"][version] = {k: v for k, v in found.items() if v is not None}
        self.serve(name)

    def serve(self, name: str) -> None:
        """Serve a packument as it is now."""
        self.upstream.put(PackageName.parse(name).escaped, self.upstream.packuments[name])

    def unpublish(self, name: str, version: str) -> None:
        """Take a version away; its time stays, as registries leave it."""
        document = self.upstream.packuments[name]
        del document["versions"][version]
        document["dist-tags"] = {"latest": next(iter(document["versions"]))}
        self.serve(name)

    def lock(self, name: str = "@acme/widget", version: str = "1.0.0", **more: Any) -> None:
        """Lock a version, as a direct dependency; `at` is the folder below node_modules."""
        folder = more.pop("at", name)
        self.dependencies[folder] = version if folder == name else f"npm:{name}@{version}"
        entry = {
            "name": None if folder == name else name,
            "version": version,
            "resolved": f"{self.upstream.url}{name}/-/{version}.tgz",
            "integrity": self.integrities.get((name, version)),
            **more,
        }
        kept = {key: value for key, value in entry.items() if value is not None}
        self.packages[f"node_modules/{folder}"] = kept

    def unlock(self, name: str) -> None:
        """Lock it no more."""
        del self.packages[f"node_modules/{name}"], self.dependencies[name]

    def write(self, policy: str | None = None) -> None:
        """Write package.json and package-lock.json, and a policy."""
        self.folder.mkdir(parents=True, exist_ok=True)
        root: dict[str, Any] = {"name": "app", "version": "1.0.0"}
        root["dependencies"] = self.dependencies
        if self.workspaces:
            root["workspaces"] = self.workspaces
        lock = {
            "name": "app",
            "version": "1.0.0",
            "lockfileVersion": 3,
            "packages": {"": root, **self.packages},
        }
        (self.folder / "package.json").write_text(json.dumps(root, indent=2))
        (self.folder / "package-lock.json").write_text(json.dumps(lock, indent=2))
        if policy is not None:
            (self.folder / "imprint.toml").write_text(f"version = 1\n{policy}")

    def trusting(self) -> tuple[str, ...]:
        """Return the words that make the stand-in for sigstore believed."""
        path = self.upstream.write_root(self.folder.parent)
        issuer = f"{ISSUER.url}={ISSUER.provider.value}"
        return ("trust-roots", "update", "--file", str(path), "--issuer", issuer)


def moment(seconds: float) -> str:
    """Return a time as packuments have it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
