"""Which text literals reach an argument of a call, found in the source by its syntax alone.

Every refusal names its code as a literal somewhere. From a sink such as `Refusal(code=…)` this
follows names to constants, members of enumerations, loops over literals and the callers of the
function around it. What it cannot follow it reports, so that nothing is missed without a word.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parents[2] / "src" / "imprint"

PASSED_ON = ("code", "kind", "template")
"""`err.code`, `event.kind`: a value that was made, and found, elsewhere."""


@dataclass(frozen=True, slots=True)
class Sink:
    """An argument of a call: its name, and its place where it may be given by position."""

    called: str
    argument: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands."""

    module: Module
    function: ast.FunctionDef | ast.AsyncFunctionDef | None
    line: int

    def __str__(self) -> str:
        return f"{self.module.where}:{self.line}"


@dataclass(slots=True)
class Module:
    """One file of the source, taken apart."""

    path: Path
    constants: dict[str, ast.expr] = field(default_factory=dict)
    enumerations: dict[str, dict[str, str]] = field(default_factory=dict)
    """Each one's members: their names and their texts."""
    imported: dict[str, str] = field(default_factory=dict)
    """A name here, and the whole dotted name that it stands for."""
    calls: list[tuple[ast.Call, Place]] = field(default_factory=list)

    @property
    def where(self) -> str:
        """The file, below `src/imprint`."""
        return self.path.relative_to(SOURCE).as_posix()

    @property
    def dotted(self) -> str:
        """The module's whole name."""
        return "imprint." + self.where.removesuffix(".py").replace("/", ".")

    def means(self, called: ast.expr, name: str, owner: Module | None) -> bool:
        """Whether `called` is `name` of the module `owner`; of any module where that is None."""
        if owner is None:
            return _name(called) == name
        match called:
            case ast.Name(id=text):
                return self.imported.get(text) == f"{owner.dotted}.{name}" or (
                    self is owner and text == name
                )
            case ast.Attribute(value=ast.Name(id="self"), attr=attr):
                return attr == name and self is owner
            case ast.Attribute(value=ast.Name(id=text), attr=attr):
                return attr == name and self.imported.get(text) == owner.dotted
        return False


class Literals:
    """The source, asked which literals reach a sink."""

    def __init__(self, source: Path = SOURCE) -> None:
        """Read every file below `source`."""
        self.modules = [_module(path) for path in sorted(source.rglob("*.py"))]
        self.lost: list[str] = []
        """Expressions that reach a sink and could not be followed."""
        self.open_ended: list[str] = []
        """Texts that are put together: no page can be about each of them."""
        self._values: defaultdict[str, set[str]] = defaultdict(set)

    def reaching(self, *sinks: Sink) -> dict[str, set[str]]:
        """Return each literal that reaches one of `sinks`, with the files that hold the call."""
        self._values.clear()
        for sink in sinks:
            self._follow(sink, frozenset())
        return dict(sorted(self._values.items()))

    def _follow(self, sink: Sink, seen: frozenset[Sink], within: Module | None = None) -> None:
        if sink in seen:
            return
        for module in self.modules:
            for call, place in module.calls:
                if module.means(call.func, sink.called, within):
                    value = _argument(call, sink)
                    if value is not None:
                        self._resolve(value, place, seen | {sink})

    def _resolve(self, value: ast.expr, place: Place, seen: frozenset[Sink]) -> None:
        match value:
            case ast.Constant(value=str() as text):
                self._values[text].add(place.module.where)
            case ast.IfExp(body=body, orelse=orelse):
                self._resolve(body, place, seen)
                self._resolve(orelse, place, seen)
            case ast.BoolOp(values=values):
                for one in values:
                    self._resolve(one, place, seen)
            case ast.Constant(value=None):
                pass
            case ast.Attribute():
                self._attribute(value, place)
            case ast.Name(id=name):
                self._named(name, place, seen)
            case ast.JoinedStr():
                self.open_ended.append(f"{place.module.where}: {ast.unparse(value)}")
            case _:
                self.lost.append(f"{place}: {ast.unparse(value)}")

    def _attribute(self, value: ast.Attribute, place: Place) -> None:
        match value:
            case ast.Attribute(attr=attr) if attr in PASSED_ON:
                pass
            case ast.Attribute(value=ast.Attribute(attr="kind"), attr="value"):
                # `wrong.kind.value`: any member of this module's enumeration.
                for members in place.module.enumerations.values():
                    for text in members.values():
                        self._values[text].add(place.module.where)
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if (
                member := self._member(name, attr, place.module)
            ) is not None:
                self._values[member].add(place.module.where)
            case _:
                self.lost.append(f"{place}: {ast.unparse(value)}")

    def _member(self, enumeration: str, member: str, module: Module) -> str | None:
        """Return the text of `Enumeration.MEMBER`, where it is an enumeration of the source."""
        whole = module.imported.get(enumeration, f"{module.dotted}.{enumeration}")
        for owner in self.modules:
            members = owner.enumerations.get(enumeration, {})
            if f"{owner.dotted}.{enumeration}" == whole and member in members:
                return members[member]
        return None

    def _named(self, name: str, place: Place, seen: frozenset[Sink]) -> None:
        function = place.function
        if function is not None:
            parameters = [*function.args.posonlyargs, *function.args.args]
            names = [parameter.arg for parameter in parameters]
            if name in names or name in [p.arg for p in function.args.kwonlyargs]:
                position = names.index(name) if name in names else None
                if names[:1] == ["self"] and position is not None:
                    position -= 1
                self._follow(Sink(function.name, name, position), seen, place.module)
                return
            found = list(_bound(function, name))
            if found:
                for value in found:
                    self._resolve(value, place, seen)
                return
        for module in (place.module, *self.modules):
            if name in module.constants and (
                module is place.module or name in place.module.imported
            ):
                self._resolve(module.constants[name], Place(module, None, place.line), seen)
                return
        self.lost.append(f"{place}: {name}")


def _module(path: Path) -> Module:
    module = Module(path)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                module.constants[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                module.constants[name] = value
            case ast.ClassDef(name=name, body=body) if "StrEnum" in map(_name, node.bases):
                module.enumerations[name] = {
                    _name(item.targets[0]): item.value.value
                    for item in body
                    if isinstance(item, ast.Assign)
                    and isinstance(item.value, ast.Constant)
                    and isinstance(item.value.value, str)
                }
    for statement in ast.walk(tree):
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                whole = f"{statement.module}.{alias.name}"
                module.imported[alias.asname or alias.name] = whole
    module.calls.extend(_calls(tree, module, None))
    return module


def _calls(
    node: ast.AST, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef | None
) -> Iterator[tuple[ast.Call, Place]]:
    for child in ast.iter_child_nodes(node):
        inner = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        if isinstance(child, ast.Call):
            yield child, Place(module, function, child.lineno)
        yield from _calls(child, module, inner)


def _argument(call: ast.Call, sink: Sink) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == sink.argument:
            return keyword.value
    if sink.position is not None and len(call.args) > sink.position:
        return call.args[sink.position]
    return None


def _bound(function: ast.AST, name: str) -> Iterator[ast.expr]:
    """Yield what `name` is bound to inside `function`: assignments, and loops over literals."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                yield value
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value):
                yield from _unpacked(targets, [value], name)
            case ast.For(target=ast.Name(id=target), iter=ast.Tuple(elts=items)) if target == name:
                yield from items
            case ast.For(target=ast.Tuple(elts=targets), iter=ast.Tuple(elts=items)):
                yield from _unpacked(targets, items, name)


def _unpacked(targets: list[ast.expr], items: list[ast.expr], name: str) -> Iterator[ast.expr]:
    at = [
        i for i, target in enumerate(targets) if isinstance(target, ast.Name) and target.id == name
    ]
    for item in items:
        for index in at:
            yield item.elts[index] if isinstance(item, ast.Tuple) else item


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
    return ""
