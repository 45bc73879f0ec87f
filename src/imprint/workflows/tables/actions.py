"""Actions by what they run: the workspace, a script they are given, an agent, a look at rights.

Source: their own action.yml and sources; permission checks after CodeQL's list (facts/workflows.md
§4, §7.4).
"""

from __future__ import annotations

from functools import cache

import msgspec

from imprint.workflows.tables.loading import load


class RunningAction(msgspec.Struct, frozen=True, kw_only=True):
    """What an action runs."""

    action: str
    """`owner/repository[/path]` in lower case."""
    runs: str
    """`workspace`, `dependencies`, `commands` (of an input), `script` (JavaScript of an input),
    `remote` (elsewhere), `none`."""
    when_inputs: tuple[str, ...] = ()
    """It runs something only where one of these is given, and neither `false` nor `null`."""
    unless: dict[str, str] = msgspec.field(default_factory=dict)
    """It runs nothing where an input has this value."""
    default_unless: bool = False
    """Whether that value is the input's default."""
    commands: tuple[str, ...] = ()
    """Inputs that are run: expressions in them are as good as in a script."""
    untrusted_outputs: tuple[str, ...] = ()
    """Outputs that outsiders write: `*` stands for any."""


class ActionTable(msgspec.Struct, frozen=True, kw_only=True):
    """The table's shape."""

    source: str
    known: frozenset[str]
    """Actions that run nothing of the workspace and hide no others."""
    actions: tuple[RunningAction, ...]


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """An action that looks at the actor's rights, and fails or says so."""

    action: str
    input: str | None
    """The input that says which right is asked for."""
    accepts: tuple[str, ...]
    """Pieces, one of which its value has to have for the gate to be one."""
    default: str | None
    """Its value where it is not given; None: no gate then."""
    outputs: tuple[str, ...]
    """Outputs that later conditions may ask; where there are none the action fails by itself."""


class GateTable(msgspec.Struct, frozen=True, kw_only=True):
    """The table's shape."""

    source: str
    gates: tuple[Gate, ...]
    scripts: tuple[str, ...]
    """Calls of the forge's API in a script that ask for rights."""
    commands: tuple[str, ...]
    """Pieces of the addresses that `gh api` asks for rights at."""


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """An action that lets a language model work."""

    action: str
    prompts: tuple[str, ...]
    tools: tuple[str, ...]
    """Inputs that say what it may use."""
    open_by: dict[str, str]
    """Inputs that let anybody make it work: the value that does, empty for any."""
    open_to_all: bool
    """Whether it looks at nobody's rights."""
    executes: bool
    """Whether it has a shell without being given one."""
    reads_event: bool
    """Whether it reads issue, comment or pull request by itself."""
    quiet: dict[str, str] = msgspec.field(default_factory=dict)
    """Inputs that take its shell away."""


class AgentTable(msgspec.Struct, frozen=True, kw_only=True):
    """The table's shape."""

    source: str
    agents: tuple[Agent, ...]
    programs: dict[str, tuple[str, ...]]
    """Command-line agents, and the arguments with which they run commands unasked."""


class ProgramTable(msgspec.Struct, frozen=True, kw_only=True):
    """The table's shape."""

    source: str
    reads: frozenset[str]
    """Programs that look at files and run none of them."""
    executes: frozenset[str]
    """Programs that run scripts, builds or configuration of the folder they are in."""
    readsonly_verbs: dict[str, frozenset[str]]
    """Of those, the first arguments with which they run nothing."""


@cache
def action_table() -> ActionTable:
    """Return what actions run."""
    return load("actions", ActionTable)


@cache
def running_actions() -> dict[str, RunningAction]:
    """Return the actions that run something, by name."""
    return {row.action: row for row in action_table().actions}


@cache
def gate_table() -> GateTable:
    """Return what looks at the actor's rights."""
    return load("gates", GateTable)


@cache
def agent_table() -> AgentTable:
    """Return the agents."""
    return load("agents", AgentTable)


@cache
def agents() -> dict[str, Agent]:
    """Return the agents that are actions, by name."""
    return {row.action: row for row in agent_table().agents}


@cache
def program_table() -> ProgramTable:
    """Return what programs do with the folder they run in."""
    return load("programs", ProgramTable)
