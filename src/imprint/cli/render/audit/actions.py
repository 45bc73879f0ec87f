"""What to type about a package that policy refuses or warns of, for the project's own client.

Names come from lockfiles, which anybody may have written: each is quoted for the shell.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from imprint.cli.render.audit.standings import reasons_of
from imprint.history.events import EventId
from imprint.policy.decisions import Admitted, Refused, Undecided

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.audit.model import Audit, AuditedPackage

NEVER_ACCEPTED = frozenset(
    {
        EventId.SIGNATURE_INVALID,
        EventId.INTEGRITY_MISMATCH,
        EventId.ATTESTATION_INVALID,
        EventId.ATTESTATION_SUBJECT_MISMATCH,
    }
)
"""What is broken can only be quarantined by its digest."""
_DIRECT = 2
"""A way into the graph of a project and a package: package.json names the package."""


class _Client(NamedTuple):
    format: str
    add: str
    overrides: str


_CLIENTS = (
    _Client("pnpm", "pnpm add", "`overrides` in pnpm-workspace.yaml"),
    _Client("yarn", "yarn add", "`resolutions` in package.json"),
    _Client("bun", "bun add", "`overrides` in package.json"),
    _Client("npm", "npm install", "`overrides` in package.json"),
)
_NPM = _CLIENTS[-1]


class Action(NamedTuple):
    """What to do, and the command that does it."""

    what: str
    command: str | None = None

    def __str__(self) -> str:
        return self.what if self.command is None else f"{self.what}: `{self.command}`"


def actions_of(package: AuditedPackage, audit: Audit) -> tuple[Action, ...]:
    """Return what can be done about the package, the best first; empty: nothing has to be."""
    return tuple(_actions(package, audit))


def _actions(package: AuditedPackage, audit: Audit) -> Iterator[Action]:
    reasons = reasons_of(package)
    if package.hold_at is not None:
        yield _hold(package, package.hold_at, audit.lockfile_format)
    release = next((reason.release for reason in reasons if reason.release), None)
    if release is not None:
        yield Action(f"what releases it: {release}")
    yield from _acceptance(package)
    hint = next((reason.hint for reason in reasons if reason.hint), None)
    if hint is not None:
        yield Action(hint)


def _acceptance(package: AuditedPackage) -> Iterator[Action]:
    match package.decision:
        case Undecided():
            return  # what nobody could look at is nothing that somebody could agree to
        case Refused(reasons=reasons):
            pass
        case Admitted(warnings=reasons):
            pass
    if not reasons or any(one.code in NEVER_ACCEPTED for one in reasons):
        return
    command = f"imprint policy accept {reasons[0].fingerprint} --reason … --for 30d"
    each = "" if len(reasons) == 1 else f", each of its {len(reasons)} reasons"
    yield Action(f"accept it{each}", command)


def _hold(package: AuditedPackage, version: str, lockfile_format: str) -> Action:
    client = next((one for one in _CLIENTS if lockfile_format.startswith(one.format)), _NPM)
    if len(package.path) <= _DIRECT:
        name = next(iter(package.aliases), package.name)
        wanted = f"{package.name}@{version}"
        if name != package.name:
            wanted = f"{name}@npm:{wanted}"
        return Action(f"hold it at {version}", f"{client.add} {shlex.quote(wanted)}")
    return Action(f"hold it at {version} by {client.overrides}")
