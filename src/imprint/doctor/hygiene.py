"""What zizmor finds in the same workflows: hygiene beyond publishing, never a headline.

zizmor is a program of its own, which comes as a wheel; it is started offline, without
this process's secrets. That it is not there, or fails, is a note in the diagnosis. What our own
checks say of the same place is not said twice, and its `cache-poisoning` is left out: ours knows
which release restores what (facts/workflows.md §0, 9).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.doctor.ranking import HYGIENE, rank
from imprint.doctor.zizmor_output import findings_of
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.doctor.folders import Folder
    from imprint.doctor.model import Diagnosis, Finding

TIMEOUT_SECONDS = 60.0
PROGRAM = "zizmor"
_ARGUMENTS = (
    "--offline",
    "--format=json-v1",
    "--no-exit-codes",
    "--no-progress",
    "--quiet",
    "--color=never",
)
_NOTHING_TO_READ = "no inputs collected"
_KEPT_VARIABLES = ("PATH", "HOME", "SYSTEMROOT", "TMPDIR", "TEMP")
_SAME = {
    "unpinned-uses": {"unpinned-action"},
    "unpinned-images": {"unpinned-action"},
    "artipacked": {"persisted-git-credentials"},
    "excessive-permissions": {"workflow-wide-id-token", "excess-permissions"},
    "secrets-inherit": {"secrets-beside-publish"},
    "dangerous-triggers": {"wide-trigger", "unguarded-checkout"},
    "template-injection": {"anonymous-code-execution", "anonymous-publish-path"},
    "github-env": {"foreign-environment-file"},
    "adhoc-packages": {"unpinned-download", "unpinned-npm"},
    "use-trusted-publishing": {"long-lived-token", "always-auth", "setup-node-registry-url"},
}
"""zizmor's audits, and the checks of ours that say the same thing."""
_LEFT_OUT = {"cache-poisoning"}


class Hygiene(msgspec.Struct, frozen=True, kw_only=True):
    """What zizmor said, or why it said nothing."""

    findings: tuple[Finding, ...] = ()
    note: str | None = None
    """One sentence, where it could not look."""


def look(folder: Folder, *, program: str | None = None) -> Hygiene:
    """Run zizmor over a folder, offline; `program` is where it is, None for the one at hand."""
    found = program or _program()
    if found is None:
        return Hygiene(note="hygiene beyond publishing was not looked at: zizmor is not installed")
    try:
        done = subprocess.run(
            [found, *_ARGUMENTS, "--", str(folder.root)],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=_environment(),
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Hygiene(note=f"zizmor was stopped after {TIMEOUT_SECONDS:.0f} seconds")
    except OSError as err:
        return Hygiene(note=f"zizmor could not be started: {quoted(err.strerror or str(err))}")
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace")
        if _NOTHING_TO_READ in said:
            return Hygiene()
        first = next(iter(said.strip().splitlines()), "")
        return Hygiene(note=f"zizmor ended with {done.returncode}: {quoted(first)}")
    try:
        return Hygiene(findings=findings_of(done.stdout, folder))
    except Malformed as err:
        return Hygiene(note=f"zizmor's answer could not be read: {err.message}")


def merged(diagnosis: Diagnosis, hygiene: Hygiene) -> Diagnosis:
    """Return a diagnosis with what zizmor found besides: last in order, and without repetition."""
    ours = diagnosis.findings
    new = tuple(
        finding
        for finding in hygiene.findings
        if finding.check.removeprefix(HYGIENE) not in _LEFT_OUT
        and not any(_is_same(finding, own) for own in ours)
    )
    notes = diagnosis.notes if hygiene.note is None else (*diagnosis.notes, hygiene.note)
    return replace(diagnosis, findings=rank((*ours, *new), diagnosis.paths), notes=notes)


def _is_same(theirs: Finding, own: Finding) -> bool:
    """Whether a finding of ours says the same thing of the same place."""
    return (
        own.check in _SAME.get(theirs.check.removeprefix(HYGIENE), ())
        and own.span.path == theirs.span.path
        and theirs.span.line <= own.end_line
        and own.span.line <= theirs.end_line
    )


def _program() -> str | None:
    """Return the zizmor of this installation, or else one on PATH."""
    beside = shutil.which(PROGRAM, path=sysconfig.get_path("scripts"))
    return beside or shutil.which(PROGRAM)


def _environment() -> dict[str, str]:
    """Return what a program needs to run, and no token of this process."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {**kept, "NO_COLOR": "1"}
