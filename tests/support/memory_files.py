"""Files in memory, with links, as resolution asks for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Content = str | bytes | dict[str, object]
_MOST_LINKS = 40


class MemoryFiles:
    """Text, bytes or a JSON object by path; `links` leads paths elsewhere."""

    def __init__(
        self, files: Mapping[str, Content], *, links: Mapping[str, str] | None = None
    ) -> None:
        self.files = {path: _raw(content) for path, content in files.items()}
        self.links = dict(links or {})
        self.reads: list[str] = []

    def read(self, path: str) -> bytes | None:
        self.reads.append(path)
        return self.files.get(self.real(path) or "")

    def size(self, path: str) -> int | None:
        found = self.files.get(self.real(path) or "")
        return None if found is None else len(found)

    def is_file(self, path: str) -> bool:
        return (self.real(path) or "") in self.files

    def is_dir(self, path: str) -> bool:
        real = self.real(path)
        if real is None:
            return False
        return not real or any(each.startswith(f"{real}/") for each in (*self.files, *self.links))

    def names(self, path: str) -> tuple[str, ...]:
        real = self.real(path)
        if real is None:
            return ()
        head = f"{real}/" if real else ""
        below = [each[len(head) :] for each in self.files if each.startswith(head)]
        return tuple(sorted({each.split("/")[0] for each in below}))

    def real(self, path: str) -> str | None:
        for _ in range(_MOST_LINKS):
            parts = path.split("/")
            heads = ["/".join(parts[: end + 1]) for end in range(len(parts))]
            link = next((head for head in heads if head in self.links), None)
            if link is None:
                return path
            if self.links[link].startswith(".."):
                return None
            path = self.links[link] + path[len(link) :]
        return None


def _raw(content: Content) -> bytes:
    if isinstance(content, bytes):
        return content
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()
