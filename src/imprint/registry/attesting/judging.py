"""Does verified provenance belong to this publication? Decided on what the package is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.publishers.comparisons import known
from imprint.publishers.matching import Matched, match
from imprint.refusals import Refusal
from imprint.registry.attesting.refusing import refusing
from imprint.registry.attesting.runs import judge_run
from imprint.registry.attesting.sources import judge_repository
from imprint.storage import publishers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.npm.names import PackageName
    from imprint.npm.strict_json import Json
    from imprint.publishers.publications import Publication
    from imprint.registry.attesting.provenance import Proved
    from imprint.registry.context import Registry
    from imprint.storage.packages import Package


def judge_provenance(
    registry: Registry,
    connection: Connection,
    proved: Proved | None,
    *,
    package: Package | None,
    name: PackageName,
    publication: Publication,
    repository: Json,
) -> Refusal | None:
    """Return why this provenance, or none, does not do for this publication, or None.

    (1) there is some where the package demands it
    (2) by a publish credential: it is of the very run whose ID token was exchanged; by a token: of
        a run that one of the package's trusted publishers would let publish, where it has any
    (3) package.json names its source, by today's name or one that the publisher's ids have carried
    """
    if proved is None:
        return judge_demand(package, publication)  # (1)
    labels: frozenset[str] = frozenset()
    if publication.workload is not None:  # (2)
        refusal = judge_run(proved.workload, publication.workload)
        if refusal is None and publication.publisher_id is not None:
            labels = publishers.labels_of(connection, publication.publisher_id)
    else:
        matched = _matched(registry, connection, proved, package=package, name=name)
        refusal = matched if isinstance(matched, Refusal) else None
        if isinstance(matched, Matched):
            labels = publishers.labels_of(connection, matched.publisher.id)
    return refusal or judge_repository(  # (3)
        repository,
        address=proved.repository_address,
        name=known(proved.workload.repository) or "",
        labels=labels,
    )


def judge_demand(package: Package | None, publication: Publication) -> Refusal | None:
    """Return that the package takes only versions with verified provenance, or None."""
    demanded = package is not None and package.provenance_required
    if not demanded or publication.provenance is not None:
        return None
    return Refusal(
        code="provenance-required",
        message="the package takes only versions with provenance, and none was attached",
        hint="publish with `--provenance`, from a CI job with an ID token",
    )


def _matched(
    registry: Registry,
    connection: Connection,
    proved: Proved,
    *,
    package: Package | None,
    name: PackageName,
) -> Matched | Refusal | None:
    """Return the trusted publisher that would let the signing run publish; None without any.

    A token proves no run. Whoever has one could attach provenance of any repository whatever, and
    readers would take it for the package's own.
    """
    exists = package is not None and package.unpublished_at is None
    # Anybody may make a pending publisher for a name that is free: it demands nothing of others.
    there = [
        publisher for publisher in publishers.for_package(connection, name) if not publisher.pending
    ]
    if not there:
        return None
    verdict = match(
        proved.workload,
        there,
        package=name,
        now=registry.clock(),
        exists=exists,
        banned_events=registry.banned_events,
    )
    if isinstance(verdict, Matched):
        return verdict
    return refusing(
        Refusal(
            code="provenance-publisher",
            message=f"it is of a run that cannot publish here: {verdict.refusal.message}",
            hint="a package with trusted publishers takes provenance of their runs alone; publish"
            " through the exchange",
            mismatches=verdict.refusal.mismatches,
        )
    )
