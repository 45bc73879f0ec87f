"""Facts from several sources, put together: what was said first stays. Pure."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from imprint.workflows.facts import Facts

if TYPE_CHECKING:
    from imprint.doctor.git import Origin


def of_origin(origin: Origin) -> Facts:
    """Return what git knows of a folder's origin."""
    return Facts(repository=origin.name, default_branch=origin.default_branch)


def merged(first: Facts, second: Facts) -> Facts:
    """Return what `first` knows, and what `second` knows where `first` does not."""
    values: dict[str, object] = {}
    for each in fields(Facts):
        one, other = getattr(first, each.name), getattr(second, each.name)
        if each.name == "third_party_cache":
            values[each.name] = one or other
        elif each.name == "assumed":
            values[each.name] = tuple(dict.fromkeys((*one, *other)))
        elif isinstance(one, dict) and isinstance(other, dict):
            values[each.name] = {**other, **one}
        else:
            values[each.name] = other if one is None else one
    return replace(first, **values)  # type: ignore[arg-type]  # each value is its own field's
