"""Steps that look up whether somebody may: permission checks in scripts and known actions.

Source: facts/workflows.md §7.4 (membership and collaborator look-ups before the checkout); actions
are in `tables/actions.py`. Not here: `if` conditions (`guards.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.github.model import RemoteUse
from imprint.workflows.tables.actions import gate_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.workflows.effects.model import Site
    from imprint.workflows.tables.actions import Gate as GateRow

_LOOK_UP = re.compile(
    r"getMembershipForUserInOrg|checkMembershipForUser|getCollaboratorPermissionLevel"
    r"|checkCollaborator|getMembershipForUser\b|checkPublicMembershipForUser"
    r"|/collaborators\b|/memberships/|orgs/[^\s\"'`]+/members/|teams/[^\s\"'`]+/members"
)
_STOP = re.compile(
    r"setFailed|\bthrow\b|process\.exit\(\s*[1-9]|\bexit\s+[1-9]"
    r"|\|\s*grep\s+-\w*q|^\s*\[\[?\s.*\]\s*$|^\s*test\s",
    re.MULTILINE,
)
_SOURCE = re.compile(
    r"head\.repo\??\.(?:full_name|id|owner\??\.login)\s*(?:!==?|===?)"
    r"|(?:!==?|===?)\s*[\w.?]*head\.repo\??\.(?:full_name|id|owner\??\.login)"
    r"|head\.repo\??\.fork\b|isCrossRepository"
)
"""A comparison of where a pull request comes from with where it goes."""
_LONGEST = 65_536


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """A step that looks up what somebody may do."""

    site: Site
    stops: bool
    """It fails for whoever may not; False: it only answers, in its outputs."""
    is_of_source: bool = False
    """It looks whether the pull request is of this repository, not who asks."""

    @property
    def id(self) -> str | None:
        """By which name its outputs are asked for."""
        found = self.site.job_step.id or self.site.step.id
        return None if found is None else found.value


def gates_of(sites: Iterable[Site]) -> tuple[Gate, ...]:
    """Return the steps that look up a permission, in order."""
    return tuple(gate for site in sites if (gate := _gate(site)) is not None)


def _gate(site: Site) -> Gate | None:
    uses = site.step.uses
    for row in gate_table().gates if isinstance(uses, RemoteUse) else ():
        if isinstance(uses, RemoteUse) and row.action == uses.name and _asks(site, row):
            return Gate(site=site, stops=not row.outputs)
    text = site.run
    if text is None and isinstance(uses, RemoteUse) and uses.name == "actions/github-script":
        text = site.inputs.get("script")
    if text is None:
        return None
    if _SOURCE.search(text[:_LONGEST]) and _STOP.search(text[:_LONGEST]):
        return Gate(site=site, stops=True, is_of_source=True)
    own = [site.environment.get(name, "") for name in site.step.environment]
    if not any(_LOOK_UP.search(each[:_LONGEST]) for each in (text, *own)):
        return None
    return Gate(site=site, stops=_STOP.search(text[:_LONGEST]) is not None)


def _asks(site: Site, row: GateRow) -> bool:
    """Whether an action is told to ask for a right that strangers do not have."""
    if row.input is None:
        return True
    value = site.inputs.get(row.input, row.default)
    return value is not None and any(piece in value for piece in row.accepts)
