"""Make new texts of a patch, character by character, and show the difference.

Whatever no edit names stays as it is: comments, quotes, anchors, line ends, the last line's end.
Not here: whether the patch is any good (`comparing`, and doctor).
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from imprint.refusals import Malformed, quoted
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from imprint.workflows.findings import Edit, Patch
    from imprint.workflows.sources import Span

_CONTEXT_LINES = 3
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def apply_patch(texts: Mapping[str, str], patch: Patch) -> dict[str, str]:
    """Return the texts that the patch changes or makes, by their paths.

    Malformed `edits-overlap`: two edits want the same characters; `edit-out-of-place`: a span that
    its file does not have; `file-exists`: a new file is there already; `nothing-to-edit`: a patch
    that changes nothing.
    """
    changed: dict[str, str] = {}
    for path in {edit.span.path: None for edit in patch.edits}:
        if path not in texts:
            raise Malformed("edit-out-of-place", f"there is no text of {quoted(path)} to edit")
        edits = [edit for edit in patch.edits if edit.span.path == path]
        changed[path] = apply_edits(texts[path], edits)
    for path, text in patch.new_files:
        if path in texts or path in changed:
            raise Malformed("file-exists", f"file {quoted(path)} is there already, expected a new")
        changed[path] = text
    if all(texts.get(path) == text for path, text in changed.items()):
        raise Malformed("nothing-to-edit", f"patch {quoted(patch.title)} changes nothing")
    return changed


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return the text after edits of it, their spans counted in the text before all of them.

    Insertions at one place come in the order given. Malformed as `apply_patch`.
    """
    pieces: list[str] = []
    done = 0
    for edit in in_order(edits):
        start, end = edit.span.start, edit.span.end
        if start < done:
            raise Malformed("edits-overlap", f"two edits want the characters before {done}")
        if not start <= end <= len(text):
            raise Malformed(
                "edit-out-of-place", f"edit is of `{start}` to `{end}`, the text has `{len(text)}`"
            )
        pieces += (text[done:start], edit.text)
        done = end
    return "".join((*pieces, text[done:]))


def in_order(edits: Iterable[Edit]) -> Sequence[Edit]:
    """Return edits of one file as they stand in it; the same replacement twice is one."""
    unique = dict.fromkeys(edits)
    return sorted(unique, key=lambda edit: (edit.span.start, edit.span.end))


def moved(offset: int, edits: Iterable[Edit], *, is_end: bool = False) -> int:
    """Return where a place of the old text is in the new one.

    What stands behind an insertion moves with it; `is_end` counts for what ends there, which stays.
    A place inside of what was replaced is where the replacement begins (`is_end`: ends).
    """
    shift = 0
    for edit in in_order(edits):
        start, end = edit.span.start, edit.span.end
        if start > offset or (start == offset and is_end):
            break
        if end > offset:
            return start + shift + (len(edit.text) if is_end else 0)
        shift += len(edit.text) - (end - start)
    return offset + shift


def moved_span(span: Span, patch: Patch, texts: Mapping[str, str]) -> Span:
    """Return where a span stands after a patch; `texts` are those after it."""
    edits = [edit for edit in patch.edits if edit.span.path == span.path]
    if not edits or span.path not in texts:
        return span
    start = moved(span.start, edits)
    end = max(start, moved(span.end, edits, is_end=True))
    return span_at(span.path, texts[span.path], start, end)


def unified_diff(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return the difference as `patch` and `git apply` read it; empty where there is none.

    Files that `before` has not are new ones. Line ends are shown as they are.
    """
    return "".join(
        part
        for path in sorted(after)
        if before.get(path) != after[path]
        for part in _difference(path, before.get(path), after[path])
    )


def _difference(path: str, before: str | None, after: str) -> Iterator[str]:
    for line in difflib.unified_diff(
        _LINE.findall(before or ""),
        _LINE.findall(after),
        "/dev/null" if before is None else f"a/{path}",
        f"b/{path}",
        n=_CONTEXT_LINES,
    ):
        # A last line without its end would run into what follows.
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
