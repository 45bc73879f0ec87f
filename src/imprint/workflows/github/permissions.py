"""`permissions`: what a workflow or job takes for its token. Not here: what callers leave of it.

Source: GitHub's "Workflow syntax", `permissions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.github.model import Access, Permissions
from imprint.workflows.yaml.nodes import Entry, Scalar
from imprint.workflows.yaml.shapes import Notes, entries_of, entry_span, note

if TYPE_CHECKING:
    from imprint.workflows.sources import Span

_SHORT = {"read-all": Access.READ, "write-all": Access.WRITE, "": Access.NONE}


def read_permissions(entry: Entry | None, notes: Notes) -> Permissions | None:
    """Return what a `permissions` entry grants; None where there is no such key."""
    if entry is None:
        return None
    span = entry_span(entry)
    if isinstance(entry.value, Scalar):
        word = "" if entry.value.is_null else entry.value.text.value
        if word not in _SHORT:
            note(notes, entry.value.span, f"permissions are {quoted(word)}, no such word")
        return Permissions(scopes={}, otherwise=_SHORT.get(word, Access.NONE), span=span)
    scopes: dict[str, Access] = {}
    places: dict[str, Span] = {}
    for scope in entries_of(entry.value, "permissions", notes):
        access = _access(scope, notes)
        if access is not None:
            scopes[scope.key.value] = access
            places[scope.key.value] = entry_span(scope)
    return Permissions(scopes=scopes, otherwise=Access.NONE, places=places, span=span)


def _access(scope: Entry, notes: Notes) -> Access | None:
    word = scope.value.text.value if isinstance(scope.value, Scalar) else ""
    try:
        return Access(word)
    except ValueError:
        note(notes, scope.value.span, f"permission {quoted(word)} is neither read, write nor none")
        return None
