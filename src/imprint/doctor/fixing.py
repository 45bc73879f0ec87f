"""Repair what was found: one fix after the other, each judged on the text that the last one left.

Nothing is written before everything is planned and was shown. Not here: how a check repairs
(`workflows/checks`), how texts are edited (`workflows/edits`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from imprint.doctor.diagnosis import analyse
from imprint.doctor.folders import Skipped, write_inside
from imprint.doctor.judging import State, fault_of
from imprint.doctor.parts import ways_of
from imprint.doctor.reading import MOST_BYTES
from imprint.refusals import Malformed, quoted
from imprint.workflows.checks.running import find_all, fix_of
from imprint.workflows.edits.applying import apply_patch, moved_span, unified_diff
from imprint.workflows.edits.comparing import unwanted_change
from imprint.workflows.external import LOCK_FOLDER
from imprint.workflows.findings import FixKind
from imprint.workflows.publishing.detection import publish_jobs_of
from imprint.workflows.reading import read_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imprint.doctor.folders import Folder
    from imprint.doctor.model import Finding
    from imprint.doctor.reading import Tree
    from imprint.workflows.checks.running import Found
    from imprint.workflows.facts import Facts
    from imprint.workflows.findings import Patch
    from imprint.workflows.profiles import Profile
    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Span

MOST_FIXES = 500
"""Of one repository in one run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One repair that was planned."""

    check: str
    kind: FixKind
    title: str
    message: str
    """Of the finding."""
    span: Span
    """Where it stood when it was repaired: fixes before this one may have moved it."""
    patch: Patch


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """A repair that was tried and is not taken."""

    check: str
    span: Span
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be written."""

    fixes: tuple[Fix, ...]
    declined: tuple[Declined, ...]
    before: Mapping[str, str]
    """Texts of the files that change, as they were; new ones are not in it."""
    after: Mapping[str, str]

    @property
    def diff(self) -> str:
        """The unified difference of all of it."""
        return unified_diff(self.before, self.after)


def plan_fixes(
    tree: Tree,
    *,
    facts: Facts,
    profile: Profile,
    name: str | None = None,
    unsafe: bool = False,
    sort_out: Callable[[Sequence[Finding]], Sequence[Finding]] = lambda findings: findings,
) -> Plan:
    """Return the fixes of a repository that hold, and the texts that they come to.

    Without `unsafe` only those that can be taken without thinking. `sort_out` returns the findings
    that nobody ignores: what is ignored is left alone. The same files always give the same plan,
    and the files of its end give an empty one.
    """
    analysis = analyse(tree, facts=facts, profile=profile, name=name)
    wanted = {(one.check, one.span, one.message) for one in sort_out(analysis.diagnosis.findings)}
    start = State(scene=analysis.scene, found=find_all(analysis.scene))
    left_alone = [
        (one.check.id, one.report.span)
        for one in start.found
        if (one.check.id, one.report.span, one.report.message) not in wanted
    ]
    planner = _Planner(state=start, unsafe=unsafe, left_alone=left_alone)
    while len(planner.fixes) < MOST_FIXES and planner.step():
        pass
    texts = planner.state.texts
    changed = [path for path, text in texts.items() if start.texts.get(path) != text]
    return Plan(
        fixes=tuple(planner.fixes),
        declined=tuple(planner.declined),
        before={path: start.texts[path] for path in changed if path in start.texts},
        after={path: texts[path] for path in changed},
    )


def write_fixes(folder: Folder, plan: Plan) -> None:
    """Write the files of a plan; nothing where one of them is not what was read any more.

    Raises Malformed (`file-changed`, `link-out`).
    """
    for path in plan.after:
        try:
            now = folder.read(path, most_bytes=MOST_BYTES).decode(errors="replace")
        except Skipped:
            now = None
        if now != plan.before.get(path):
            raise Malformed(
                "file-changed",
                f"file {quoted(path)} is not what was read: nothing is written",
                hint="run the command again",
            )
    for path, text in plan.after.items():
        write_inside(folder, path, text.encode())


class _Planner:
    """The fixes so far, and the state that they come to."""

    def __init__(self, *, state: State, unsafe: bool, left_alone: list[tuple[str, Span]]) -> None:
        self.state = state
        self.fixes: list[Fix] = []
        self.declined: list[Declined] = []
        self._kinds = set(FixKind) if unsafe else {FixKind.SAFE}
        self._left_alone = left_alone

    def step(self) -> bool:
        """Take one more fix; False: there is none left."""
        for found in sorted(self.state.found, key=_order):
            kind = found.check.fix_kind
            place = (found.check.id, found.report.span)
            if kind not in self._kinds or kind is None or place in self._left_alone:
                continue
            patch = fix_of(found.check, found.report, self.state.scene)
            if patch is None:
                continue
            outcome = self._tried(found, patch)
            if isinstance(outcome, State):
                self._take(found, kind, patch, outcome)
                return True
            self._left_alone.append(place)
            self.declined.append(Declined(check=place[0], span=place[1], reason=outcome))
        return False

    def _take(self, found: Found, kind: FixKind, patch: Patch, state: State) -> None:
        self.fixes.append(
            Fix(
                check=found.check.id,
                kind=kind,
                title=patch.title,
                message=found.report.message,
                span=found.report.span,
                patch=patch,
            )
        )
        self.state = state
        self._left_alone = [
            (check, moved_span(span, patch, state.texts)) for check, span in self._left_alone
        ]

    def _tried(self, found: Found, patch: Patch) -> State | str:
        """Return the state after a patch, or why it is not taken."""
        before = self.state
        if any(path.startswith(f"{LOCK_FOLDER}/") for path in _paths_of(patch)):
            return "it would change a file of another repository"
        try:
            changed = apply_patch(before.texts, patch)
        except Malformed as err:
            return err.message
        problem = unwanted_change(before.texts, changed, patch)
        if problem is not None:
            return problem
        after = _state(before.scene, changed)
        fault = fault_of(found, patch, before, after)
        return after if fault is None else fault


def _state(before: Scene, changed: Mapping[str, str]) -> State:
    """Return the state of a repository some files of which have changed."""
    old = before.repository
    files = {**old.files, **{path: text.encode() for path, text in changed.items()}}
    read = read_repository(files, name=old.name)
    # What could not be read before it was read at all is no file.
    skipped = tuple(one for one in old.unreadable if one.path not in files)
    repository = replace(read, unreadable=(*skipped, *read.unreadable))
    jobs = publish_jobs_of(repository)
    paths = ways_of(repository, jobs, before.facts, before.profile).paths
    scene = replace(before, repository=repository, publish_jobs=jobs, paths=paths)
    return State(scene=scene, found=find_all(scene))


def _paths_of(patch: Patch) -> set[str]:
    return {edit.span.path for edit in patch.edits} | {path for path, _ in patch.new_files}


def _order(found: Found) -> tuple[int, str, int, str]:
    """Return the worst first, then by place."""
    severity = found.report.severity or found.check.severity
    return -severity, found.report.span.path, found.report.span.start, found.check.id
