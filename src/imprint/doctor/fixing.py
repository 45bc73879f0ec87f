"""Repair what was found: one fix after the other, each judged on the text that the last one left.

Nothing is written before everything is planned and was shown. Not here: how a check repairs
(`workflows/checks`), how texts are edited (`workflows/edits`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.doctor.diagnosis import analyse
from imprint.doctor.folders import Skipped, write_inside
from imprint.doctor.judging import Made, State, fault_of
from imprint.doctor.parts import ways_of
from imprint.doctor.reading import MOST_BYTES
from imprint.refusals import Malformed, quoted
from imprint.workflows.checks.running import find_all, fix_of, fixes_of
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
_LONGEST = 3
"""Patches that are taken together: one, and what it brings to light."""


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """One repair that was planned."""

    check: str
    kind: FixKind
    title: str
    message: str
    """Of the finding."""
    span: Span
    """Where it stood when it was repaired: fixes before this one may have moved it."""
    patch: Patch


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """A repair that was tried and is not taken."""

    check: str
    span: Span
    reason: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
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
        declined=planner.declined,
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
        self._kinds = set(FixKind) if unsafe else {FixKind.SAFE}
        self._left_alone = left_alone
        self._declined: dict[tuple[str, Span], str] = {}
        self._has_moved = False
        """Since something was declined: it may hold now."""

    def step(self) -> bool:
        """Take one more fix; False: there is none left."""
        for found in sorted(self.state.found, key=_order):
            kind = found.check.fix_kind
            place = (found.check.id, found.report.span)
            if kind not in self._kinds or place in self._left_alone or place in self._declined:
                continue
            reason: str | None = None
            for patch in fixes_of(found.check, found.report, self.state.scene):
                outcome = self._tried(found, patch)
                if not isinstance(outcome, str):
                    self._take(outcome)
                    return True
                reason = outcome
            if reason is not None:
                self._declined[place] = reason
        if not (self._declined and self._has_moved):
            return False
        self._declined.clear()
        self._has_moved = False
        return True

    @property
    def declined(self) -> tuple[Declined, ...]:
        """What was tried on the last state, and does not hold there."""
        return tuple(
            Declined(check=check, span=span, reason=reason)
            for (check, span), reason in self._declined.items()
        )

    def _take(self, links: Sequence[_Link]) -> None:
        for link in links:
            self.fixes.append(
                Fix(
                    check=link.found.check.id,
                    kind=link.found.check.fix_kind or FixKind.UNSAFE,
                    title=link.patch.title,
                    message=link.found.report.message,
                    span=link.found.report.span,
                    patch=link.patch,
                )
            )
            self.state = link.after
            texts = link.after.texts
            self._left_alone = [
                (check, moved_span(span, link.patch, texts)) for check, span in self._left_alone
            ]
            self._declined = {
                (check, moved_span(span, link.patch, texts)): reason
                for (check, span), reason in self._declined.items()
            }
        self._has_moved = True

    def _tried(self, found: Found, patch: Patch) -> Sequence[_Link] | str:
        """Return what comes of a patch, or why it is not taken.

        Where it brings a finding to light that can be repaired as well, both are one: without a
        token that hid it, an npm that is too old is in the way.
        """
        links: list[_Link] = []
        state, next_found, next_patch = self.state, found, patch
        while True:
            after = _patched(state, next_patch)
            if isinstance(after, str):
                return after
            links.append(_Link(found=next_found, patch=next_patch, after=after))
            made = [Made(patch=link.patch, texts=link.after.texts) for link in links]
            fault = fault_of(found, made, before=self.state, after=after)
            if fault is None:
                return links
            added = fault.added
            if added is None or added.check.fix_kind not in self._kinds or len(links) == _LONGEST:
                return fault.reason
            further = fix_of(added.check, added.report, after.scene)
            if further is None:
                return fault.reason
            state, next_found, next_patch = after, added, further


class _Link(msgspec.Struct, frozen=True, kw_only=True):
    """One patch of several that are taken together or not at all."""

    found: Found
    patch: Patch
    after: State


def _patched(before: State, patch: Patch) -> State | str:
    """Return the state after a patch that does what it says, or what else it does."""
    if any(path.startswith(f"{LOCK_FOLDER}/") for path in _paths_of(patch)):
        return "it would change a file of another repository"
    try:
        changed = apply_patch(before.texts, patch)
    except Malformed as err:
        return err.message
    return unwanted_change(before.texts, changed, patch) or _state(before.scene, changed)


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
