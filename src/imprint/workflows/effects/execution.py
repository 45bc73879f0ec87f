"""What a job's steps execute, or can be made to execute (facts/workflows.md §7.2, §7.3).

Local actions, actions of others, commands, agents, expressions that become code. Whether that is
harmful depends on whose code is in the workspace; that is the graph's business.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from imprint.workflows.effects.agents import agents_of
from imprint.workflows.effects.expansion import sites_of, use_name
from imprint.workflows.effects.injection import environment_writes_of, injections_of
from imprint.workflows.effects.model import Execution, ExecutionKind, Site
from imprint.workflows.effects.origins import Place
from imprint.workflows.effects.programs import Ran, executed_by
from imprint.workflows.effects.sameness import Same
from imprint.workflows.effects.situations import may_run, situations_of
from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import DockerUse, LocalUse, RemoteUse, UnknownUse
from imprint.workflows.resolution import action_of
from imprint.workflows.shell.commands import commands_of
from imprint.workflows.shell.programs import programs_of
from imprint.workflows.tables.actions import (
    action_table,
    agents,
    gate_table,
    running_actions,
)
from imprint.workflows.tables.caching import caching_actions
from imprint.workflows.tables.pins import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.repository import Repository
    from imprint.workflows.tables.actions import RunningAction

_LOCAL_SCRIPT = re.compile(
    r"(?:require|import)\(\s*[\"'`](?:\./|\.\./|\$\{\s*process\.env\.GITHUB_WORK)"
)
_STARTS_PROGRAM = re.compile(r"\b(?:exec\.exec|exec\.getExecOutput|execSync|spawnSync|execa)\b")
_FALSE = {"", "false", "null", "no", "~"}


def executions_of(
    repository: Repository, workflow: Workflow, job: Job, *, event: str | None = None
) -> tuple[Execution, ...]:
    """Return what the job's steps execute, in order.

    With `event`, as runs of that event do: text that its payload does not have is not foreign.
    """
    situations = situations_of(repository, workflow, job, event=event)
    found: list[Execution] = []
    entered: set[str] = set()
    for site in sites_of(repository, workflow, job):
        if not any(may_run(site, situation) for situation in situations):
            continue
        place = Place(
            repository=repository,
            workflow=workflow,
            job=job,
            environment=site.environment,
            event=event,
        )
        found.extend(_local_composites(site, entered))
        found.extend(_of_use(repository, site))
        found.extend(_of_script(repository, site, site.run))
        found.extend(agents_of(site, place))
        found.extend(injections_of(site, place))
        found.extend(environment_writes_of(site, place))
    return tuple(found)


def is_opaque(repository: Repository, site: Site) -> bool:
    """Whether a step's action is one of another repository that nothing is known of.

    It may be a composite one that restores caches and runs anything (facts/workflows.md §7.1).
    """
    use = site.step.uses
    if isinstance(use, UnknownUse):
        return True
    if not isinstance(use, RemoteUse) or action_of(repository, use) is not None:
        return False
    name = use.name
    return not (
        name in action_table().known
        or name in running_actions()
        or name in agents()
        or name in caching_actions()
        or any(name == gate.action for gate in gate_table().gates)
    )


def _local_composites(site: Site, entered: set[str]) -> Iterator[Execution]:
    """Yield local composite actions as they are entered: `./` is read out of the workspace."""
    for name in site.through:
        place = f"{site.job_step.span.start}:{name}"
        if name.startswith("./") and place not in entered:
            entered.add(place)
            yield _execution(site, ExecutionKind.LOCAL_ACTION, name, directory=name[2:])


def _of_use(repository: Repository, site: Site) -> Iterator[Execution]:
    use = site.step.uses
    match use:
        case LocalUse(self_repository=False):
            yield _execution(site, ExecutionKind.LOCAL_ACTION, use_name(use), directory=use.path)
        case RemoteUse():
            yield from _of_remote(repository, site, use)
        case DockerUse():
            pinned = "@sha256:" in use.image
            yield _execution(site, ExecutionKind.ACTION, use_name(use), is_pinned=pinned)
        case UnknownUse():
            yield _execution(site, ExecutionKind.OPAQUE, use_name(use), confidence=Confidence.LOW)
        case _:
            return


def _of_remote(repository: Repository, site: Site, use: RemoteUse) -> Iterator[Execution]:
    pinned = version_of(use).is_commit
    kind = ExecutionKind.OPAQUE if is_opaque(repository, site) else ExecutionKind.ACTION
    confidence = Confidence.LOW if kind is ExecutionKind.OPAQUE else Confidence.HIGH
    yield _execution(site, kind, use_name(use), is_pinned=pinned, confidence=confidence)
    row = running_actions().get(use.name)
    if row is None or not _runs(site, row):
        return
    directory = site.inputs.get("working-directory") or site.inputs.get("cwd") or ""
    match row.runs:
        case "workspace":
            yield _execution(
                site, ExecutionKind.WORKSPACE, use_name(use), directory=_folder(directory)
            )
            if row.commands:
                yield from _commands(repository, site, row)
        case "dependencies":
            yield _execution(site, ExecutionKind.WORKSPACE, use_name(use))
            yield _execution(site, ExecutionKind.DEPENDENCIES, use_name(use))
        case "commands":
            yield from _commands(repository, site, row)
        case "script":
            script = "\n".join(site.inputs.get(name, "") for name in row.commands)
            if _LOCAL_SCRIPT.search(script):
                yield _execution(site, ExecutionKind.WORKSPACE, f"{use_name(use)} require")
            elif _STARTS_PROGRAM.search(script):
                yield _execution(
                    site,
                    ExecutionKind.WORKSPACE,
                    f"{use_name(use)} exec",
                    confidence=Confidence.LOW,
                )


def _runs(site: Site, row: RunningAction) -> bool:
    if row.when_inputs and all(
        site.inputs.get(name, "").strip().lower() in _FALSE for name in row.when_inputs
    ):
        return False
    for name, value in row.unless.items():
        given = site.inputs.get(name)
        if given is None and row.default_unless:
            return False
        if given is not None and given.strip().lower() == value:
            return False
    return True


def _commands(repository: Repository, site: Site, row: RunningAction) -> Iterator[Execution]:
    for name in row.commands:
        yield from _of_script(repository, site, site.inputs.get(name))


def _of_script(repository: Repository, site: Site, script: str | None) -> Iterator[Execution]:
    if script is None:
        return
    for ran, folder in _run_by(Same(repository), script, site.shell):
        yield _execution(
            site,
            ran.kind,
            ran.what,
            directory=None if folder is None else _joined(site.directory, folder),
            is_pinned=ran.is_pinned,
            confidence=ran.confidence,
        )


@lru_cache(maxsize=2048)
def _run_by(
    same: Same[Repository], script: str, shell: str | None
) -> tuple[tuple[Ran, str | None], ...]:
    """Return what a script runs, and in which folders, without repetition."""
    found: dict[tuple[ExecutionKind, str], tuple[Ran, str | None]] = {}
    for command in commands_of(script, shell=shell):
        for program in programs_of(command):
            for ran in executed_by(program, same.subject):
                found.setdefault((ran.kind, ran.what), (ran, program.directory))
    return tuple(found.values())


def _joined(outer: str, inner: str) -> str:
    return _folder(posixpath.join(outer, inner.removeprefix("$GITHUB_WORKSPACE/")))


def _folder(path: str) -> str:
    normal = posixpath.normpath(path or ".")
    return "" if normal == "." else normal


def _execution(
    site: Site,
    kind: ExecutionKind,
    what: str,
    *,
    directory: str | None = "",
    is_pinned: bool = True,
    confidence: Confidence = Confidence.HIGH,
) -> Execution:
    return Execution(
        site=site,
        kind=kind,
        what=what.strip().partition("\n")[0],
        use=site.step.uses,
        directory=directory,
        is_pinned=is_pinned,
        confidence=confidence,
        span=site.span if site.run is None or site.step.run is None else site.step.run.span,
    )
