"""What to type about a package that policy refuses or warns of, for the project's own client.

Names come from lockfiles, which anybody may have written: each is quoted for the shell.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from imprint.cli.render.audit.standings import reasons_of
from imprint.history.events import EventId
from imprint.policy.codes import RuleCode
from imprint.policy.decisions import Admitted, Refused, Undecided

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.audit.model import Audit, AuditedPackage
    from imprint.policy.decisions import Reason

NEVER_ACCEPTED = frozenset(
    {
        EventId.SIGNATURE_INVALID,
        EventId.INTEGRITY_MISMATCH,
        EventId.ATTESTATION_INVALID,
        EventId.ATTESTATION_SUBJECT_MISMATCH,
    }
)
"""What is broken can only be quarantined by its digest."""
_ACCEPTANCE = "an acceptance"
"""As `release` of an event has it, at its end."""
_WAITING = "waiting "
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


def shared_actions(packages: Sequence[AuditedPackage], audit: Audit) -> tuple[Action, ...]:
    """Return what can be done about each of them in the same words."""
    first, *others = (actions_of(package, audit) for package in packages)
    return tuple(action for action in first if all(action in one for one in others))


def _actions(package: AuditedPackage, audit: Audit) -> Iterator[Action]:
    reasons = reasons_of(package)
    if package.hold_at is not None:
        yield _hold(package, package.hold_at, audit.lockfile_format)
    yield from _release(reasons)
    yield from _acceptance(package)
    hint = next((reason.hint for reason in reasons if reason.hint), None)
    if hint is not None:
        yield Action(hint)


def _release(reasons: Sequence[Reason]) -> Iterator[Action]:
    """Yield what would release it; of several reasons each has its own, and the first is told."""
    named = next((reason for reason in reasons if reason.release), None)
    if named is None or named.release is None:
        return
    if named.until is not None and named.release.startswith(_WAITING):
        yield Action(f"wait {named.release.removeprefix(_WAITING)}")
        return
    what = "it passes" if len(reasons) == 1 else f"`{named.code}` passes"
    # Acceptance is an action of its own, with its command.
    way = named.release.removesuffix(f", or {_ACCEPTANCE}")
    if way != _ACCEPTANCE:
        yield Action(f"{what} with {way}")


def _acceptance(package: AuditedPackage) -> Iterator[Action]:
    match package.decision:
        case Undecided():
            return  # what nobody could look at is nothing that somebody could agree to
        case Refused(reasons=reasons):
            pass
        case Admitted(warnings=reasons):
            pass
    if any(one.code in NEVER_ACCEPTED for one in reasons):
        return
    if all(one.code == RuleCode.UNKNOWN_EVIDENCE for one in reasons):
        return  # as of the undecided
    finding, all_of_them = reasons[0].fingerprint, ""
    if len(reasons) > 1:
        finding = shlex.quote(f"{package.name}@{package.version}")
        all_of_them = f", all {len(reasons)} reasons"
    yield Action(f"accept it{all_of_them}", f"imprint policy accept {finding} --reason … --for 30d")


def _hold(package: AuditedPackage, version: str, lockfile_format: str) -> Action:
    client = next((one for one in _CLIENTS if lockfile_format.startswith(one.format)), _NPM)
    if len(package.path) <= _DIRECT:
        name = next(iter(package.aliases), package.name)
        wanted = f"{package.name}@{version}"
        if name != package.name:
            wanted = f"{name}@npm:{wanted}"
        return Action(f"hold it at {version}", f"{client.add} {shlex.quote(wanted)}")
    return Action(f"hold it at {version} by {client.overrides}")
