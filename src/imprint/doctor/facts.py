"""Facts from several sources, put together: what was said first stays. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.workflows.facts import Facts

if TYPE_CHECKING:
    from imprint.doctor.git import Origin


def of_origin(origin: Origin) -> Facts:
    """Return what git knows of a folder's origin."""
    return Facts(repository=origin.name, default_branch=origin.default_branch)


def merged(first: Facts, second: Facts) -> Facts:
    """Return what `first` knows, and what `second` knows where `first` does not."""
    values: dict[str, object] = {}
    for name in Facts.__struct_fields__:
        one, other = getattr(first, name), getattr(second, name)
        if name == "third_party_cache":
            values[name] = one or other
        elif name == "assumed":
            values[name] = tuple(dict.fromkeys((*one, *other)))
        elif isinstance(one, dict) and isinstance(other, dict):
            values[name] = {**other, **one}
        else:
            values[name] = other if one is None else one
    return replace(first, **values)
