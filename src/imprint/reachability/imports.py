"""What a source file loads: its imports, told apart from what only looks like one.

One grammar (`statements.py`) reads what stands at a place; whether a place is code at all, and no
comment, text or pattern, a lexer says: tree-sitter's tree for what people write, a scan of the
bytes for what is large (`lexing/`). Facts: consumers §3.9, §6.5.

Not counted: what types alone need (`import type`, `typeof import(…)`), what tests put in another's
place (`jest.mock`). A conditional `require` counts: nobody here knows the condition.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from imprint.reachability.blocks import script_blocks
from imprint.reachability.lexing.scan import code_places
from imprint.reachability.statements import candidates_of, read_statements
from imprint.reachability.styles import EXTENSIONS as _STYLES
from imprint.reachability.styles import names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LARGE_BYTES = 128 * 1024
"""From here on a file is scanned, not parsed: such files are generated."""
MOST_PARSED = 2_000
"""Places that may be statements, of a file that is parsed."""
_LONG_LINE = re.compile(rb"[^\n]{10000}")
LARGEST_BYTES = 32 * 1024 * 1024
"""What is larger is not read, and may load anything."""
LARGEST_BLOCKS_BYTES = 4 * 1024 * 1024
"""Of a file with blocks of code: people write them."""
MOST_IMPORTS = 20_000
"""Of one file."""

_TYPED = {"ts", "mts", "cts"}
_PLAIN = {"js", "mjs", "cjs"}
_TREES = {"jsx", "tsx", *_PLAIN, *_TYPED}
_BLOCKS = {"vue", "svelte", "astro", "mdx"}
READ_EXTENSIONS = frozenset(_TREES | _BLOCKS | _STYLES)
"""Endings, without the dot, of the files that have imports."""
_JSX = re.compile(rb"</|/>")
_JSX_SOURCE = re.compile(rb"/[*/][*\s]{0,40}@jsxImportSource\s{1,9}(?P<name>[\w@/.-]{1,200})")
_JSX_BY_HAND = re.compile(rb"/[*/][*\s]{0,40}@jsx(?:Runtime\s{1,9}classic)?\s")
JSX_RUNTIME = "jsx-runtime"


class ImportKind(StrEnum):
    """By what statement a file asks for another."""

    IMPORT = "import"
    """`import … from`, `export … from`: by the conditions of an ES module."""
    DYNAMIC = "dynamic"
    """`import(…)`."""
    REQUIRE = "require"
    """`require(…)`, also one made by `createRequire`, and TypeScript's `import x = require(…)`."""
    RESOLVE = "resolve"
    """`require.resolve(…)`: mostly handed to something that loads it."""
    META_RESOLVE = "meta-resolve"
    """`import.meta.resolve(…)`."""
    URL = "url"
    """`new URL(…, import.meta.url)`: a worker, or a file beside this one."""
    IMPORT_PATTERN = "import-pattern"
    """`import(`./a/${b}.js`)`, `import.meta.glob(…)`: patterns, one a line, those with `!` taken
    out."""
    REQUIRE_PATTERN = "require-pattern"
    """`require("./a/" + b)`, `require.context(…)`."""
    JSX = "jsx"
    """What elements are made by, as the settings say: no statement names it."""
    STYLE = "style"
    """`@import`, `@use`, `composes: … from`."""
    STYLE_URL = "style-url"
    """`url(…)`."""
    PLUGIN = "plugin"
    """Code that a style sheet names: it runs where styles are made, and nowhere else."""


PATTERNS = frozenset({ImportKind.IMPORT_PATTERN, ImportKind.REQUIRE_PATTERN})


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a file asks for by name."""

    specifier: str
    kind: ImportKind
    line: int
    """From 1."""


class Imports(msgspec.Struct, frozen=True, kw_only=True):
    """All that a file asks for, in its order."""

    specifiers: tuple[Import, ...] = ()
    may_load_anything: tuple[int, ...] = ()
    """The lines where it loads what it computes."""


def imports_of(source: bytes, *, filename: str, is_published: bool = False) -> Imports:
    """Return what a file asks for. Total: what cannot be read as code has no imports.

    `filename` decides the language by its ending; one that no JavaScript is in has none.
    `is_published`: it is of a package, plain JavaScript for the most part, and is scanned: over
    11,575 such files (99 MB) the scan found what the parse found, and took a tenth of its time.
    """
    name = filename.rpartition("/")[2]
    extension = name.rpartition(".")[2].lower() if "." in name else "js"
    if filename.endswith((".d.ts", ".d.mts", ".d.cts")) or extension not in READ_EXTENSIONS:
        return Imports()
    if len(source) > LARGEST_BYTES:
        return Imports(may_load_anything=(1,))
    if extension in _BLOCKS and len(source) > LARGEST_BLOCKS_BYTES:
        return Imports(may_load_anything=(1,))
    if extension in _BLOCKS:
        parts = [
            _read(block.source, extension=block.extension, first_line=block.line, scans=False)
            for block in script_blocks(source, extension=extension)
        ]
        return _joined(parts)
    scans = is_published and extension in _PLAIN
    found = _read(source, extension=extension, first_line=1, scans=scans)
    if extension in {"jsx", "tsx"} and (made := _elements(source)) is not None:
        return _joined([Imports(specifiers=(made,)), found])
    return found


def _elements(source: bytes) -> Import | None:
    """Return what a file with elements asks for by having them."""
    if (first := _JSX.search(source)) is None:
        return None
    line = source.count(b"\n", 0, first.start()) + 1
    head = source[: first.start()]
    if named := _JSX_SOURCE.search(head):
        specifier = f"{named['name'].decode()}/{JSX_RUNTIME}"
        return Import(specifier=specifier, kind=ImportKind.IMPORT, line=line)
    if _JSX_BY_HAND.search(head):
        return None
    return Import(specifier=JSX_RUNTIME, kind=ImportKind.JSX, line=line)


def _styled(source: bytes, *, extension: str, first_line: int) -> Imports:
    specifiers: list[Import] = []
    line, at = first_line, 0
    for asked in names_in(source, extension=extension):
        line += source.count(b"\n", at, asked.start)
        at = asked.start
        specifiers.append(Import(specifier=asked.name, kind=ImportKind(asked.kind), line=line))
    return Imports(specifiers=tuple(specifiers))


def _read(source: bytes, *, extension: str, first_line: int, scans: bool) -> Imports:
    if extension in _STYLES:
        return _styled(source, extension=extension, first_line=first_line)
    candidates = candidates_of(source)
    if not candidates:
        return Imports()
    if scans or not _is_written_by_hand(source, len(candidates)):
        places: Iterable[int] = code_places(source, candidates)
    else:
        # The grammars are loaded with the first file that needs them.
        from imprint.reachability.lexing.tree import code_places as by_tree  # noqa: PLC0415

        places = by_tree(source, candidates, extension=extension)
    specifiers: list[Import] = []
    anything: list[int] = []
    line, at = first_line, 0
    for statement in read_statements(source, places, is_typed=extension in {*_TYPED, "tsx"}):
        line += source.count(b"\n", at, statement.start)
        at = statement.start
        if statement.specifier is None:
            anything.append(line)
        else:
            kind = ImportKind(statement.kind)
            specifiers.append(Import(specifier=statement.specifier, kind=kind, line=line))
        if len(specifiers) + len(anything) >= MOST_IMPORTS:
            anything.append(line)
            break
    return Imports(specifiers=tuple(specifiers), may_load_anything=tuple(anything))


def _is_written_by_hand(source: bytes, candidates: int) -> bool:
    """Whether a parser is asked: one may take minutes over what is made to be slow.

    That needs long lines, an open comment (looked through to its end from each place that begins
    one), or thousands of statements.
    """
    return (
        len(source) <= LARGE_BYTES
        and candidates <= MOST_PARSED
        and source.rfind(b"/*") <= source.rfind(b"*/")
        and _LONG_LINE.search(source) is None
    )


def _joined(parts: Sequence[Imports]) -> Imports:
    return Imports(
        specifiers=tuple(each for part in parts for each in part.specifiers),
        may_load_anything=tuple(line for part in parts for line in part.may_load_anything),
    )
