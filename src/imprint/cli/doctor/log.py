"""`imprint doctor --log`: why a publish failed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from imprint.cli.report import Report
from imprint.cli.session import show
from imprint.doctor.logs.diagnosis import diagnose
from imprint.doctor.logs.model import Outcome
from imprint.doctor.logs.rendering import plain, summary, values
from imprint.doctor.logs.text import MAX_LOG_BYTES
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.doctor.logs.model import Diagnosis
    from imprint.workflows.repository import Repository

_STDIN = Path("-")


def show_log(log: Path, folder: Path | None) -> int:
    """Say what the log tells, and return the exit code.

    1 for a cause, 0 for a run that succeeded, 3 where no cause is known. Where the folder (else the
    current one) has workflows, the fixes name their lines.
    """
    diagnosis = diagnose(_read(log), repository=_repository(folder or Path()))
    show(Report(lines=plain(diagnosis), summary=summary(diagnosis), values=values(diagnosis)))
    return exit_code(diagnosis)


def exit_code(diagnosis: Diagnosis) -> int:
    """Return what the command ends with."""
    from imprint.cli.main import CLEAN, FINDINGS, UNDECIDED

    if diagnosis.causes:
        return FINDINGS
    return CLEAN if diagnosis.ran.outcome is Outcome.SUCCEEDED else UNDECIDED


def _read(log: Path) -> bytes:
    """Return the log's bytes; one more than may be read shows that it is too large."""
    if log == _STDIN:
        return sys.stdin.buffer.read(MAX_LOG_BYTES + 1)
    try:
        with log.open("rb") as file:
            return file.read(MAX_LOG_BYTES + 1)
    except OSError as err:
        reason = (err.strerror or str(err)).lower()
        raise Malformed(
            "unreadable-file", f"the log {quoted(str(log))} cannot be read: {reason}"
        ) from err


def _repository(folder: Path) -> Repository | None:
    if not (folder / ".github" / "workflows").is_dir():
        return None
    from imprint.doctor.folders import open_folder
    from imprint.doctor.reading import collect
    from imprint.workflows.reading import read_repository

    return read_repository(collect(open_folder(folder)).files)
