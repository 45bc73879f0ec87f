"""`uses`: what a step or job calls. Not here: what that does.

Source: GitHub's "Workflow syntax", `jobs.<job_id>.steps[*].uses`; `$/` since 2026-07-30
(facts/workflows.md §3).
"""

from __future__ import annotations

import re

from imprint.workflows.github.model import DockerUse, LocalUse, RemoteUse, UnknownUse, Use
from imprint.workflows.sources import Text

_REMOTE = re.compile(
    r"(?P<owner>[^/\s@]+)/(?P<repository>[^/\s@]+)(?:/(?P<path>[^@\s]*))?@(?P<ref>\S+)"
)
_COMMENT = re.compile(r"[ \t]+#[ \t]*(?P<text>[^\r\n]*)")
_VERSION = re.compile(r"(?:[\w./:-]*[@=:/]|[\w./-]+ (?=v))?(?P<version>v?\d[\w.+-]*)")


def read_use(text: Text, source: str) -> Use:
    """Return what a `uses` text names. `source` is the file's text: a comment may say a version."""
    value = text.value.strip()
    if "${{" in value:
        return UnknownUse(text=text)
    for prefix in ("./", "$/"):
        if value.startswith(prefix) or value == prefix[0]:
            path = _without_dots(value[len(prefix) :])
            return LocalUse(path=path, self_repository=prefix == "$/", text=text)
    if value.startswith("docker://"):
        return DockerUse(image=value.removeprefix("docker://"), text=text)
    if (match := _REMOTE.fullmatch(value)) is None:
        return UnknownUse(text=text)
    return RemoteUse(
        owner=match["owner"],
        repository=match["repository"],
        path=_without_dots(match["path"] or ""),
        ref=match["ref"],
        version_comment=_version_comment(text, source),
        text=text,
    )


def _without_dots(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in {"", "."})


def _version_comment(text: Text, source: str) -> str | None:
    comment = _COMMENT.match(source, text.span.end)
    if comment is None or (version := _VERSION.match(comment["text"])) is None:
        return None
    return version["version"]
