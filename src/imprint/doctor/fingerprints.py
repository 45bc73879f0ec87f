"""A finding's fingerprint: check, path and structure, so that it stays while lines move.

facts/workflows.md §9: rule and normalised path, not line.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.workflows.github.model import Workflow
    from imprint.workflows.paths.model import PublishPath
    from imprint.workflows.repository import Repository
    from imprint.workflows.sources import Span

_MOST_CHARACTERS = 300
_SPACE = re.compile(r"\s+")


class Fingerprints:
    """Makes the fingerprints of one repository's findings, in their order of place."""

    def __init__(self, repository: Repository) -> None:
        """Look spans up in `repository`."""
        self._repository = repository
        self._places = {workflow.path: list(_places(workflow)) for workflow in repository.workflows}
        self._seen: Counter[str] = Counter()

    def of(self, check: str, span: Span, path: PublishPath | None = None) -> str:
        """Return the fingerprint of one finding: 32 hexadecimal digits.

        Of several that are alike, in one job and with one text, the second has another.
        """
        parts = [check, span.path]
        if path is None:
            parts += [self._within(span), self._text(span)]
        else:
            who = "+".join(str(one) for one in path.who)
            parts += [path.package, who, path.trigger, *(hop.node for hop in path.hops)]
        whole = "\0".join(parts)
        self._seen[whole] += 1
        return _digest([whole, str(self._seen[whole])])

    def _within(self, span: Span) -> str:
        """Return the innermost job and step around a place."""
        found = [
            (end - start, name)
            for start, end, name in self._places.get(span.path, ())
            if start <= span.start < end or start <= span.start <= span.end <= end
        ]
        return "/".join(name for _, name in sorted(found, reverse=True))

    def _text(self, span: Span) -> str:
        text = self._repository.texts.get(span.path, "")[span.start : span.end]
        return _SPACE.sub(" ", text).strip()[:_MOST_CHARACTERS]


def _places(workflow: Workflow) -> Iterator[tuple[int, int, str]]:
    for job in workflow.jobs:
        yield job.span.start, job.span.end, f"job {job.id}"
        for step in job.steps:
            name = step.id or step.name
            use = step.uses
            what = name.value if name is not None else use.text.value if use is not None else ""
            if what:
                yield step.span.start, step.span.end, f"step {what}"


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]
