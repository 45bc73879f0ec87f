"""Packages of an upstream, with histories as attacks have left them, and harmless ones beside them.

Each was published by a trusted publisher with provenance that verifies, for months; the last
version of each of `BAD` is what its name says. Real shapes: facts, incidents §2.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.authority.cases.case import identity

if TYPE_CHECKING:
    from tests.authority.identities import Identity
    from tests.support.upstream_registry import UpstreamStandIn

DAY = 86_400.0
HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A package whose newest version is not to be installed."""

    name: str
    good: str
    """The newest version that may be."""
    bad: str
    code: str
    """Why, as reasons call it."""


DOWNGRADED = Bad(name="courier", good="1.14.0", bad="1.14.1", code="auth-regressed")
"""axios, March 2026: by a stolen token, with a dependency that is a day old."""
NEWBORN = "plain-courier-crypto"
"""That dependency."""
CHANGED = Bad(name="compass", good="2.1.0", bad="2.1.1", code="publisher-repo-changed")
"""By a trusted publisher of another repository, with certificates that are real."""
SCRIPTED = Bad(name="lantern", good="1.0.1", bad="1.0.2", code="release-install-script-added")
"""By its publisher, but with a script that runs at installation."""
YOUNG = Bad(name="pebble", good="1.0.0", bad="1.0.1", code="release-too-young")
"""By its publisher, an hour ago."""
BAD = (DOWNGRADED, CHANGED, SCRIPTED, YOUNG)
NEW_PACKAGE = "hatchling"
"""Its only versions, 1.0.0 and 1.0.1, are of this day: nothing of it may be installed."""

CLEAN = "harbor"
"""Version 2.0.0, which depends on `rope` and `@dock/knot`."""
CLEAN_TREE = {"harbor": "2.0.0", "rope": "1.2.0", "@dock/knot": "1.0.0"}


def write_histories(upstream: UpstreamStandIn) -> None:
    """Publish all of them; the upstream knows no advisories."""
    upstream.put("-/npm/v1/security/advisories/bulk", {})
    for name, dependencies in (
        ("rope", {}),
        ("@dock/knot", {}),
        ("harbor", {"rope": "^1.0.0", "@dock/knot": "^1.0.0"}),
    ):
        trusted(upstream, name, CLEAN_TREE[name], days_ago=90, dependencies=dependencies)
    _write_downgraded(upstream)
    _write_changed(upstream)
    trusted(upstream, SCRIPTED.name, "1.0.0", days_ago=120)
    trusted(upstream, SCRIPTED.name, SCRIPTED.good, days_ago=60)
    script: dict[str, Any] = {"scripts": {"postinstall": "node index.js"}, "hasInstallScript": True}
    trusted(upstream, SCRIPTED.name, SCRIPTED.bad, days_ago=3, **script)
    trusted(upstream, YOUNG.name, YOUNG.good, days_ago=100)
    trusted(upstream, YOUNG.name, YOUNG.bad, days_ago=1 / 24)
    trusted(upstream, NEW_PACKAGE, "1.0.0", days_ago=3 / 24)
    trusted(upstream, NEW_PACKAGE, "1.0.1", days_ago=2 / 24)


def trusted(
    upstream: UpstreamStandIn,
    name: str,
    version: str,
    *,
    days_ago: float,
    run: Identity | None = None,
    **package_json: Any,
) -> None:
    """Publish as a trusted publisher does, with what a run signs."""
    user = {
        "name": "GitHub Actions",
        "email": "actions@ci.example.test",
        "trustedPublisher": {"id": "github", "oidcConfigId": f"oidc:{name}"},
    }
    by = run or run_of(f"acme/{_stem(name)}", name=name, version=version)
    _publish(upstream, name, version, user, days_ago=days_ago, run=by, **package_json)


def by_token(
    upstream: UpstreamStandIn,
    name: str,
    version: str,
    *,
    days_ago: float,
    user: str = "wile",
    **package_json: Any,
) -> None:
    """Publish as a person with a token does."""
    by = run_of(f"acme/{_stem(name)}", name=name, version=version)
    account = {"name": user, "email": f"{user}@acme.example.test"}
    options: dict[str, Any] = {"days_ago": days_ago, "run": by, "attested": False, **package_json}
    _publish(upstream, name, version, account, **options)


def run_of(repository: str, *, name: str, version: str, repository_id: str = "") -> Identity:
    """Return a run of a repository's release workflow, of the tag of a version."""
    owner, ref = repository.partition("/")[0], f"refs/tags/v{version}"
    workflow = f"{repository}/.github/workflows/release.yml@{ref}"
    return identity(
        repository=repository,
        repository_id=repository_id or str(100_000 + sum(name.encode())),
        repository_owner=owner,
        repository_owner_id=str(1000 + sum(owner.encode())),
        ref=ref,
        sub=f"repo:{repository}:environment:npm",
        job_workflow_ref=workflow,
        workflow_ref=workflow,
    )


def _write_downgraded(upstream: UpstreamStandIn) -> None:
    name = DOWNGRADED.name
    for version, days_ago in (("1.12.0", 200), ("1.13.0", 120), (DOWNGRADED.good, 40)):
        trusted(upstream, name, version, days_ago=days_ago, dependencies={"rope": "^1.0.0"})
    by_token(upstream, NEWBORN, "4.2.1", days_ago=3, user="nrwise")
    dependencies = {"rope": "^1.0.0", NEWBORN: "^4.2.1"}
    by_token(upstream, name, DOWNGRADED.bad, days_ago=2, dependencies=dependencies)


def _write_changed(upstream: UpstreamStandIn) -> None:
    name = CHANGED.name
    for version, days_ago in (("2.0.0", 150), (CHANGED.good, 45)):
        trusted(upstream, name, version, days_ago=days_ago)
    other = run_of(
        f"compass-maintainers/{name}", name=name, version=CHANGED.bad, repository_id="666001"
    )
    trusted(upstream, name, CHANGED.bad, days_ago=5, run=other)


def _publish(
    upstream: UpstreamStandIn,
    name: str,
    version: str,
    user: dict[str, Any],
    *,
    days_ago: float,
    run: Identity,
    attested: bool = True,
    **package_json: Any,
) -> None:
    upstream.now = float(int(time.time() - days_ago * DAY))
    upstream.publish(name, version, run=run, attested=attested, **package_json)
    document = upstream.packuments[name]
    document["time"].setdefault("created", document["time"][version])
    document["time"]["modified"] = document["time"][version]
    document["versions"][version]["_npmUser"] = user
    # Where every registry has its tarballs: yarn locks no addresses of these.
    path = f"{name}/-/{_stem(name)}-{version}.tgz"
    upstream.answers[f"/{path}"] = upstream.answers.pop(f"/{name}/-/{version}.tgz")
    upstream.change(name, version, tarball=upstream.url + path)


def _stem(name: str) -> str:
    return name.rpartition("/")[2]
