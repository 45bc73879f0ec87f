"""`strategy.matrix`: which legs a job has. Not here: matrices that an expression makes.

Source: GitHub's "Workflow syntax", `jobs.<job_id>.strategy.matrix`, include and exclude.
"""

from __future__ import annotations

from itertools import islice, product
from math import prod
from typing import TYPE_CHECKING, TypeAlias, assert_never

from imprint.workflows.github.model import Matrix
from imprint.workflows.yaml.nodes import Entry, Mapping, Node, Scalar, Sequence
from imprint.workflows.yaml.shapes import Notes, entry_span, items_of, note

if TYPE_CHECKING:
    from collections.abc import Iterator

MAXIMUM_LEGS = 256
"""GitHub's limit for one job."""
MAXIMUM_COMBINATIONS = 1_000
"""How many are looked at before `exclude` takes some away."""
_MAXIMUM_COMPARISONS = 200_000
"""Combinations, each with all that is included and excluded."""

_Value: TypeAlias = "str | tuple[_Value, ...] | dict[str, _Value]"
_Leg: TypeAlias = dict[str, _Value]


def read_matrix(entry: Entry | None, notes: Notes) -> Matrix | None:
    """Return the legs of a `matrix` entry; None where there is no such key."""
    if entry is None:
        return None
    span = entry_span(entry)
    matrix = entry.value
    if not isinstance(matrix, Mapping):
        if not _is_expression(matrix):
            note(notes, matrix.span, "`matrix` is neither a mapping nor an expression")
        return Matrix(legs=(), dynamic=True, span=span)
    if any(_is_expression(dimension.value) for dimension in matrix.entries):
        return Matrix(legs=(), dynamic=True, span=span)
    legs = _legs(matrix, notes)
    if legs is None:
        message = f"`matrix` has more combinations than are read, at most {MAXIMUM_COMBINATIONS}"
        note(notes, span, message)
        return Matrix(legs=(), dynamic=True, span=span)
    if len(legs) > MAXIMUM_LEGS:
        message = f"`matrix` has {len(legs)} legs, the first {MAXIMUM_LEGS} are read"
        note(notes, span, message)
    flat = tuple(dict(_flat(leg)) for leg in legs[:MAXIMUM_LEGS])
    return Matrix(legs=flat, dynamic=False, span=span)


def _legs(matrix: Mapping, notes: Notes) -> list[_Leg] | None:
    names: list[str] = []
    dimensions: list[tuple[_Value, ...]] = []
    for entry in matrix.entries:
        if entry.key.value not in {"include", "exclude"} and entry.key.value not in names:
            names.append(entry.key.value)
            dimensions.append(_values(matrix.get(entry.key.value)))
    excluded = _objects(matrix.get("exclude"), "`exclude`", notes)
    included = _objects(matrix.get("include"), "`include`", notes)
    count = prod(map(len, dimensions))
    comparisons = count * (len(excluded) + len(included))
    if count > MAXIMUM_COMBINATIONS or comparisons > _MAXIMUM_COMPARISONS:
        return None
    legs: list[_Leg] = []
    if names:
        combinations = (dict(zip(names, values, strict=True)) for values in product(*dimensions))
        legs = [leg for leg in combinations if not any(_fits(leg, out) for out in excluded)]
    _include(legs, set(names), included)
    return legs


def _include(legs: list[_Leg], names: set[str], included: list[_Leg]) -> None:
    """Add each to every leg whose own values it leaves alone, or else as a leg of its own."""
    originals = len(legs)
    for extra in included:
        own = {name: value for name, value in extra.items() if name in names}
        fitting = [leg for leg in islice(legs, originals) if _fits(leg, own)]
        for leg in fitting:
            leg.update(extra)
        if not fitting:
            legs.append(dict(extra))


def _fits(leg: _Leg, wanted: _Leg) -> bool:
    return all(name in leg and leg[name] == value for name, value in wanted.items())


def _objects(node: Node | None, what: str, notes: Notes) -> list[_Leg]:
    found: list[_Leg] = []
    for item in items_of(node, what, notes):
        if isinstance(item, Mapping):
            found.append({entry.key.value: _value(entry.value) for entry in item.entries})
        else:
            note(notes, item.span, f"item of {what} is no mapping")
    return found


def _values(node: Node | None) -> tuple[_Value, ...]:
    if isinstance(node, Sequence):
        return tuple(_value(item) for item in node.items)
    return () if node is None else (_value(node),)


def _value(node: Node) -> _Value:
    match node:
        case Scalar():
            return node.text.value
        case Sequence():
            return tuple(_value(item) for item in node.items)
        case Mapping():
            return {entry.key.value: _value(entry.value) for entry in node.entries}
        case _:
            assert_never(node)


def _flat(value: _Value, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in a value under its path, `a.b`; items of lists under their number."""
    if isinstance(value, str):
        yield name, value
        return
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        yield from _flat(part, f"{name}.{key}" if name else str(key))


def _is_expression(node: Node) -> bool:
    return isinstance(node, Scalar) and "${{" in node.text.value
