"""Whether a script can come to publish at all, by its words alone: most scripts cannot.

Only spares work: whatever this says no to publishes nothing, a yes says nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.workflows.repository import Repository

_WORDS = re.compile(r"pub|release|\bnp\b|\bauto\b|shipjs|monodeploy|monoweave", re.IGNORECASE)
"""One of these is in every command line that publishes, the clients' own names among them."""
_HALF_A_NAME = re.compile(r"(?:run|npm|yarn|pnpm|bun|vp)\s+(?:-\S+\s+)*[\w:.-]+\$")
"""A script's name that the run completes: `npm run release:${{ … }}`."""
_MAKEFILES = {"makefile": "make", "gnumakefile": "make", "justfile": "just", ".justfile": "just"}
_SHELL_SCRIPTS = (".sh", ".bash")
_PROGRAMS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".py", ".rb")
_LIFECYCLE = {"preversion", "version", "postversion"}
_HOOK = re.compile(r"(?:pre|post)(?P<name>.+)")


class Prospects:
    """What may publish in one repository."""

    def __init__(self, repository: Repository) -> None:
        """Look through the scripts of its packages."""
        scripts: dict[str, set[str]] = {}
        for package in repository.packages:
            for name, text in package.scripts.items():
                scripts.setdefault(name, set()).add(text)
        files = {word for path, text in repository.texts.items() for word in _called(path, text)}
        self._named = _any_of(self._telling(scripts, files))
        self._answers: dict[str, bool] = {}

    def may_publish(self, script: str) -> bool:
        """Whether `script` may, itself or by scripts that it runs."""
        known = self._answers.get(script)
        if known is None:
            # A composite action's script stands in many jobs.
            known = self._answers[script] = _says(script) or _names_one(script, self._named)
        return known

    def _telling(self, scripts: dict[str, set[str]], files: set[str]) -> set[str]:
        """Return the words by which scripts are run that may publish."""
        saying = {name for name, texts in scripts.items() if any(map(_says, texts))}
        found = set(files)
        new = found
        grows = True
        while grows:
            # What was found before the last round was looked for in that round.
            named = _any_of(new)
            new = {
                name
                for name, texts in scripts.items()
                if name not in found
                and (name in saying or any(_names_one(text, named) for text in texts))
            }
            hooks = [match["name"] for name in new if (match := _HOOK.fullmatch(name))]
            new |= {*hooks, *(["version"] if new & _LIFECYCLE else [])} - found
            grows = bool(new)
            found |= new
        return found


def _says(text: str) -> bool:
    """Whether a script may publish for what it says itself."""
    return (
        _WORDS.search(text) is not None
        or _HALF_A_NAME.search(text) is not None
        or text.strip() == "wireit"
    )


def _names_one(text: str, named: re.Pattern[str] | None) -> bool:
    return named is not None and named.search(text) is not None


def _called(path: str, text: str) -> tuple[str, ...]:
    """Return the word by which a file of scripts is run, where its text does not rule it out."""
    file = path.rpartition("/")[2]
    if file.lower() in _MAKEFILES:
        return (_MAKEFILES[file.lower()],)
    if file.endswith(_SHELL_SCRIPTS) or text.startswith("#!"):
        return (file,)
    if file.endswith(_PROGRAMS) and _WORDS.search(text) is not None:
        # Node's programs may be named without suffix, and a folder for its index.
        stem = file.rpartition(".")[0]
        return (path.split("/")[-2],) if stem == "index" and "/" in path else (stem,)
    return ()


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds any of the names as a word."""
    whole = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if name)
    return re.compile(rf"(?<![\w-])(?:{whole})(?![\w-])") if whole else None
