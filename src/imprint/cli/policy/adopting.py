"""What `imprint policy init` does: every lockfile judged by one policy, and its files written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from imprint.audit.adoption import adopted, first_policy
from imprint.audit.lockfile_sets import Unread, places_of, read_places
from imprint.audit.model import Audit
from imprint.cli.audit.asked import Asked, registry_of
from imprint.cli.audit.leaving import record
from imprint.cli.audit.together import run_together
from imprint.cli.session import current
from imprint.evidence.policies import LoadedPolicy, text_of
from imprint.policy.acceptances import with_acceptances
from imprint.policy.baseline import FILE_NAME as BASELINE
from imprint.policy.pins import FILE_NAME as PINS
from imprint.policy.read import FILE_NAME, read_policy
from imprint.publish.configuration import Surroundings, read_configuration
from imprint.refusals import Unavailable, quoted
from imprint.storage.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imprint.audit.adoption import Adoption
    from imprint.audit.lockfiles import FoundLockfile
    from imprint.cli.audit.options import Wish


class Lockfiles(msgspec.Struct, frozen=True, kw_only=True):
    """The lockfiles that one policy is for."""

    folder: Path
    """Where it is written."""
    found: tuple[FoundLockfile, ...]
    left_out: tuple[str, ...] = ()
    """One line each: what lies below and cannot be read."""


class Adopted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it; the files are written."""

    lockfiles: Lockfiles
    audits: tuple[Audit, ...]
    """Of each lockfile, in their order."""
    adoption: Adoption
    accepted: int = 0
    """Acceptances of the policy before it, which stay."""


def lockfiles_of(paths: Sequence[Path]) -> Lockfiles:
    """Return what `paths` name: of a folder its own lockfile, and those of the folders below it.

    Raises what `find_lockfile` does for what is named; what lies below a folder and cannot be read
    is left out, and told.
    """
    read = read_places(places_of(paths, is_recursive=True).places)
    unread = [one for one in read if isinstance(one, Unread)]
    for one in unread:
        if one.is_named:
            raise one.error
    folders = [path if path.is_dir() else path.parent for path in paths]
    folder = folders[0]
    if len(folders) > 1:
        folder = Path(os.path.commonpath([each.resolve() for each in folders]))
    return Lockfiles(
        folder=folder,
        found=tuple(one for one in read if not isinstance(one, Unread)),
        left_out=tuple(f"{one.path}: {one.error.message}" for one in unread),
    )


def adopt(lockfiles: Lockfiles, wish: Wish, *, preset: str) -> Adopted:
    """Judge every lockfile by a first policy, and write it, with pins and baseline for all.

    Raises Unavailable (`nothing-to-check`) where of some lockfile nothing could be checked, and
    nothing is written then. What a policy in its place accepted stays accepted; raises Malformed
    where that one cannot be read.
    """
    text = first_policy(preset=preset, scopes=_scopes(lockfiles))
    place = lockfiles.folder / FILE_NAME
    if place.is_file():
        text = with_acceptances(text, of=text_of(place), origin=FILE_NAME)
    policy = read_policy(text, origin=FILE_NAME)
    loaded = LoadedPolicy(
        policy=policy,
        file=None,
        folder=lockfiles.folder,
        pins={},
        baseline=frozenset(),
        digest=policy.digest,
    )
    audits = _judged(lockfiles, wish, loaded)
    file = lockfiles.folder / BASELINE
    before = file.read_bytes() if file.is_file() else None
    adoption = adopted(audits, before=before)
    # The policy last: where it is, the others are whole.
    if adoption.baseline is not None:
        write_whole(file, adoption.baseline)
    write_whole(lockfiles.folder / PINS, adoption.pins.encode())
    write_whole(place, text.encode())
    for found, audit in zip(lockfiles.found, audits, strict=True):
        record(audit, found)
    return Adopted(
        lockfiles=lockfiles, audits=audits, adoption=adoption, accepted=len(policy.accept)
    )


def _judged(lockfiles: Lockfiles, wish: Wish, loaded: LoadedPolicy) -> tuple[Audit, ...]:
    asked = [(Asked(found=found), loaded) for found in lockfiles.found]
    audits = []
    for found, audit in zip(lockfiles.found, run_together(asked, wish), strict=True):
        if not isinstance(audit, Audit):
            raise audit
        if audit.packages and not audit.coverage.checked:
            raise Unavailable(
                "nothing-to-check",
                f"of {len(audit.packages)} packages in {quoted(str(found.path))} none could be"
                " checked: nothing is written",
                hint="is the registry that npm's configuration names to be reached?",
            )
        audits.append(audit)
    return tuple(audits)


def _scopes(lockfiles: Lockfiles) -> Mapping[str, str]:
    """Return the scopes of the lockfiles that have a registry of their own, the same in all."""
    found: dict[str, set[str]] = {}
    for one in lockfiles.found:
        around = Surroundings(folder=one.folder, home=Path.home(), environment=os.environ)
        configuration = read_configuration(around, registry=current().registry)
        usual = registry_of(configuration, None)
        names = {package.name for package in one.lockfile.registry_packages()}
        for scope in {name.partition("/")[0] for name in names if name.startswith("@")}:
            address = registry_of(configuration, scope[1:])
            found.setdefault(scope, set()).add("" if address == usual else address)
    return {
        scope: address
        for scope, addresses in sorted(found.items())
        if len(addresses) == 1 and (address := next(iter(addresses)))
    }
