"""Foreign text that becomes code: expressions in scripts, and lines of the environment files.

Source: GitHub's "Script injections"; facts/workflows.md §6.2 P14, §7.3.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.effects.foreign import foreign_paths, paths_in
from imprint.workflows.effects.model import Execution, ExecutionKind, Site
from imprint.workflows.effects.outputs import sources_of
from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.shell.commands import commands_of
from imprint.workflows.shell.model import HoleKind
from imprint.workflows.tables.actions import running_actions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.origins import Place
    from imprint.workflows.shell.model import Command, Hole
    from imprint.workflows.sources import Span

_FILE = re.compile(r"GITHUB_(?P<name>ENV|PATH|OUTPUT)\b")
_READS_FILE = re.compile(r"\$\(\s*(?:cat|head|tail|sed|awk|jq)\s[^|]*\)|\$\(\s*<")


def injections_of(site: Site, place: Place) -> Iterator[Execution]:
    """Yield the expressions that put foreign text into a script or an input that is run."""
    for text, span, what in _scripts(site):
        direct = foreign_paths(text, site.environment, event=place.event)
        if direct:
            yield _injection(site, what, direct, span, Confidence.HIGH)
        through = tuple(_through_outputs(text, place))
        if through:
            yield _injection(site, what, through, span, Confidence.MEDIUM)


def environment_writes_of(site: Site, place: Place) -> Iterator[Execution]:
    """Yield where foreign text goes to GITHUB_ENV, GITHUB_PATH or GITHUB_OUTPUT.

    By a variable that holds it, or out of a file; an expression is an injection already.
    """
    if site.run is None or _FILE.search(site.run) is None:
        return
    for command in commands_of(site.run, shell=site.shell):
        file = _written(command)
        if file is None:
            continue
        contexts: list[str] = []
        for word in command.words[1:]:
            for part in word.parts:
                if not isinstance(part, str):
                    contexts.extend(_of_hole(part, site, place))
        if command.program == "cat" and len(command.words) > 1:
            contexts.append("workspace")
        if file == "OUTPUT":
            # An output of a file's content does no harm by itself; a variable's line does.
            contexts = [context for context in contexts if context != "workspace"]
        if contexts:
            only_files = set(contexts) == {"workspace"}
            yield Execution(
                site=site,
                kind=ExecutionKind.ENVIRONMENT,
                what=command.raw.strip().partition("\n")[0],
                contexts=tuple(dict.fromkeys(contexts)),
                file=file,
                confidence=Confidence.LOW if only_files else Confidence.HIGH,
                span=_script_span(site),
            )


def _scripts(site: Site) -> Iterator[tuple[str, Span, str]]:
    """Yield each text of a step that is run as code, with its place and what it is."""
    if site.run is not None:
        yield site.run, _script_span(site), "run"
    use = site.step.uses
    if isinstance(use, RemoteUse) and (row := running_actions().get(use.name)) is not None:
        for name in row.commands:
            if name in site.inputs:
                known = site.step.inputs.get(name)
                span = site.span if known is None or site.through else known.span
                yield site.inputs[name], span, f"{use.name} {name}"


def _through_outputs(text: str, place: Place) -> Iterator[str]:
    """Yield the outputs in a text whose own step was handed foreign text, or reads such."""
    for path in paths_in(text):
        if path[:1] not in {("steps",), ("needs",)}:
            continue
        for source in sources_of(place.repository, place.workflow, place.job, path):
            if _prints_foreign(source, path, place):
                yield ".".join(path)


def _prints_foreign(source: Site, path: tuple[str, ...], place: Place) -> bool:
    use = source.step.uses
    if isinstance(use, RemoteUse):
        row = running_actions().get(use.name)
        wanted = path[-1].lower()
        patterns = () if row is None else row.untrusted_outputs
        return any(_matches(wanted, pattern) for pattern in patterns)
    if source.run is None:
        return False
    if foreign_paths(source.run, source.environment, event=place.event):
        return True
    return any(
        write.file == "OUTPUT" and write.contexts != ("workspace",)
        for write in environment_writes_of(source, place)
    )


def _matches(name: str, pattern: str) -> bool:
    head, star, tail = pattern.partition("*")
    if not star:
        return name == pattern
    return name.startswith(head) and name.endswith(tail)


def _written(command: Command) -> str | None:
    """Return which of the environment files a command writes: ENV, PATH or OUTPUT."""
    for redirect in command.redirects:
        if redirect.operator in {">", ">>", "|tee"} and redirect.target is not None:
            match = _FILE.search(redirect.target.shown)
            if match is not None:
                name: str = match["name"]
                return name
    return None


def _of_hole(hole: Hole, site: Site, place: Place) -> Iterator[str]:
    if hole.kind is HoleKind.VARIABLE and hole.name is not None:
        text = site.environment.get(hole.name, "")
        yield from foreign_paths(text, site.environment, event=place.event)
    elif hole.kind is HoleKind.OUTPUT:
        for name, text in site.environment.items():
            if re.search(rf"\$\{{?{re.escape(name)}\b", hole.raw):
                yield from foreign_paths(text, site.environment, event=place.event)
        if _READS_FILE.search(hole.raw):
            yield "workspace"


def _injection(
    site: Site, what: str, contexts: tuple[str, ...], span: Span, confidence: Confidence
) -> Execution:
    return Execution(
        site=site,
        kind=ExecutionKind.INJECTION,
        what=what,
        contexts=tuple(dict.fromkeys(contexts)),
        directory=site.directory,
        confidence=confidence,
        span=span,
    )


def _script_span(site: Site) -> Span:
    run = site.step.run
    return site.span if run is None else run.span
