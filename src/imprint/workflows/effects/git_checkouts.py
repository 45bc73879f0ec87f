"""Code that scripts bring into the workspace: `gh pr checkout`, `git fetch`, `git apply`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.effects.model import Checkout, Origin, Site
from imprint.workflows.effects.origins import Place, origin_of_ref
from imprint.workflows.shell.commands import commands_of
from imprint.workflows.shell.model import HoleKind
from imprint.workflows.shell.programs import programs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.shell.model import Word
    from imprint.workflows.shell.programs import Program

_PULL_REF = re.compile(r"(?:refs/)?pull/")
_INTO_TREE = {"checkout", "switch", "merge", "rebase", "reset", "cherry-pick", "worktree", "pull"}
_FOREIGN = {Origin.PULL_REQUEST, Origin.WORKFLOW_RUN, Origin.INPUT}
_PATH_SEPARATOR = "--"


def checkouts_of_script(site: Site, place: Place) -> Iterator[Checkout]:
    """Yield the foreign code that a step's script brings in; the run's own is not worth a word."""
    if site.run is None or not any(word in site.run for word in ("git ", "gh ", "hub ")):
        return
    has_fetched = False
    for command in commands_of(site.run, shell=site.shell):
        for program in programs_of(command):
            words = [_in_full(word, site) for word in program.arguments]
            match program.name, words[:2]:
                case ("gh" | "hub", ["pr", "checkout"]):
                    yield _checkout(site, program, Origin.PULL_REQUEST, words, is_mutable=True)
                case ("git", ["apply" | "am", *_]) if _is_patch(program):
                    yield _checkout(site, program, Origin.PULL_REQUEST, words, is_mutable=True)
                case ("git", [*_]):
                    has_fetched = has_fetched or _fetches(words)
                    yield from _of_git(site, place, program, words, has_fetched=has_fetched)
                case _:
                    continue


def _of_git(
    site: Site, place: Place, program: Program, words: list[str], *, has_fetched: bool
) -> Iterator[Checkout]:
    verb = next((word for word in words if not word.startswith("-")), "")
    if verb == "clone":
        sources = [word for word in words if "pull_request.head.repo" in word]
        if sources:
            yield _checkout(site, program, Origin.PULL_REQUEST, words, is_mutable=True)
        return
    if verb not in _INTO_TREE or _PATH_SEPARATOR in words:
        return
    rest = words[words.index(verb) + 1 :]
    if verb in {"checkout", "switch"} and any(word in {"-b", "-B", "-c", "-C"} for word in rest):
        rest = [word for word in rest if not word.startswith("-")][1:]
    if verb == "pull" and any(_PULL_REF.search(word) for word in rest):
        yield _checkout(site, program, Origin.PULL_REQUEST, words, is_mutable=True)
        return
    if has_fetched:
        yield _checkout(site, program, Origin.PULL_REQUEST, words, is_mutable=True)
        return
    for word in rest:
        named = origin_of_ref(word, place)
        if "${{" in word and named.origin in _FOREIGN:
            yield _checkout(site, program, named.origin, words, is_mutable=named.is_mutable)
            return


def _fetches(words: list[str]) -> bool:
    """Whether a `git fetch` brings a pull request's commits near; on its own it changes no file."""
    return "fetch" in words and any(_PULL_REF.search(word) for word in words)


def _is_patch(program: Program) -> bool:
    """Whether `git apply` is fed with a pull request's changes."""
    source = program.command.source
    text = program.command.raw if source is None else source.raw
    return "pr diff" in text or ".patch" in text or ".diff" in text


def _in_full(word: Word, site: Site) -> str:
    """Return a word with the variables that the step's environment gives put in."""
    pieces = []
    for part in word.parts:
        if isinstance(part, str):
            pieces.append(part)
        elif part.kind is HoleKind.VARIABLE and part.name is not None:
            pieces.append(site.environment.get(part.name, part.raw))
        else:
            pieces.append(part.raw)
    return "".join(pieces)


def _checkout(
    site: Site, program: Program, origin: Origin, words: list[str], *, is_mutable: bool
) -> Checkout:
    name = program.name or "git"
    verbs = [word for word in words if not word.startswith("-")]
    length = 2 if name in {"gh", "hub"} else 1
    return Checkout(
        site=site,
        action=" ".join([name, *verbs[:length]]),
        version=None,
        origin=origin,
        ref=verbs[-1] if len(verbs) > length else None,
        repository=None,
        path=program.directory or "",
        persists_credentials=False,
        is_mutable=is_mutable,
        unsafe_asked=False,
        span=site.step.span if site.step.run is None else site.step.run.span,
    )
