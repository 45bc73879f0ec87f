"""What a command executes: code of the workspace, of dependencies, of the network, or nothing.

Reading a file is not executing it (facts/workflows.md §7.4, exec vs read).
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.effects.installs import installed_by
from imprint.workflows.effects.model import ExecutionKind
from imprint.workflows.findings import Confidence
from imprint.workflows.shell.model import program_name
from imprint.workflows.tables.actions import program_table
from imprint.workflows.tables.releases import release_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.repository import Repository
    from imprint.workflows.shell.programs import Program

_INTERPRETERS = {
    "node", "nodejs", "python", "python2", "python3", "pypy3", "ruby", "perl", "php", "Rscript",
    "bash", "sh", "zsh", "dash", "ksh", "fish", "pwsh", "powershell", "tsx", "ts-node", "esno",
}  # fmt: skip
_SHELLS = {"bash", "sh", "zsh", "dash", "ksh", "fish", "source", ".", "eval"}
_FETCHERS = {"curl", "wget", "iwr", "Invoke-WebRequest", "irm"}
_INLINE = {"-e", "--eval", "-p", "--print", "-c", "-pe", "-E", "-Command"}
_ASKS_VERSION = {"-v", "--version", "-V", "version", "--help", "-h", "help"}
_JSON_ONLY = re.compile(
    r"(?:require|readFileSync|import)\(\s*[\"'`](?:[^\"'`]*\.json|fs|node:fs)[\"'`]"
)
_LOADS = re.compile(r"\b(?:require|import)\s*\(\s*[\"'`]|\bfrom\s+[\"'`]|\bimport\s+[\"'`]")
_PACKAGE_RUNNERS = {"npx", "pnpm dlx", "yarn dlx", "bunx", "npm exec", "pnpx", "bun x", "deno run"}
_FETCHING_RUNNERS = {"pnpm dlx", "yarn dlx"}


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a command executes."""

    kind: ExecutionKind
    what: str
    confidence: Confidence = Confidence.HIGH
    is_pinned: bool = True


def executed_by(program: Program, repository: Repository) -> Iterator[Ran]:
    """Yield what one program executes; nothing where it only reads, or is the shell's own."""
    name = program.name
    if name is None:
        yield Ran(kind=ExecutionKind.WORKSPACE, what=program.text, confidence=Confidence.LOW)
        return
    words = [word.shown for word in program.arguments]
    if words[:1] and words[0] in _ASKS_VERSION and len(words) == 1:
        return
    if name in _SHELLS or name in _INTERPRETERS:
        yield from _interpreted(program, name, words)
        return
    if set(program.runners) & _PACKAGE_RUNNERS:
        yield from _by_package_runner(program, repository)
    if (installed := installed_by(program, repository)) is not None:
        yield from (
            Ran(kind=kind, what=program.text, confidence=confidence, is_pinned=is_pinned)
            for kind, confidence, is_pinned in installed
        )
        return
    yield from _by_name(program, name, words)


def _by_name(program: Program, name: str, words: list[str]) -> Iterator[Ran]:
    table = program_table()
    verb = next((word for word in words if not word.startswith("-")), "")
    if name in table.readsonly_verbs and (verb or "") in table.readsonly_verbs[name]:
        return
    if _is_path(program, name):
        yield Ran(kind=ExecutionKind.WORKSPACE, what=program.text)
    elif name in table.executes:
        yield Ran(kind=ExecutionKind.WORKSPACE, what=program.text, confidence=Confidence.MEDIUM)
    elif name not in table.reads and not set(program.runners) & _PACKAGE_RUNNERS:
        yield Ran(kind=ExecutionKind.WORKSPACE, what=program.text, confidence=Confidence.LOW)


def _interpreted(program: Program, name: str, words: list[str]) -> Iterator[Ran]:
    """Yield what an interpreter runs: a file, a text of its command line, what is piped in."""
    source = program.command.source
    fetched = source is not None and source.program in _FETCHERS
    if fetched or re.search(rf"{re.escape(name)}\s*<\(\s*(?:curl|wget)", program.command.raw):
        what = program.command.raw if source is None else f"{source.raw} | {program.text}"
        yield Ran(kind=ExecutionKind.DOWNLOAD, what=what, is_pinned=False)
        return
    if name == "eval" or (name in _SHELLS and not words):
        if source is not None:
            yield Ran(
                kind=ExecutionKind.WORKSPACE, what=program.command.raw, confidence=Confidence.MEDIUM
            )
        return
    if name.startswith("python") and words[:2] == ["-m", "pip"]:
        yield from _pip(program, words[2:])
        return
    leading = list(takewhile(lambda word: word.startswith("-"), words))
    inline = next((place for place, word in enumerate(leading) if word in _INLINE), None)
    if inline is not None:
        code = " ".join(words[inline + 1 :])
        if _LOADS.search(_JSON_ONLY.sub("", code)):
            yield Ran(kind=ExecutionKind.WORKSPACE, what=program.text, confidence=Confidence.MEDIUM)
        return
    files = [word for word in words if not word.startswith("-")]
    if files:
        # A file outside the workspace (`/usr/…`, `~/…`) is somebody else's.
        is_outside = files[0].startswith(("/", "~", "$HOME", "$RUNNER_TEMP", "${{ runner.temp"))
        if not is_outside:
            yield Ran(kind=ExecutionKind.WORKSPACE, what=program.text)


def _pip(program: Program, words: list[str]) -> Iterator[Ran]:
    own = any(word in {".", "-e", "-r"} or word.startswith(("./", ".[")) for word in words)
    kind = ExecutionKind.WORKSPACE if own else ExecutionKind.DOWNLOAD
    if words[:1] == ["install"]:
        yield Ran(kind=kind, what=program.text, is_pinned=own)


def _by_package_runner(program: Program, repository: Repository) -> Iterator[Ran]:
    """Yield what `npx name` fetches; what the repository depends on is there already."""
    name = program.name or ""
    fetches = bool(set(program.runners) & _FETCHING_RUNNERS) or program.requested is not None
    depends = any(name in package.dependencies for package in repository.packages)
    if depends and not fetches:
        yield Ran(kind=ExecutionKind.DEPENDENCIES, what=program.text)
        return
    requested = program.requested
    is_pinned = requested is not None and release_of(requested) is not None
    confidence = Confidence.HIGH if fetches else Confidence.MEDIUM
    yield Ran(
        kind=ExecutionKind.DOWNLOAD, what=program.text, is_pinned=is_pinned, confidence=confidence
    )


def _is_path(program: Program, name: str) -> bool:
    """Whether a program is named by a path inside the workspace."""
    for word in program.command.words:
        text = word.shown
        if program_name(text) == name and "/" in text:
            return not text.startswith(("/", "~", "$HOME", "@")) or "workspace" in text.lower()
    return False
