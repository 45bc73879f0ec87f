"""Edges that were read before: what a file asks for never changes while its bytes do not."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

import msgspec

from imprint.reachability.imports import Import, ImportKind, Imports, imports_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GRAMMAR = "4"
"""Changes with whatever would make `imports_of` answer otherwise."""
MOST_BYTES = 1_000_000
"""Of one kept value: a cache need not take more."""

_KINDS = tuple(ImportKind)
_Row = tuple[list[tuple[str, int, int]], list[int]]
_ROW = msgspec.msgpack.Decoder(_Row)


class EdgeCache(Protocol):
    """Bytes by key, kept from run to run. `storage.verdicts.VerdictCache` is one."""

    def get(self, keys: Iterable[bytes], /) -> Mapping[bytes, bytes]:
        """Return what is kept for `keys`."""

    def put(self, verdicts: Mapping[bytes, bytes], /) -> None:
        """Keep values by their keys."""


def imports_by_content(
    sources: Mapping[str, bytes], *, cache: EdgeCache | None
) -> Mapping[str, Imports]:
    """Return what each source (by its path) asks for; read anew only where it has changed."""
    keys = {path: content_key(path, source) for path, source in sources.items()}
    kept = cache.get(dict.fromkeys(keys.values())) if cache is not None else {}
    found: dict[str, Imports] = {}
    new: dict[bytes, bytes] = {}
    for path, source in sources.items():
        imports = decoded_imports(kept.get(keys[path], b""))
        if imports is None:
            imports = imports_of(source, filename=path)
            new[keys[path]] = encoded_imports(imports)
        found[path] = imports
    if cache is not None and new:
        cache.put({key: value for key, value in new.items() if len(value) <= MOST_BYTES})
    return found


def content_key(path: str, source: bytes) -> bytes:
    """Return the key of a file's imports: by its content, and the ending that says its language."""
    ending = path.rpartition("/")[2].partition(".")[2]
    return edge_key("content", ending, hashlib.sha256(source).hexdigest())


def edge_key(*parts: str) -> bytes:
    """Return the key of what rests on `parts`, each set off from the next by its length."""
    digest = hashlib.sha256(f"imprint edges {GRAMMAR}".encode())
    for part in parts:
        text = part.encode(errors="surrogatepass")
        digest.update(b"%d:%b," % (len(text), text))
    return digest.digest()


def encoded_imports(imports: Imports) -> bytes:
    """Return imports as bytes to keep."""
    return msgspec.msgpack.encode(row_of(imports))


def decoded_imports(kept: bytes) -> Imports | None:
    """Return imports that were kept; None for anything else."""
    try:
        return imports_of_row(_ROW.decode(kept))
    except (msgspec.DecodeError, ValueError, IndexError):
        return None


def row_of(imports: Imports) -> _Row:
    """Return imports as plain lists."""
    return (
        [(each.specifier, _KINDS.index(each.kind), each.line) for each in imports.specifiers],
        list(imports.may_load_anything),
    )


def imports_of_row(row: _Row) -> Imports:
    """Return the imports that `row_of` made plain; raises IndexError for a kind that is none."""
    return Imports(
        specifiers=tuple(
            Import(specifier=specifier, kind=_KINDS[kind], line=line)
            for specifier, kind, line in row[0]
        ),
        may_load_anything=tuple(row[1]),
    )
