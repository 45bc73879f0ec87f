"""Which workflow a Workload must come from: references are built and compared, never taken apart.

A GitHub reference is `owner/name/.github/workflows/FILE@REF`; FILE and REF may both contain `@`.
Whoever splits it can be told that `release.yml@evil.yml@refs/heads/main` is `release.yml` (defect
F12). So the reference that is expected is built from the configured file and from the claims that
the same signature covers (repository, ref, commit), and must be equal to the letter: cases D01-D23,
F01-F03, F08, F09. Not here: what an administrator writes (`workflow_files.py`).
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from imprint.identity.workload import Provider
from imprint.publishers.comparisons import BrokenRule, broken, known
from imprint.publishers.forges import folded, forge_host
from imprint.publishers.refs import BRANCH_PREFIX, MAXIMUM_LENGTH, TAG_PREFIX
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.identity.workload import Workload
    from imprint.publishers.publisher import CalledWorkflow, WorkflowRule

CODE = "workflow-mismatch"
WORKFLOW_FOLDER = ".github/workflows/"

_LONGEST_REFERENCE = 4 * MAXIMUM_LENGTH
_HEX = frozenset(string.hexdigits.lower())
_COMMIT_LENGTH = 40
_CASE_HINT = "only upper and lower case differ: workflow file names are compared to the letter"


def judge_workflow(rule: WorkflowRule, workload: Workload) -> Iterator[BrokenRule]:
    """Yield what is broken of the caller rule and of the called rule; both must hold (case D19)."""
    if rule.caller is not None:
        yield from _judge_caller(rule.caller, workload)
    if rule.called is not None:
        yield from _judge_called(rule.called, workload)


def is_reusable_call(workload: Workload) -> bool | None:
    """Return whether the job belongs to another workflow than the triggered one; None: not known.

    Case D25: recorded and shown wherever a Workload is.
    """
    caller = known(workload.caller_workflow_ref)
    called = known(workload.called_workflow_ref)
    if caller is None or called is None:
        return None
    return caller != called


def is_commit(text: str) -> bool:
    """Return whether `text` is a whole commit id: 40 lower-case hex digits."""
    return len(text) == _COMMIT_LENGTH and set(text) <= _HEX


def _judge_caller(caller: str, workload: Workload) -> Iterator[BrokenRule]:
    match workload.provider:
        case Provider.CIRCLECI:
            if known(workload.caller_workflow_ref) != caller:
                yield _broken(workload, "caller_workflow_ref", quoted(caller))
        case Provider.GENERIC:
            # An issuer of no known form has no reference that could be built: refuse.
            yield _broken(workload, "caller_workflow_ref", quoted(caller))
        case Provider.GITHUB | Provider.GITLAB:
            yield from _judge_own("caller_workflow_ref", caller, workload)


def _judge_called(called: CalledWorkflow, workload: Workload) -> Iterator[BrokenRule]:
    if workload.provider is not Provider.GITHUB:
        yield _broken(workload, "called_workflow_ref", quoted(called.file))
        return
    if called.repository is None:
        yield from _judge_own("called_workflow_ref", called.file, workload)
    else:
        yield from _judge_foreign(called, called.repository, workload)
    if called.sha is not None and known(workload.called_workflow_sha) != called.sha:
        yield broken(
            CODE,
            workload.provider,
            "called_workflow_sha",
            expected=quoted(called.sha),
            actual=workload.called_workflow_sha,
        )


def _judge_own(field: str, file: str, workload: Workload) -> Iterator[BrokenRule]:
    """Judge a workflow of the run's own repository, at the run's own ref or commit.

    `job_workflow_sha` is not among what is built: it is the commit of whatever was called, and with
    it every commit of the file would do.
    """
    root = _own_root(workload)
    revisions = [
        revision
        for field_value in (workload.ref, workload.caller_workflow_sha, workload.commit)
        if (revision := known(field_value)) is not None
    ]
    if root is None or not revisions:
        # Cases D12, F08: with neither ref nor commit there is nothing to build from.
        expected = f"{quoted(file)} at the run's ref or commit, of which the token names neither"
        yield _broken(workload, field, expected)
        return
    accepted = [f"{root}{file}@{revision}" for revision in revisions]
    reference = known(getattr(workload, field))
    if reference in accepted:
        return
    hint = None
    if reference is not None and folded(reference) in map(folded, accepted):
        hint = _CASE_HINT
    elif reference is None and workload.provider is Provider.GITLAB:
        hint = "the pipeline file must lie in the project: GitLab names no other"  # Case F09.
    yield _broken(workload, field, quoted(accepted[0]), hint)


def _judge_foreign(
    called: CalledWorkflow, repository: str, workload: Workload
) -> Iterator[BrokenRule]:
    """Judge the call of a workflow of another repository (cases D20-D22).

    Pinned by `ref`, the whole reference is built. Without that the revision is free: then what
    follows `repository/.github/workflows/FILE@` must itself be one complete revision. Nothing can
    hide there: a file of that folder has no `/` in its name, and every branch and tag begins with
    two, so `FILE@refs/heads/...` is never the beginning of a longer file name; and a file that
    is called `FILE@<40 hex digits>` would still be followed by a revision of its own.
    """
    start = f"{repository}/{WORKFLOW_FOLDER}{called.file}@"
    pinned = [revision for revision in (called.ref, called.sha) if revision is not None]
    if called.ref is None:
        expected = f"{quoted(start)} and a branch, a tag or a commit"
    else:
        expected = quoted(start + called.ref)
    reference = known(workload.called_workflow_ref)
    if reference is None or len(reference) > _LONGEST_REFERENCE:
        yield _broken(workload, "called_workflow_ref", expected)
        return
    # A forge's repository names have no case, and no signed id stands for this one.
    root_length = len(repository) + len("/")
    same_root = folded(reference[:root_length]) == folded(start[:root_length])
    file, revision = reference[root_length : len(start)], reference[len(start) :]
    same_file = same_root and file == start[root_length:]
    if same_file and (revision in pinned or (called.ref is None and _is_revision(revision))):
        return
    differs_in_case = same_root and folded(file) == folded(start[root_length:])
    hint = _CASE_HINT if differs_in_case and not same_file else None
    yield _broken(workload, "called_workflow_ref", expected, hint)


def _own_root(workload: Workload) -> str | None:
    repository = known(workload.repository)
    if repository is None:
        return None
    if workload.provider is Provider.GITLAB:
        return f"{forge_host(workload.issuer)}/{repository}//"
    return f"{repository}/{WORKFLOW_FOLDER}"


def _is_revision(text: str) -> bool:
    for prefix in (BRANCH_PREFIX, TAG_PREFIX):
        if text.startswith(prefix):
            return len(prefix) < len(text) <= MAXIMUM_LENGTH
    return is_commit(text)


def _broken(workload: Workload, field: str, expected: str, hint: str | None = None) -> BrokenRule:
    actual = getattr(workload, field)
    return broken(CODE, workload.provider, field, expected=expected, actual=actual, hint=hint)
