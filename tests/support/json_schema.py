"""The part of JSON Schema that the schemas we check against use; an unknown keyword is an error.

No format is checked, and no schema from elsewhere is fetched: `known` has those that may be named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
_SILENT = frozenset(
    {"$schema", "$id", "$defs", "$comment", "title", "description", "examples", "default", "format"}
    | {
        "definitions",
        "deprecated",
        "meta:enum",
        "then",
        "else",
        "contentEncoding",
        "contentMediaType",
    }
)


def faults(value: Any, schema: Any, *, known: Mapping[str, Any] | None = None) -> list[str]:
    """Return what of the value is not as the schema says, each with its place; empty: valid."""
    return list(_Checker(schema, known or {}).check(value, schema, "$"))


class _Checker:
    def __init__(self, root: Any, known: Mapping[str, Any]) -> None:
        self.root = root
        self.known = known

    def check(self, value: Any, schema: Any, at: str) -> Iterator[str]:
        if isinstance(schema, bool):
            if not schema:
                yield f"{at}: nothing is allowed here"
            return
        for keyword, wanted in schema.items():
            if keyword not in _SILENT:
                name = keyword.strip("$")
                checked = getattr(self, f"_{name}", None)
                assert checked is not None, f"keyword {keyword} is not known"
                yield from checked(value, wanted, at, schema)

    def _ref(self, value, wanted, at, schema):
        name, _, pointer = wanted.partition("#")
        checker = _Checker(self.known[name], self.known) if name else self
        found = checker.root
        for part in pointer.strip("/").split("/") if pointer.strip("/") else ():
            found = found[part]
        yield from checker.check(value, found, at)

    def _type(self, value, wanted, at, schema):
        names = [wanted] if isinstance(wanted, str) else wanted
        is_one = any(isinstance(value, _TYPES[name]) for name in names)
        if isinstance(value, bool) and "boolean" not in names:
            is_one = False
        if not is_one:
            yield f"{at}: {type(value).__name__}, expected {names}"

    def _enum(self, value, wanted, at, schema):
        if value not in wanted:
            yield f"{at}: {value!r} is none of {wanted}"

    def _const(self, value, wanted, at, schema):
        if value != wanted:
            yield f"{at}: {value!r}, expected {wanted!r}"

    def _properties(self, value, wanted, at, schema):
        for name, inner in wanted.items():
            if isinstance(value, dict) and name in value:
                yield from self.check(value[name], inner, f"{at}.{name}")

    def _required(self, value, wanted, at, schema):
        for name in wanted:
            if isinstance(value, dict) and name not in value:
                yield f"{at}: has no {name}"

    def _additionalProperties(self, value, wanted, at, schema):  # noqa: N802  (the keyword's name)
        patterns = schema.get("patternProperties", {})
        for name in value if isinstance(value, dict) else ():
            is_told = name in schema.get("properties", {})
            if not is_told and not any(re.search(one, name) for one in patterns):
                yield from self.check(value[name], wanted, f"{at}.{name}")

    def _patternProperties(self, value, wanted, at, schema):  # noqa: N802  (the keyword's name)
        for pattern, inner in wanted.items():
            for name in value if isinstance(value, dict) else ():
                if re.search(pattern, name):
                    yield from self.check(value[name], inner, f"{at}.{name}")

    def _items(self, value, wanted, at, schema):
        for number, one in enumerate(value if isinstance(value, list) else ()):
            inner = wanted[number] if isinstance(wanted, list) else wanted
            yield from self.check(one, inner, f"{at}[{number}]")

    def _additionalItems(self, value, wanted, at, schema):  # noqa: N802  (the keyword's name)
        told = schema.get("items")
        extra = value[len(told) :] if isinstance(value, list) and isinstance(told, list) else ()
        for one in extra:
            yield from self.check(one, wanted, at)

    def _uniqueItems(self, value, wanted, at, schema):  # noqa: N802  (the keyword's name)
        if wanted and isinstance(value, list) and len({repr(one) for one in value}) < len(value):
            yield f"{at}: has something twice"

    def _minItems(self, value, wanted, at, schema):  # noqa: N802  (the keyword's name)
        if isinstance(value, list) and len(value) < wanted:
            yield f"{at}: {len(value)} items, expected {wanted} or more"

    def _maxItems(self, value, wanted, at, schema):  # noqa: N802  (the keyword's name)
        if isinstance(value, list) and len(value) > wanted:
            yield f"{at}: {len(value)} items, expected {wanted} or fewer"

    def _pattern(self, value, wanted, at, schema):
        if isinstance(value, str) and re.search(wanted, value) is None:
            yield f"{at}: {value!r} does not match {wanted}"

    def _minLength(self, value, wanted, at, schema):  # noqa: N802  (the keyword's name)
        if isinstance(value, str) and len(value) < wanted:
            yield f"{at}: is shorter than {wanted}"

    def _maxLength(self, value, wanted, at, schema):  # noqa: N802  (the keyword's name)
        if isinstance(value, str) and len(value) > wanted:
            yield f"{at}: is longer than {wanted}"

    def _minimum(self, value, wanted, at, schema):
        if isinstance(value, int | float) and value < wanted:
            yield f"{at}: {value} is less than {wanted}"

    def _maximum(self, value, wanted, at, schema):
        if isinstance(value, int | float) and value > wanted:
            yield f"{at}: {value} is more than {wanted}"

    def _allOf(self, value, wanted, at, schema):  # noqa: N802  (the keyword's name)
        for one in wanted:
            yield from self.check(value, one, at)

    def _anyOf(self, value, wanted, at, schema):  # noqa: N802  (the keyword's name)
        if all(list(self.check(value, one, at)) for one in wanted):
            yield f"{at}: is none of the alternatives"

    def _oneOf(self, value, wanted, at, schema):  # noqa: N802  (the keyword's name)
        fitting = sum(not list(self.check(value, one, at)) for one in wanted)
        if fitting != 1:
            yield f"{at}: is {fitting} of the alternatives, expected one"

    def _not(self, value, wanted, at, schema):
        if not list(self.check(value, wanted, at)):
            yield f"{at}: is what it must not be"

    def _if(self, value, wanted, at, schema):
        branch = "else" if list(self.check(value, wanted, at)) else "then"
        if branch in schema:
            yield from self.check(value, schema[branch], at)
