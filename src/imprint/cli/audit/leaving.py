"""What is left of a run for later ones: pins that were agreed to, and what was judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imprint.audit.lockfile_places import lockfiles_below
from imprint.audit.lockfiles import find_lockfile
from imprint.audit.recorded_subjects import append, folder_of
from imprint.cli.audit.options import MAX_AGE_SECONDS
from imprint.cli.audit.remembered import LIFETIME_SECONDS
from imprint.cli.caches import cache_folder
from imprint.cli.session import say
from imprint.policy.decisions import Admitted, Undecided
from imprint.policy.pins import FILE_NAME, updated, with_lines_of
from imprint.policy.pins import write_pins as written
from imprint.refusals import Malformed, Unavailable
from imprint.storage.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from imprint.audit.lockfiles import FoundLockfile
    from imprint.audit.model import Audit
    from imprint.cli.audit.options import Wish
    from imprint.evidence.policies import LoadedPolicy


def write_pins(audits: Sequence[Audit], loaded: LoadedPolicy) -> None:
    """Agree to what was admitted: it is what is compared with from now on.

    `audits` are of the lockfiles that were judged by `loaded`. What one of them does not admit is
    agreed to in none.
    """
    packages = [one for audit in audits for one in audit.packages]
    subjects = [one for audit in audits for one in audit.subjects]
    left = {(one.name, one.version) for one in packages if not isinstance(one.decision, Admitted)}
    agreed = [one for one in subjects if (one.name, one.version) not in left]
    names = [name for name, _ in left]
    names += _locked_elsewhere({Path(one.lockfile).resolve() for one in audits}, loaded)
    now = max(audit.now for audit in audits)
    pins = with_lines_of(updated(loaded.pins, agreed, now=now), loaded.pins, names)
    write_whole(loaded.folder / FILE_NAME, written(pins).encode())
    count = sum(map(len, pins.values()))
    say(f"wrote {count} {'pin' if count == 1 else 'pins'} to {loaded.folder / FILE_NAME}")


def _locked_elsewhere(own: Collection[Path], loaded: LoadedPolicy) -> Iterator[str]:
    """Yield the names in other lockfiles of the policy: their pins are none of this run's."""
    for place in {loaded.folder, *(path.parent for path in lockfiles_below(loaded.folder))}:
        try:
            found = find_lockfile(place)
        except Malformed as err:
            if err.code == "no-lockfile":
                continue
            yield from loaded.pins  # which are its own nobody can tell: all of them stay
            return
        except Unavailable:
            yield from loaded.pins
            return
        if found.path.resolve() not in own:
            yield from (package.name for package in found.lockfile.registry_packages())


def record(done: Audit, found: FoundLockfile) -> None:
    """Keep what was judged, so that another policy can be tried on it."""
    try:
        append(
            folder_of(cache_folder(), found.folder),
            done.subjects,
            lockfile=found.filename,
            now=done.now,
            decisions=[one.decision for one in done.packages],
        )
    except OSError as err:
        say(f"warning: the run was not kept for `imprint policy test`: {err.strerror}")


def is_decided(done: Audit) -> bool:
    """Tell whether nothing was left open: also beside what is refused it may be known soon."""
    return not any(isinstance(one.decision, Undecided) for one in done.packages)


def stands_until(done: Audit, loaded: LoadedPolicy, wish: Wish) -> float:
    """Return how long a result may stand: until something in it changes by itself.

    At most no longer than somebody asks for by itself.
    """
    is_usual = wish.max_age_seconds >= MAX_AGE_SECONDS
    lifetime = LIFETIME_SECONDS if is_usual else wish.max_age_seconds
    ends = (done.next_change, loaded.policy.enforce_from, done.now + LIFETIME_SECONDS)
    changes = min(end for end in ends if end is not None and end > done.now)
    return min(changes, done.now + lifetime)
