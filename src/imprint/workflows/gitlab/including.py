"""`include`: one mapping out of a pipeline file and the local files that it includes.

Source: GitLab's "CI/CD YAML syntax reference", `include`. Files of other projects, remote ones,
templates and components are not there: their includes are kept, unread.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.gitlab.model import Include, IncludeKind
from imprint.workflows.path_patterns import expression_of
from imprint.workflows.yaml.composing import compose
from imprint.workflows.yaml.merging import merged
from imprint.workflows.yaml.nodes import Mapping, Node, Scalar, Sequence
from imprint.workflows.yaml.shapes import Notes, note, text_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Table

    from imprint.workflows.sources import Text

MAXIMUM_FILES = 150
"""GitLab's default limit of includes."""


def read_with_includes(
    texts: Table[str, str], path: str, notes: Notes
) -> tuple[Mapping | None, tuple[Include, ...]]:
    """Return the root of file `path` over everything it includes, and its includes.

    `texts` has the repository's files by path. None where the file is no mapping.
    """
    reader = _Reader(texts, notes)
    return reader.file(path), tuple(reader.includes)


class _Reader:
    def __init__(self, texts: Table[str, str], notes: Notes) -> None:
        self._texts = texts
        self._notes = notes
        self._read: set[str] = set()
        self.includes: list[Include] = []

    def file(self, path: str) -> Mapping | None:
        """Return one file's mapping with its includes below it; None where there is none."""
        self._read.add(path)
        composed = compose(self._texts[path], path=path)
        self._notes.extend(composed.unreadable)
        roots = [root for root in composed.documents if isinstance(root, Mapping)]
        if not roots:
            return None
        # A first document with `spec` only says which inputs the file takes.
        root = roots[1] if len(roots) > 1 and roots[0].get("spec") is not None else roots[0]
        below: Mapping | None = None
        for included in self._included(root):
            below = included if below is None else merged(below, included)
        return root if below is None else merged(below, root)

    def _included(self, root: Mapping) -> Iterator[Mapping]:
        value = root.get("include")
        for item in value.items if isinstance(value, Sequence) else (value,):
            if item is not None:
                yield from self._one(item)

    def _one(self, item: Node) -> Iterator[Mapping]:
        include = self._include(item)
        if include is None:
            return
        self.includes.append(include)
        if include.kind is not IncludeKind.LOCAL:
            return
        for path in _matching(include.what.value, self._texts):
            if path in self._read:
                continue
            if len(self._read) >= MAXIMUM_FILES:
                note(self._notes, item.span, f"more than {MAXIMUM_FILES} files are included")
                return
            if (found := self.file(path)) is not None:
                yield found

    def _include(self, item: Node) -> Include | None:
        if isinstance(item, Scalar):
            if item.is_null:
                return None
            is_url = item.text.value.startswith(("https://", "http://"))
            kind = IncludeKind.REMOTE if is_url else IncludeKind.LOCAL
            return self._made(kind, item.text, item)
        if isinstance(item, Mapping):
            for kind in IncludeKind:
                what = text_of(item.get(kind.value), "`include`", self._notes)
                if what is not None:
                    return self._made(kind, what, item)
        note(self._notes, item.span, "include is of no known kind")
        return None

    def _made(self, kind: IncludeKind, what: Text, item: Node) -> Include:
        is_read = kind is IncludeKind.LOCAL and bool(_matching(what.value, self._texts))
        if kind is IncludeKind.LOCAL and not is_read:
            message = f"included file {quoted(what.value)} is not there"
            note(self._notes, what.span, message)
        files = item.get("file") if isinstance(item, Mapping) else None
        return Include(
            kind=kind,
            what=what,
            files=texts_of(files, "`file`", self._notes),
            is_read=is_read,
            span=item.span,
        )


def _matching(pattern: str, texts: Table[str, str]) -> list[str]:
    """Return the files that a local include names: `*` within a folder, `**` across folders."""
    wanted = pattern.removeprefix("/").removeprefix("./")
    if "*" not in wanted:
        return [wanted] if wanted in texts else []
    expression = re.compile(expression_of(wanted))
    return sorted(path for path in texts if expression.fullmatch(path))
