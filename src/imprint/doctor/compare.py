"""Two states of a repository: which findings are new, and whether publishing became easier.

facts/workflows.md §9: CI fails only on new findings and on a weaker minimum principal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.doctor.ranking import strength

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imprint.doctor.model import Diagnosis, Finding
    from imprint.workflows.paths.model import PublishPath

NOBODY = "nobody"


class Weaker(msgspec.Struct, frozen=True, kw_only=True):
    """A package that somebody weaker than before can publish."""

    package: str
    before: str
    """The weakest principal that could; `nobody`."""
    after: str
    path: PublishPath


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What a change means."""

    revision: str
    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    """Those that were there before."""
    gone: tuple[Finding, ...]
    weaker: tuple[Weaker, ...]


def compare(before: Diagnosis, after: Diagnosis, *, revision: str) -> Comparison:
    """Return what `after` has that `before`, of `revision`, has not."""
    old = {finding.fingerprint for finding in before.findings}
    now = {finding.fingerprint for finding in after.findings}
    return Comparison(
        revision=revision,
        new=tuple(one for one in after.findings if one.fingerprint not in old),
        known=tuple(one for one in after.findings if one.fingerprint in old),
        gone=tuple(one for one in before.findings if one.fingerprint not in now),
        weaker=tuple(_weaker(before.paths, after.paths)),
    )


def who_of(path: PublishPath) -> str:
    """Return a path's principals in the specification's spelling."""
    return "+".join(str(principal) for principal in path.who)


def _weaker(before: Sequence[PublishPath], after: Sequence[PublishPath]) -> list[Weaker]:
    old, new = _weakest(before), _weakest(after)
    found = []
    for package, path in new.items():
        # A package that was not named before is held to what could publish any.
        then = old.get(package) or old.get("*")
        if then is None or strength(path) < strength(then):
            name = NOBODY if then is None else who_of(then)
            found.append(Weaker(package=package, before=name, after=who_of(path), path=path))
    return found


def _weakest(paths: Sequence[PublishPath]) -> Mapping[str, PublishPath]:
    """Return each package's path that is easiest to take; side classes are no principals here."""
    found: dict[str, PublishPath] = {}
    for path in paths:
        if path.can_publish and not any(one.of for one in path.who):
            known = found.get(path.package)
            if known is None or strength(path) < strength(known):
                found[path.package] = path
    return found
