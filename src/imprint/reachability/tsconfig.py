"""`paths`, `baseUrl`, `jsx` of tsconfig.json and jsconfig.json, by `extends` and `references`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.reachability.files import joined, parent_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.reachability.files import Files

MOST_FILES = 40
"""Settings that one leads to, by `extends` and `references`."""
MOST_PATHS = 2_000
LARGEST_BYTES = 1024 * 1024
NAMES = ("tsconfig.json", "jsconfig.json")
_NOISE = re.compile(
    rb'(?P<text>"(?>[^"\\]+|\\[\s\S])*+(?:"|\\?\Z))|//[^\n]*'
    rb"|/\*(?>[^*]+|\*(?!/))*+(?:\*/|\Z)"
    rb"|,(?=(?>\s+|//[^\n]*|/\*(?>[^*]+|\*(?!/))*+\*/)*+[}\]])"
)


class PathAliases(msgspec.Struct, frozen=True, kw_only=True):
    """What names mean by the settings of a folder."""

    base: str | None = None
    """The folder that bare names are looked for in first (`baseUrl`)."""
    patterns: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """What stands before and after the star, and the targets; without one, the second is a line
    break, which no specifier has."""
    jsx_source: str | None = None
    """The package whose `jsx-runtime` makes elements; None: the files import what makes them."""

    def targets(self, specifier: str) -> Iterator[str]:
        """Yield the paths that a specifier may mean, the likeliest first."""
        best: tuple[int, str, tuple[str, ...]] | None = None
        for head, tail, targets in self.patterns:
            if tail == _NO_STAR:
                if specifier == head:
                    best = (1_000_000, "", targets)
            elif (
                specifier.startswith(head)
                and specifier.endswith(tail)
                and len(specifier) >= len(head) + len(tail)
                and (best is None or len(head) > best[0])
            ):
                best = (len(head), specifier[len(head) : len(specifier) - len(tail)], targets)
        for target in best[2] if best is not None else ():
            yield target.replace("*", best[1] if best is not None else "", 1)
        if self.base is not None and (path := joined(self.base, specifier)) is not None:
            yield path


_NO_STAR = "\n"
_ROOT = "${configDir}"


def aliases_of(files: Files, path: str) -> PathAliases:
    """Return what the settings at `path` say, and those they lead to. Total."""
    waiting, seen = [path], set[str]()
    base: str | None = None
    patterns: list[tuple[str, str, tuple[str, ...]]] = []
    jsx: list[object] = [None, None]
    root = parent_of(path)
    while waiting and len(seen) < MOST_FILES:
        each = waiting.pop(0)
        if each in seen:
            continue
        seen.add(each)
        settings = _settings(files, each)
        options = settings.get("compilerOptions")
        if isinstance(options, dict):
            folder = parent_of(each)
            stated = options.get("baseUrl")
            own = _based(folder, stated, root) if isinstance(stated, str) else None
            base = own if base is None else base
            said = (options.get("jsx"), options.get("jsxImportSource"))
            jsx = [old if old is not None else new for old, new in zip(jsx, said, strict=True)]
            # The nearest settings win: what is extended says less.
            from_ = own if own is not None else folder
            patterns += _patterns(options.get("paths"), from_, root=root)
        waiting += _further(files, each, settings)
    return PathAliases(
        base=base, patterns=tuple(patterns[:MOST_PATHS]), jsx_source=_jsx_source(*jsx)
    )


def _jsx_source(mode: object, source: object) -> str | None:
    """`react-jsx` and `react-jsxdev` have a runtime; `preserve` leaves it to the bundler."""
    if mode not in {"react-jsx", "react-jsxdev"} and not (mode == "preserve" and source):
        return None
    return source if isinstance(source, str) and source else "react"


def _based(folder: str, text: str, root: str) -> str | None:
    """`${configDir}` is the folder of the settings that were asked for, whoever writes it."""
    if text.startswith(_ROOT):
        return joined(root, f".{text.removeprefix(_ROOT)}")
    return joined(folder, text)


def _patterns(
    paths: object, folder: str, *, root: str
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    if not isinstance(paths, dict):
        return
    for pattern, targets in paths.items():
        if isinstance(pattern, str) and isinstance(targets, list):
            head, star, tail = pattern.partition("*")
            whole = (_based(folder, each, root) for each in targets if isinstance(each, str))
            known = tuple(each for each in whole if each is not None)
            yield head, tail if star else _NO_STAR, known


def _further(files: Files, path: str, settings: dict[str, object]) -> Iterator[str]:
    extended = settings.get("extends")
    for each in extended if isinstance(extended, list) else [extended]:
        if isinstance(each, str):
            yield from _candidates(files, path, each)
    references = settings.get("references")
    for each in references if isinstance(references, list) else []:
        named = each.get("path") if isinstance(each, dict) else None
        if isinstance(named, str) and (target := joined(parent_of(path), named)) is not None:
            yield f"{target}/tsconfig.json" if files.is_dir(target) else target


def _candidates(files: Files, path: str, named: str) -> Iterator[str]:
    if named.startswith("."):
        folders = [parent_of(path)]
    else:
        folders, folder = [], parent_of(path)
        while True:
            folders.append(f"{folder}/node_modules" if folder else "node_modules")
            if not folder:
                break
            folder = parent_of(folder)
    for folder in folders:
        target = joined(folder, named)
        for suffix in ("", ".json", "/tsconfig.json"):
            if target is not None and files.is_file(f"{target}{suffix}"):
                yield f"{target}{suffix}"
                return


def _settings(files: Files, path: str) -> dict[str, object]:
    raw = files.read(path) or b"{}"
    if len(raw) > LARGEST_BYTES:
        return {}
    plain = _NOISE.sub(lambda found: found["text"] or b" ", raw.removeprefix(b"\xef\xbb\xbf"))
    try:
        found = msgspec.json.decode(plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
