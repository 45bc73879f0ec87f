"""The grammar of what loads: read at a place that is known to be code.

Only bytes around the place are looked at, so that both lexers (a tree, a scan) share it.
Specifiers with escapes are taken for computed ones: no person writes them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.reachability.computed import Named, listed_at, named_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_CLAUSE = 20_000
"""Bytes between `import` and `from` that are looked at."""
LONGEST_SPECIFIER = 1_000
MOST_NAMES = 40
"""That `createRequire` is given in one file."""
_MOST_IN_CLAUSE = 40
"""Words that may begin a statement between `import` and `from`: each is looked at as one."""

_WORDS = re.compile(rb"import|export|require|URL|Worker")
"""Without a look around: that would be done at every byte, and cost six times as much."""
_WHOLE = re.compile(
    rb"(?:import|export(?=\s*(?:\*|\{|type\b|/[*/]))|require|(?:URL|Worker)(?=\s*\())(?![\w$])"
)
_CREATE = re.compile(rb"createRequire(?![\w$])")
_NAMED = re.compile(rb"([A-Za-z_$][\w$]{0,60})\s{0,9}=\s{0,9}(?:[\w$]{1,60}\s{0,9}\.\s{0,9})?$")
"""What stands before `createRequire(`."""
_LONGEST_NAME = 160
_BLANK = rb"(?>\s+|//[^\n]*|/\*(?>[^*]+|\*(?!/))*\*/)*+"
_TEXT = (
    rb"""(?:"(?P<double>[^"\\\n]*+)"|'(?P<single>[^'\\\n]*+)'"""
    rb"""|`(?P<template>(?>[^`\\$]|\$(?!\{))*+)`)"""
)
_CALL = re.compile(
    rb"(?:\?\.)?" + _BLANK + rb"\(" + _BLANK + rb"(?:" + _TEXT + _BLANK + rb"(?=[,)]))?"
)
_CLAUSE = re.compile(rb"(?>//[^\n]*|/\*(?>[^*]+|\*(?!/))*\*/|[^\"'`;=()/]){0,%d}+" % LONGEST_CLAUSE)
_ONE_TEXT = re.compile(_TEXT)
_COMMENT = re.compile(rb"//[^\n]*|/\*(?>[^*]+|\*(?!/))*\*/")
_TYPE_ONLY = re.compile(rb"\s*type(?:of)?(?![\w$])(?!\s*(?:,|from\s*$))")
_FROM = re.compile(rb"(?:^|[\s}*])from\s*$")
_META = re.compile(_BLANK + rb"\." + _BLANK + rb"meta\b" + _BLANK)
_META_RESOLVE = re.compile(rb"\." + _BLANK + rb"resolve\b" + _BLANK)
_META_GLOB = re.compile(
    rb"\."
    + _BLANK
    + rb"glob(?:Eager)?\b"
    + _BLANK
    + rb"(?:<[^()]{0,300}>"
    + _BLANK
    + rb")?\("
    + _BLANK
    + rb"(?:"
    + _TEXT
    + rb"|(?=\[))"
)
_MEMBER = re.compile(_BLANK + rb"(?:\?\.|\.)" + _BLANK + rb"(?P<name>[\w$]+)" + _BLANK)
_CONTEXT = re.compile(
    rb"\(" + _BLANK + _TEXT + rb"(?:" + _BLANK + rb"," + _BLANK + rb"(?P<deep>true|false|!0|!1)"
    rb"(?:"
    + _BLANK
    + rb","
    + _BLANK
    + rb"/(?P<test>(?>[^/\\\n]|\\[^\n]){1,300}+)/[a-z]{0,9})?)?"
    + _BLANK
    + rb"[,)]"
)
"""`require.context("./folder", true, /[.]js$/)`."""
_ENDINGS = re.compile(rb"\\\.(?:\((?:\?:)?(?P<several>[\w|]{1,60})\)|(?P<one>\w{1,20}))\$")
_CREATED = re.compile(
    _BLANK + rb"\((?>[^()]|\((?>[^()]|\([^()]*+\))*+\)){0,300}+\)(?=" + _BLANK + rb"\()" + _BLANK
)
_IMPORT_META_URL = re.compile(
    _BLANK + rb"," + _BLANK + rb"import\s*\.\s*meta\s*\.\s*url" + _BLANK + rb"[,)]"
)
_FUNCTION_NAME = re.compile(rb"\bfunction[\s*]*$")
_NEW = re.compile(rb"\bnew\s+(?:(?:globalThis|window|self)\s*\.\s*)?$")
_NEW_WORKER = re.compile(rb"\bnew\s+(?:[\w$]{1,60}\s*\.\s*)?$")
_MODULE = re.compile(rb"(?<![\w$.])module\s*\.\s*$")
_TYPE_IMPORT = re.compile(rb"\btypeof\s*$|[\w$)\]?]\s*\??:\s*$")
_BROWSERIFY = re.compile(rb"function\s*\w*\s*\(\s*_?require\s*,\s*module\s*,\s*exports\s*\)")
_IMPORT_TYPE_EQUALS = re.compile(rb"import\s+type\s+[\w$]+\s*=\s*$")


_IN_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$")
_WORD = re.compile(rb"[\w$]*+")


class Statement(msgspec.Struct, frozen=True):
    """What stands at a place."""

    start: int
    kind: str
    """A value of `imports.ImportKind`."""
    specifier: str | None
    """None: it is computed."""


def candidates_of(source: bytes) -> list[int]:
    """Return the places where a statement may begin, in comments and texts too, in order."""
    places: list[int] = []
    whole = _WHOLE.match
    for found in _WORDS.finditer(source):
        place = found.start()
        if (not place or source[place - 1] not in _IN_WORD) and whole(source, place):
            places.append(place)
    if b"createRequire" in source:
        created = [found.start() for found in _CREATE.finditer(source)][:MOST_NAMES]
        places += created
        before = (_NAMED.search(source[max(0, at - _LONGEST_NAME) : at]) for at in created)
        names = sorted({found[1] for found in before if found} - {b"require"})[:MOST_NAMES]
        for name in names:
            called = rb"(?<![\w$.])" + re.escape(name) + rb"(?=\s*(?:\(|\.\s*resolve\b))"
            places += [found.start() for found in re.finditer(called, source)]
        places.sort()
    return places


def read_statements(
    source: bytes, places: Iterable[int], *, is_typed: bool = False
) -> Iterator[Statement]:
    """Yield what stands at `places`, which are candidates in code.

    `is_typed`: the language has types, in which an `import(…)` loads nothing.
    """
    reader = _Reader(source, is_typed=is_typed)
    for place in places:
        yield from reader.statements(place)


class _Reader:
    """One file. What it remembers keeps damaged files from being read again and again."""

    def __init__(self, source: bytes, *, is_typed: bool) -> None:
        self.source = source
        self.is_typed = is_typed
        bundled = _BROWSERIFY.search(source)
        self.bundled_from = bundled.start() if bundled else len(source)
        """Where a bundle begins that has a `require` of its own."""
        self.clause_end = 0
        self.clause_uses = 0

    def statements(self, place: int) -> tuple[Statement, ...]:
        """Return what stands at `place`."""
        match self.source[place : _end(self.source, place)]:
            case b"import":
                return self._import(place)
            case b"export":
                return self._from_clause(place, place + 6)
            case b"URL":
                return _url(self.source, place)
            case b"Worker":
                return _worker(self.source, place)
            case b"createRequire":
                return _created(self.source, place)
            case _:
                return _require(self.source, place) if place < self.bundled_from else ()

    def _import(self, place: int) -> tuple[Statement, ...]:
        source, end = self.source, place + 6
        before = source[max(0, place - 40) : place]
        if _is_member(before):
            return ()
        if meta := _META.match(source, end):
            if glob := _META_GLOB.match(source, meta.end()):
                return _globbed(source, place, glob)
            resolve = _META_RESOLVE.match(source, meta.end())
            return () if resolve is None else _called(source, place, resolve.end(), "meta-resolve")
        found = _called(source, place, end, "dynamic")
        if found:
            return () if self.is_typed and _TYPE_IMPORT.search(before) else found
        return self._from_clause(place, end)

    def _from_clause(self, place: int, start: int) -> tuple[Statement, ...]:
        end = self._clause_end(start)
        found = _ONE_TEXT.match(self.source, end)
        if found is None or self.clause_uses > _MOST_IN_CLAUSE:
            return ()
        clause = self.source[start:end]
        if b"/" in clause:
            clause = _COMMENT.sub(b" ", clause)
        if self.source.startswith(b"import", place) and not clause.strip():
            return _statement(place, "import", found)
        if not _FROM.search(clause[-40:]) or _TYPE_ONLY.match(clause) or _is_of_types(clause):
            return ()
        return _statement(place, "import", found)

    def _clause_end(self, start: int) -> int:
        """Return where the clause ends; one within another ends where that does."""
        if start >= self.clause_end:
            found = _CLAUSE.match(self.source, start)
            self.clause_end = found.end() if found else start
            self.clause_uses = 0
        self.clause_uses += 1
        return self.clause_end


def _is_of_types(clause: bytes) -> bool:
    """Whether all that braces hold are types: `{ type A, type B }`."""
    head, brace, rest = clause.partition(b"{")
    names = [each.split() for each in rest.partition(b"}")[0].split(b",")]
    written = [each for each in names if each]
    return bool(brace and written and not head.strip()) and all(
        each[0] == b"type" and len(each) > 1 and each[1:-1] != [b"as"] for each in written
    )


def _is_member(before: bytes) -> bool:
    """Whether a word behind `before` is a member of something: `a.import`, but not `...import`."""
    stripped = before.rstrip()
    return stripped.endswith(b".") and not stripped.endswith(b"...")


def _end(source: bytes, place: int) -> int:
    word = _WORD.match(source, place)
    return word.end() if word else place


def _require(source: bytes, place: int) -> tuple[Statement, ...]:
    before = source[max(0, place - 60) : place]
    if _is_member(before):
        if not _MODULE.search(before):
            return ()
    elif _FUNCTION_NAME.search(before) or _IMPORT_TYPE_EQUALS.search(before):
        return ()
    end = _end(source, place)
    if member := _MEMBER.match(source, end):
        if member["name"] == b"context" and (found := _CONTEXT.match(source, member.end())):
            return _context(place, found)
        if member["name"] != b"resolve":
            return ()
        return _called(source, place, member.end(), "resolve")
    return _called(source, place, end, "require")


def _created(source: bytes, place: int) -> tuple[Statement, ...]:
    """`createRequire(import.meta.url)("x")`, at once."""
    made = _CREATED.match(source, place + len(b"createRequire"))
    return () if made is None else _called(source, place, made.end(), "require")


def _url(source: bytes, place: int) -> tuple[Statement, ...]:
    if not _NEW.search(source[max(0, place - 60) : place]):
        return ()
    found = _CALL.match(source, place + 3)
    if found is None or found.lastgroup is None or not _IMPORT_META_URL.match(source, found.end()):
        return ()
    return _statement(place, "url", found)


def _worker(source: bytes, place: int) -> tuple[Statement, ...]:
    """`new Worker("./x.js")`: Node takes it from where the process runs, bundlers from the file.

    So it is taken from the folder of package.json and from the file's own: what is there counts.
    Without a leading dot it is no file (Node's `worker_threads`; elsewhere the name of a queue).
    """
    if not _NEW_WORKER.search(source[max(0, place - 80) : place]):
        return ()
    found = _CALL.match(source, place + len(b"Worker"))
    if found is None:
        return ()
    texts: tuple[str, ...]
    if found.lastgroup is not None:
        texts = (found[found.lastgroup].decode(errors="replace"),)
    else:
        named = named_at(source, found.end())
        texts = () if named is None else named.texts
    kind = _PATTERN_KINDS["dynamic"]
    return tuple(
        Statement(place, kind, f"{text}\n{text[1:]}" if text.startswith("./") else text)
        for text in texts
        if text.startswith(("./", "../")) and len(text) <= LONGEST_SPECIFIER
    )


def _context(place: int, found: re.Match[bytes]) -> tuple[Statement, ...]:
    """Every file of a folder, or those with the endings that the expression asks for."""
    text = next(found[name] for name in ("double", "single", "template") if found[name] is not None)
    folder = text.decode(errors="replace").rstrip("/")
    deep = "" if found["deep"] in {b"false", b"!1"} else "**/"
    ending = _ENDINGS.search(found["test"]) if found["test"] else None
    endings = (ending["several"] or ending["one"]).decode().split("|") if ending else []
    if not folder:
        return ()
    if len(folder) > LONGEST_SPECIFIER:
        return (Statement(place, _PATTERN_KINDS["require"], None),)
    patterns = [f"{folder}/{deep}*{f'.{each}' if each else ''}" for each in endings or [""]]
    return (Statement(place, _PATTERN_KINDS["require"], "\n".join(patterns)),)


def _globbed(source: bytes, place: int, glob: re.Match[bytes]) -> tuple[Statement, ...]:
    """`import.meta.glob("./a/*.js")`, or a list, of which those with `!` take files out."""
    kind = _PATTERN_KINDS["dynamic"]
    if glob.lastgroup is None:
        listed = listed_at(source, glob.end())
        texts = None if listed is None else listed.texts
    else:
        texts = tuple(filter(None, (glob[glob.lastgroup].decode(errors="replace"),)))
    # Each name of a folder is compared with all of a pattern: what is too long is computed.
    if texts is None or any(len(each) > LONGEST_SPECIFIER for each in texts):
        return (Statement(place, kind, None),)
    return (Statement(place, kind, "\n".join(texts)),) if texts else ()


_PATTERN_KINDS = {
    "dynamic": "import-pattern",
    "meta-resolve": "import-pattern",
    "require": "require-pattern",
    "resolve": "require-pattern",
}


def _called(source: bytes, place: int, end: int, kind: str) -> tuple[Statement, ...]:
    """Return the call whose parenthesis is next; nothing where there is none."""
    found = _CALL.match(source, end)
    if found is None:
        return ()
    if found.lastgroup is not None:
        return _statement(place, kind, found)
    following = source[found.end() : found.end() + 1]
    # `require()` and a method's or function's own head ask for nothing.
    if following in {b")", b""}:
        return ()
    named = named_at(source, found.end())
    return (Statement(place, kind, None),) if named is None else _named(place, kind, named)


def _named(place: int, kind: str, named: Named) -> tuple[Statement, ...]:
    meant = _PATTERN_KINDS[kind] if named.is_pattern else kind
    return tuple(Statement(place, meant, text) for text in named.texts)


def _statement(place: int, kind: str, found: re.Match[bytes]) -> tuple[Statement, ...]:
    raw = found[found.lastgroup or 0]
    if not raw:
        return ()
    if len(raw) > LONGEST_SPECIFIER:
        return (Statement(place, kind, None),)
    return (Statement(place, kind, raw.decode(errors="replace")),)
