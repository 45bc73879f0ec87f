"""Language models with tools in a job: who can make them work, and what they may do.

Source: the actions' own references; facts/workflows.md §5 (Cline), §6.2 P12, §7.3.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from imprint.workflows.effects.foreign import foreign_paths
from imprint.workflows.effects.model import Execution, ExecutionKind, Site
from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.shell.commands import commands_of
from imprint.workflows.shell.programs import programs_of
from imprint.workflows.tables.actions import Agent, agent_table, agents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.origins import Place
    from imprint.workflows.shell.programs import Program

_SHELL_TOOL = re.compile(
    r"\b(?:Bash|Shell|run_shell_command|execute)\b(?P<only>\((?P<what>[^)]*)\))?"
)
_DANGEROUS = re.compile(r"dangerously|--yolo|bypassPermissions|allow-all-tools|\"yolo\"")
_RUNS_CODE = re.compile(
    r"^\W*(?:\*|:\*|npm|npx|pnpm|yarn|bun|bunx|node|python3?|make|bash|sh|deno|cargo|go|curl)\b|^\W*$"
)
"""What a shell tool that is limited to some commands can still run code with."""


def agents_of(site: Site, place: Place) -> Iterator[Execution]:
    """Yield the agents that a step lets work."""
    use = site.step.uses
    if isinstance(use, RemoteUse) and (agent := agents().get(use.name)) is not None:
        yield _of_action(site, agent, place)
    if site.run is None or not names_agent(site.run):
        return
    for command in commands_of(site.run, shell=site.shell):
        for program in programs_of(command):
            if program.name in agent_table().programs and program.arguments:
                yield _of_program(site, program, place)


def names_agent(script: str) -> bool:
    """Whether the name of a program that is an agent stands in a script, as a word."""
    return _programs().search(script) is not None


@cache
def _programs() -> re.Pattern[str]:
    words = "|".join(map(re.escape, agent_table().programs))
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")


def _of_action(site: Site, agent: Agent, place: Place) -> Execution:
    contexts: list[str] = []
    for name in agent.prompts:
        contexts.extend(_contexts(site, site.inputs.get(name, ""), place))
    if agent.reads_event and not contexts:
        contexts.append("github.event")
    tools = "\n".join(site.inputs.get(name, "") for name in agent.tools)
    quiet = any(
        site.inputs.get(name, "").strip().lower() == value for name, value in agent.quiet.items()
    )
    is_open = agent.open_to_all or any(
        site.inputs.get(name, "").strip() and value in {"", site.inputs[name].strip()}
        for name, value in agent.open_by.items()
    )
    return Execution(
        site=site,
        kind=ExecutionKind.AGENT,
        what=agent.action,
        use=site.step.uses,
        contexts=tuple(dict.fromkeys(contexts)),
        open_to_all=is_open,
        can_execute=not quiet and _can_execute(tools, otherwise=agent.executes),
        confidence=Confidence.MEDIUM,
        span=site.span,
    )


def _of_program(site: Site, program: Program, place: Place) -> Execution:
    flags = agent_table().programs[program.name or ""]
    words = [word.shown for word in program.arguments]
    asked = any(word.partition("=")[0] in flags for word in words)
    contexts = list(_contexts(site, site.run or "", place))
    for name in site.step.environment:
        contexts.extend(_contexts(site, site.environment.get(name, ""), place))
    tools = " ".join(words)
    return Execution(
        site=site,
        kind=ExecutionKind.AGENT,
        what=program.name or "",
        contexts=tuple(dict.fromkeys(contexts)),
        open_to_all=True,
        can_execute=_can_execute(tools, otherwise=asked and "allow" not in tools.lower()),
        confidence=Confidence.LOW,
        span=site.span if site.step.run is None else site.step.run.span,
    )


def _contexts(site: Site, text: str, place: Place) -> tuple[str, ...]:
    return foreign_paths(text, site.environment, event=place.event)


def _can_execute(tools: str, *, otherwise: bool) -> bool:
    """Whether the tools that are named have a shell in them that runs more than a few commands."""
    if _DANGEROUS.search(tools):
        return True
    named = list(_SHELL_TOOL.finditer(tools))
    if not named:
        return otherwise and not tools.strip()
    return any(match["only"] is None or _RUNS_CODE.search(match["what"]) for match in named)
