"""Which files of a repository decide what it publishes, by their names and by who names them.

Not here: reading them (`reading`), and what they mean (`workflows`).
"""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from imprint.workflows.external import external_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

PRUNED = frozenset({".git", "node_modules", ".venv", "venv", "bower_components", ".yarn", "target"})
"""Folders that hold nothing of the repository's own."""
LOCK_FILE = "imprint-actions.lock"

_CI_FILES = frozenset({".gitlab-ci.yml", ".circleci/config.yml", ".circleci/config.yaml"})
_ROOT_FILES = frozenset(
    {
        *_CI_FILES,
        LOCK_FILE,
        "CODEOWNERS",
        ".github/CODEOWNERS",
        "docs/CODEOWNERS",
        ".gitlab/CODEOWNERS",
        "nx.json",
        "turbo.json",
        "rush.json",
        "vite.config.ts",
        "dockerfile",
        "Dockerfile",
        ".changeset/config.json",
        ".github/dependabot.yml",
        ".github/dependabot.yaml",
        "renovate.json",
    }
)
_ANYWHERE = frozenset(
    {
        "package.json",
        "pnpm-workspace.yaml",
        ".npmrc",
        ".yarnrc",
        ".yarnrc.yml",
        "bunfig.toml",
        "lerna.json",
        "project.json",
        "action.yml",
        "action.yaml",
        "Makefile",
        "makefile",
        "GNUmakefile",
        "justfile",
        "Justfile",
        ".justfile",
        ".nvmrc",
        ".node-version",
        ".tool-versions",
        "mise.toml",
        ".mise.toml",
        "jsr.json",
        "release-please-config.json",
        ".release-please-manifest.json",
        "beachball.config.js",
        ".autorc",
    }
)
_RELEASE_CONFIG = re.compile(r"(\.releaserc|release\.config|\.release-it|\.np-config)(\.\w+)?")
_LOCKS = frozenset(
    {"package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"}
)
_NAMING = re.compile(r"(package\.json|action\.ya?ml|[Mm]akefile|GNUmakefile|[Jj]ustfile)|.*\.sh")
_WORD = re.compile(r"[\w@.*/-]{2,200}")
_NAME = re.compile(r"[\w@-]+")
_SCRIPT = re.compile(r".+\.(?:[cm]?[jt]s|sh|bash|zsh|ps1|py|rb|ya?ml)|(?:.*/)?[\w-]+")
_SUFFIXES = ("", ".js", ".mjs", ".cjs", ".ts", ".mts", ".sh", "/index.js", "/index.ts")


def is_ci_file(path: str) -> bool:
    """Whether a CI service reads this file by itself."""
    folder, _, file = path.rpartition("/")
    if folder == ".github/workflows":
        return file.endswith((".yml", ".yaml"))
    return path in _CI_FILES


def is_wanted(path: str) -> bool:
    """Whether a file is read for its name alone."""
    if is_ci_file(path) or path in _ROOT_FILES or external_name(path) is not None:
        return True
    file = path.rpartition("/")[2]
    return file in _ANYWHERE or _RELEASE_CONFIG.fullmatch(file) is not None


def is_lock(path: str) -> bool:
    """Whether only a file's begin is read: which package manager there is, and which format."""
    return path.rpartition("/")[2] in _LOCKS


def names_others(path: str) -> bool:
    """Whether a file's text names scripts or further CI files to read."""
    file = path.rpartition("/")[2]
    return is_ci_file(path) or _NAMING.fullmatch(file) is not None


def stems_of(known: Iterable[str]) -> frozenset[str]:
    """Return what `named_in` looks for first: the names of scripts, without their suffix."""
    return frozenset(_stem(path) for path in known if _SCRIPT.fullmatch(path))


def _stem(path: str) -> str:
    folder, _, name = path.rpartition("/")
    stem = name.split(".", 1)[0]
    # A folder's name stands for the index in it.
    return folder.rpartition("/")[2].split(".", 1)[0] if stem == "index" else stem


def named_in(path: str, text: str, known: AbstractSet[str], stems: frozenset[str]) -> Iterator[str]:
    """Yield the files of `known` that the text of `path` names, seen from its folder or the root.

    `stems` are those of `known`. A word that happens to be a file's name costs one file that is
    read and not used.
    """
    includes = path.endswith((".yml", ".yaml")) and not path.startswith(".github/")
    if not stems or (not includes and stems.isdisjoint(_NAME.findall(text))):
        return
    folder = posixpath.dirname(path)
    for word in set(_WORD.findall(text)):
        if includes and "*" in word and word.endswith((".yml", ".yaml")):
            yield from (each for each in known if fnmatchcase(each, word.lstrip("/")))
        if stems.isdisjoint((_stem(word), _stem(word.rstrip("/")))):
            continue
        for start in {folder, ""}:
            whole = posixpath.normpath(posixpath.join(start, word.lstrip("/")))
            for candidate in (whole + suffix for suffix in _SUFFIXES):
                if candidate in known and _SCRIPT.fullmatch(candidate):
                    yield candidate
