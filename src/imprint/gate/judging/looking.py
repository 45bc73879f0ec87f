"""Which versions of a packument are verified before it is served. Pure.

The young ones, and the heads of release lines: what a range or a tag resolves to. Every other
version is judged by the registry's word until somebody asks for its tarball.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.evidence.bursts import quick_releases
from imprint.history.backdrops import Backdrop
from imprint.history.lines import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.gate.judging.policies import GatePolicy
    from imprint.gate.model import UpstreamDocument
    from imprint.history.axes import Carries
    from imprint.history.bursts import Published
    from imprint.history.lines import Lines
    from imprint.history.publications import PackageHistory

MOST_VERIFIED = 48
"""Of one packument; what is over it is verified when its tarball is asked for."""


def young_of(history: PackageHistory, *, now: float, fresh_seconds: float) -> tuple[str, ...]:
    """Return the versions that are fresh at `now`, the newest first."""
    found = [
        (moment, version)
        for version, moment in history.moments.items()
        if moment is not None and now - moment <= fresh_seconds
    ]
    return tuple(version for _, version in sorted(found, reverse=True))


def heads_of(history: PackageHistory, lines: Lines) -> tuple[str, ...]:
    """Return the newest version of each release line, the newest first."""
    all_lines = dict.fromkeys(line_of(version) for version in history.moments)
    heads = [next(lines.newest_first(line), None) for line in all_lines]
    found = [(lines.moment_of(head) or 0.0, head) for head in heads if head is not None]
    return tuple(head for _, head in sorted(found, reverse=True))


def verified_first(
    history: PackageHistory, *, lines: Lines, now: float, fresh_seconds: float
) -> frozenset[str]:
    """Return the versions that are verified before the packument is served."""
    found: dict[str, None] = {}
    for version in _in_order(history, lines, now, fresh_seconds):
        if len(found) == MOST_VERIFIED:
            break
        if version in history.moments:
            found[version] = None
    return frozenset(found)


def _in_order(
    history: PackageHistory, lines: Lines, now: float, fresh_seconds: float
) -> Iterator[str]:
    latest = history.dist_tags.get("latest")
    if latest is not None:
        yield latest
    yield from young_of(history, now=now, fresh_seconds=fresh_seconds)
    yield from heads_of(history, lines)
    yield from history.dist_tags.values()


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What versions of a packument are judged before, without asking anybody."""

    backdrop: Backdrop
    young: tuple[str, ...]
    verified: frozenset[str]
    published: tuple[Published, ...]
    """What of it may be of a burst."""


def surroundings_of(
    document: UpstreamDocument, policy: GatePolicy, carries: Carries, now: float
) -> Surroundings:
    """Return what one version of a document is judged before; none is verified for it."""
    history, fresh = document.history, policy.loaded.policy.fresh_seconds
    return Surroundings(
        backdrop=Backdrop(history, carries),
        young=young_of(history, now=now, fresh_seconds=fresh),
        verified=frozenset(),
        published=tuple(quick_releases(history, since=now - fresh)),
    )


def whole_surroundings_of(
    document: UpstreamDocument,
    policy: GatePolicy,
    carries: Carries,
    now: float,
    suspects: frozenset[str],
) -> Surroundings:
    """Return what a whole document is judged before; `suspects` are verified in any case."""
    found = surroundings_of(document, policy, carries, now)
    verified = verified_first(
        document.history,
        lines=found.backdrop.lines,
        now=now,
        fresh_seconds=policy.loaded.policy.fresh_seconds,
    )
    return replace(found, verified=verified | suspects.intersection(document.history.moments))
