"""A diagnosis: what happened in a run, and the causes that its log is compatible with. Types."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec

from imprint.workflows.sources import Span


class Certainty(IntEnum):
    """How far the log alone proves a cause."""

    POSSIBLE = 1
    """The log does not speak against it."""
    LIKELY = 2
    """It fits best to what the log says."""
    CERTAIN = 3
    """The log says so."""


class Outcome(StrEnum):
    """How the run ended, as far as its log tells."""

    FAILED = "failed"
    SUCCEEDED = "succeeded"
    UNKNOWN = "unknown"


class LogProvider(StrEnum):
    """Whose log format it is."""

    GITHUB = "github"
    GITLAB = "gitlab"
    CIRCLECI = "circleci"


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log, as it is shown: without time stamps and colours, secrets masked."""

    number: int
    """From 1, in the file that was given."""
    text: str


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A program that the log names with its version."""

    name: str
    """`npm`, `node`, `pnpm`, `yarn`, `bun`, `lerna`, `semantic-release`."""
    version: str
    line: int


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One cause that the log is compatible with. `id` has a page (`explain`)."""

    id: str
    title: str
    certainty: Certainty
    lines: tuple[LogLine, ...]
    """What proves it, the most telling one first."""
    cause: str
    fix: str
    told_apart_by: str | None = None
    """What would tell it from the other causes; None where nothing else fits."""
    links: tuple[str, ...] = ()
    """Pages of our documentation."""
    place: Span | None = None
    """Where in the repository the fix belongs, where the repository is at hand."""

    @property
    def evidence(self) -> str:
        """The line that tells most."""
        return self.lines[0].text


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in the run."""

    outcome: Outcome
    provider: LogProvider | None
    published: tuple[str, ...]
    """`name@version` that clients say they published, in their order."""
    job: str | None
    """The job's name, where the log says it."""


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """What a log says."""

    causes: tuple[Cause, ...]
    """Of the failure, most likely first; none for a run that succeeded."""
    notes: tuple[Cause, ...]
    """What is worth knowing and made nothing fail, such as a publish by token."""
    clients: tuple[Client, ...]
    ran: Ran
    lines: int
    """How many lines were read."""
