"""Release tools whose configuration says that they do not publish to npm.

Only what is plain to see: a plugin that is not listed, `npm: false`. Anything else counts as on.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from imprint.workflows.publishing.model import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.repository import Repository

_SUFFIXES = ("", ".json", ".yaml", ".yml", ".js", ".cjs", ".mjs", ".ts", ".toml")
_NPM_PLUGIN = "@semantic-release/npm"
_RUNS = re.compile(r"@semantic-release/exec|publishCmd|extends", re.IGNORECASE)
_NOT_TO_NPM = re.compile(r"""["']?npmPublish["']?\s*:\s*false""")
_NPM_OFF = re.compile(
    r"""["']?npm["']?\s*:\s*(?:false|\{[^{}]*["']?publish["']?\s*:\s*false)""", re.DOTALL
)


def is_switched_off(repository: Repository, client: Client, folder: str | None) -> bool:
    """Whether `client`, run in `folder`, is configured not to publish to npm."""
    names: tuple[str, ...]
    match client:
        case Client.SEMANTIC_RELEASE:
            names, key = (".releaserc", "release.config"), "release"
        case Client.RELEASE_IT:
            names, key = (".release-it",), "release-it"
        case _:
            return False
    for text in _configurations(repository, folder or "", names, key):
        if client is Client.RELEASE_IT:
            return _NPM_OFF.search(text) is not None
        if _NPM_PLUGIN in text:
            return _NOT_TO_NPM.search(text) is not None
        return "plugins" in text and _RUNS.search(text) is None
    return False


def _configurations(
    repository: Repository, folder: str, names: tuple[str, ...], key: str
) -> Iterator[str]:
    """Yield the tool's configurations as text: of its own file, or of `package.json`."""
    for place in dict.fromkeys((folder, "")):
        prefix = f"{place}/" if place else ""
        for name in names:
            for suffix in _SUFFIXES:
                text = repository.texts.get(f"{prefix}{name}{suffix}")
                if text is not None:
                    yield text
        package = repository.texts.get(f"{prefix}package.json", "")
        if f'"{key}"' in package:
            try:
                document = json.loads(package)
            except (ValueError, RecursionError):
                continue
            if isinstance(document, dict) and isinstance(document.get(key), dict):
                yield json.dumps(document[key])
