"""Identities of certificates, as far as a record states what they say.

What it does not state is the same before and after, so that no rule can fire for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from imprint.history.identities import PublisherIdentity

if TYPE_CHECKING:
    from benchmarks.replaying.completions import Completion
    from benchmarks.replaying.records import Facts

MAIN: Final = "refs/heads/main"
_USUAL: Final = PublisherIdentity(
    provider="github",
    issuer="https://issuer.example.test",
    repository="acme/widget",
    repository_id="1001",
    owner="acme",
    owner_id="2001",
    workflow=".github/workflows/release.yml",
    ref=MAIN,
    runner="hosted",
)
_STATED: Final = frozenset({"ref", "ref_changed", "event_name"})
_MOVED: Final = replace(_USUAL, repository="acme/gadget", repository_id="1002")
_CHANGES: Final = {
    "workflow_rename": replace(_USUAL, workflow=".github/workflows/publish.yml"),
    "workflow_merge": replace(_USUAL, workflow=".github/workflows/publish.yml"),
    "repo_rename": replace(_USUAL, repository="acme/gadget"),
    "owner_rename": replace(_USUAL, repository="emca/widget", owner="emca"),
    "repo_move": _MOVED,
    "provider_change": replace(
        _USUAL, provider="circleci", issuer="https://other-issuer.example.test"
    ),
}


def identities(
    facts: Facts, completion: Completion
) -> tuple[PublisherIdentity, PublisherIdentity] | None:
    """Return who published before, and who then; None: the record states nothing of either."""
    said = facts.identity
    change = said.get("change")
    if change in _CHANGES:
        after = _CHANGES[str(change)]
        if completion.owner_moved:
            after = replace(after, repository="emca/gadget", owner="emca", owner_id="2002")
        return _USUAL, after
    if not _STATED & said.keys():
        return None
    ref_changed = said.get("ref_changed")
    is_other = ref_changed is True or (ref_changed == "inferred" and completion.ref_changed)
    event = said.get("event_name")
    ref = _ref(str(said.get("ref", "")), is_other=is_other)
    return _USUAL, replace(_USUAL, ref=ref, event=str(event) if event else None)


def _ref(stated: str, *, is_other: bool) -> str:
    """Return the ref; where it is only said that it changed, a branch of no particular name."""
    if stated.startswith("refs/"):
        return stated.replace("<", "").replace(">", "")
    return "refs/heads/unnamed" if is_other else MAIN
