"""Histories of packages for tests, whole and valid by default, and their candidates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from imprint.history.axes import Axes, Carries
from imprint.history.candidates import Candidate
from imprint.history.claims import claimed_axes
from imprint.history.drift import DriftSettings, drift_of
from imprint.history.identities import PublisherIdentity
from imprint.history.projection import PackumentHistory, Projection
from imprint.history.publications import Publication

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.history.events import DriftEvent

DAY = 86_400.0
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC).timestamp()
ALL = Carries(
    times=True,
    users=True,
    trusted_publishers=True,
    approvers=True,
    signatures=True,
    attestations=True,
)
NONE = Carries(
    times=False,
    users=False,
    trusted_publishers=False,
    approvers=False,
    signatures=False,
    attestations=False,
)
PROVENANCE = {"provenance_type": "https://slsa.dev/provenance/v1", "has_attestations": True}
TRUSTED = {"user": "GitHub Actions", "email": "actions@ci.example", "trusted_publisher": "github"}
SIGNED = (("SHA256:key", "c2ln"),)


def publication(version: str, days_ago: float | None = 10, **more: Any) -> Publication:
    """A version that alice published with a token, `days_ago` days before `NOW`; signed."""
    published = None if days_ago is None else NOW - days_ago * DAY
    whole = {"user": "alice", "email": "alice@acme.example", "signatures": SIGNED, **more}
    return Publication(version=version, published=published, **whole)


def trusted(version: str, days_ago: float | None = 10, **more: Any) -> Publication:
    """A version by a trusted publisher, with provenance."""
    return publication(version, days_ago, **{**TRUSTED, **PROVENANCE, **more})


def history(*rows: Publication, name: str = "widget", **more: Any) -> PackumentHistory:
    """The history of these rows, in the order of their versions' text."""
    moments = [row.published for row in rows if row.published is not None]
    whole = {
        "dist_tags": {},
        "first_published": min(moments, default=None),
        "publications": tuple(rows),
        **more,
    }
    return PackumentHistory.of(Projection(name=name, **whole))


def candidate(*rows: Publication, **more: Any) -> Candidate:
    """The last of `rows`, as a packument tells it."""
    version = more.pop("version", rows[-1].version if rows else "1.0.0")
    found = more.pop("history", None) or history(*rows)
    carries = more.pop("carries", ALL)
    row = found.publication(version)
    axes = Axes() if row is None else claimed_axes(row, carries)
    given = {"axes": axes, **more}
    return Candidate(history=found, carries=carries, version=version, **given)


def identity(**more: Any) -> PublisherIdentity:
    """A run of acme/widget's release workflow, of a tag."""
    whole: dict[str, Any] = {
        "provider": "github",
        "issuer": "https://token.actions.example",
        "repository": "acme/widget",
        "repository_id": "1001",
        "owner": "acme",
        "owner_id": "7",
        "workflow": ".github/workflows/release.yml",
        "ref": "refs/tags/v1.0.0",
        "event": "push",
        "runner": "hosted",
        "visibility": "public",
    }
    return PublisherIdentity(**{**whole, **more})


def events(judged: Candidate, *, now: float = NOW, **settings: Any) -> tuple[DriftEvent, ...]:
    """The events of a candidate."""
    return drift_of(judged, now=now, settings=DriftSettings(**settings))


def told(judged: Candidate, *, now: float = NOW, **settings: Any) -> dict[str, str]:
    """The events of a candidate: severity by id, without what is better than before."""
    return {
        event.id.value: event.severity.word
        for event in events(judged, now=now, **settings)
        if event.id.value != "upgraded"
    }


def neighbours(*histories: PackumentHistory) -> Mapping[str, PackumentHistory]:
    """Histories by name, to be asked as `Candidate.neighbour`."""
    return {found.name: found for found in histories}
