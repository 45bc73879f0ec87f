"""What comes into a job from elsewhere: caches, artifacts, outputs of other jobs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.effects.model import CacheStore, ExecutionKind
from imprint.workflows.findings import Confidence
from imprint.workflows.github.expressions.evaluation import render
from imprint.workflows.github.expressions.model import UNKNOWN, Unknown
from imprint.workflows.github.expressions.templates import template_of
from imprint.workflows.paths.seeds import is_inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.model import ArtifactOperation, CacheOperation
    from imprint.workflows.github.expressions.model import Value
    from imprint.workflows.paths.contexts import RunContext
    from imprint.workflows.paths.guards import Admission
    from imprint.workflows.paths.jobs import Effects
    from imprint.workflows.sources import Span

_OUTPUT = re.compile(r"needs\s*\.\s*(?P<job>[\w-]+)\s*\.\s*outputs")
_ABSOLUTE = ("/", "~", "${{ runner.temp", "${{runner.temp", "$RUNNER_TEMP")


class CacheRead(msgspec.Struct, frozen=True, kw_only=True):
    """A cache that a job restores."""

    operation: CacheOperation | None
    """None: an action that cannot be looked into may restore one."""
    what: str
    span: Span
    confidence: Confidence


class ArtifactRead(msgspec.Struct, frozen=True, kw_only=True):
    """An artifact whose content a job runs or publishes."""

    operation: ArtifactOperation
    runs_it: bool
    """False: it is only sent on, by a job that publishes."""


def cache_reads(effects: Effects, admission: Admission) -> Iterator[CacheRead]:
    """Yield the forge's caches that a job restores in a run."""
    for operation in effects.caches:
        if not operation.restores or not admission.reaches(operation.site):
            continue
        if operation.store is CacheStore.BUILD:
            continue
        yield CacheRead(
            operation=operation,
            what=f"restores a cache by {operation.because}",
            span=operation.span,
            confidence=operation.confidence,
        )
    for execution in effects.executions:
        if execution.kind is ExecutionKind.OPAQUE and admission.reaches(execution.site):
            yield CacheRead(
                operation=None,
                what=f"opaque({execution.what}) may restore a cache",
                span=execution.span,
                confidence=Confidence.LOW,
            )


def artifact_reads(
    effects: Effects, admission: Admission, *, publishes: bool
) -> Iterator[ArtifactRead]:
    """Yield the artifacts that a job runs, or that it has at hand when it publishes."""
    for operation in effects.artifacts:
        if operation.uploads or not admission.reaches(operation.site):
            continue
        runs_it = any(
            execution.kind in {ExecutionKind.WORKSPACE, ExecutionKind.LOCAL_ACTION}
            and execution.site.order >= operation.site.order
            and admission.reaches(execution.site)
            and _touches(operation, execution.directory)
            for execution in effects.executions
        )
        if runs_it or publishes:
            yield ArtifactRead(operation=operation, runs_it=runs_it)


def jobs_whose_outputs_run(effects: Effects, admission: Admission) -> frozenset[str]:
    """Return the needed jobs whose outputs become a part of a script."""
    found: set[str] = set()
    for site in effects.sites:
        text = site.run or site.inputs.get("script", "")
        if "needs" in text and admission.reaches(site):
            found.update(match["job"] for match in _OUTPUT.finditer(text))
    return frozenset(found)


def is_forged(
    written: tuple[CacheOperation, ...],
    writer: RunContext,
    read: CacheRead,
    reader: RunContext,
) -> bool:
    """Whether no honest save of the writer's job would be restored: the key has to be made up.

    Whoever runs code in a job can reserve any key with the run's token (facts §0.7).
    """
    if read.operation is None or read.operation.key is None:
        return False
    wanted = _literal_head(read.operation.key, reader)
    prefixes = [_literal_head(key, reader)[0] for key in read.operation.restore_keys]
    for operation in written:
        if not operation.saves or operation.key is None:
            continue
        head, _ = saved = _literal_head(operation.key, writer)
        if _unify(saved, wanted) or any(
            head.startswith(prefix) or (saved[1] and prefix.startswith(head)) for prefix in prefixes
        ):
            return False
    return bool(written) or read.operation is not None


def _literal_head(key: str, context: RunContext) -> tuple[str, bool]:
    """Return what is known of a key's beginning, and whether more follows that is not."""

    def value(path: tuple[str, ...]) -> Value | Unknown:
        match path:
            case ("github", "event_name"):
                return context.event
            case ("github", "ref"):
                return context.ref
            case _:
                return UNKNOWN

    pieces: list[str] = []
    for part in template_of(key):
        text = render((part,), value)
        if isinstance(text, Unknown):
            return "".join(pieces), True
        pieces.append(text)
    return "".join(pieces), False


def _unify(first: tuple[str, bool], second: tuple[str, bool]) -> bool:
    if first[1] and second[1]:
        return first[0].startswith(second[0]) or second[0].startswith(first[0])
    if first[1]:
        return second[0].startswith(first[0])
    return first[0].startswith(second[0]) if second[1] else first[0] == second[0]


def _touches(operation: ArtifactOperation, directory: str | None) -> bool:
    """Whether what runs in a directory may run something of an artifact."""
    path = operation.paths[0] if operation.paths else ""
    if path.startswith(_ABSOLUTE):
        return False
    return is_inside(path.removeprefix("./").strip("/").removeprefix("."), directory)
