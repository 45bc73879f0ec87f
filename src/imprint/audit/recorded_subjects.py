"""What each run of the audit judged, kept so that another policy can be tried on it.

One file for each run, JSON lines and compressed, written whole; the oldest go first. Nothing is
decided from it: `imprint policy test` tells what a policy would have said.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from imprint.history.axes import Axes, Grade
from imprint.history.events import DriftEvent
from imprint.history.identities import PublisherIdentity
from imprint.npm.advisories.model import Advisory
from imprint.policy.decisions import Refused, Undecided, verdict_of
from imprint.policy.subjects import Lacking, Subject
from imprint.reachability.exposure import Exposure
from imprint.storage.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.policy.decisions import Decision

MOST_RUNS = 100
MOST_BYTES = 256 * 1024 * 1024
"""Of one run, unpacked."""
_ENDING = ".jsonl.gz"
_FAST = 1


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a run."""

    schema: int
    at: float
    lockfile: str


class _Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One subject, a line; a field for each of `Subject`."""

    name: str
    version: str
    integrity: str | None = None
    registry: str
    axes: Axes
    grade: Grade
    identity: PublisherIdentity | None = None
    configuration_id: str | None = None
    publisher_user: str | None = None
    published: float | None = None
    events: tuple[DriftEvent, ...] = ()
    exposure: Exposure | None = None
    is_dev: bool = False
    is_bundled: bool = False
    is_from_registry: bool = True
    address: str | None = None
    advisories: tuple[Advisory, ...] = ()
    fixes_advisory_of: str | None = None
    license: str | None = None
    lacking: tuple[Lacking, ...] = ()
    verdict: str | None = None
    codes: tuple[str, ...] = ()


_FIELDS = Subject.__struct_fields__
_SCHEMA = 1


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One subject, and what was decided of it then."""

    subject: Subject
    verdict: str | None = None
    """`admitted`, `refused`, `undecided`; None: it was not kept."""
    codes: tuple[str, ...] = ()
    """Of the reasons against it."""


class RecordedRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the audit."""

    at: float
    """Unix seconds."""
    lockfile: str
    rows: tuple[Recorded, ...]

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What was judged."""
        return tuple(row.subject for row in self.rows)


def folder_of(cache: Path, project: Path) -> Path:
    """Return where the runs of a project are, below the user's cache."""
    name = hashlib.sha256(str(project.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
    return cache / "subjects" / name[:16]


def append(
    folder: Path,
    subjects: Sequence[Subject],
    *,
    lockfile: str,
    now: float,
    decisions: Sequence[Decision] = (),
) -> None:
    """Keep what a run judged; nothing where the last one judged the very same. Raises OSError.

    `decisions` are those of `subjects`, in their order.
    """
    told: Sequence[Decision | None] = decisions or (None,) * len(subjects)
    rows = [
        msgspec.json.encode(_row(subject, decision))
        for subject, decision in zip(subjects, told, strict=True)
    ]
    body = b"\n".join(rows)
    digest = hashlib.sha256(body).hexdigest()[:12]
    runs = _runs(folder)
    if runs and runs[-1].name.endswith(f"-{digest}{_ENDING}"):
        return
    head = msgspec.json.encode(_Head(schema=_SCHEMA, at=now, lockfile=lockfile))
    folder.mkdir(parents=True, exist_ok=True)
    packed = gzip.compress(head + b"\n" + body + b"\n", compresslevel=_FAST, mtime=0)
    write_whole(folder / f"{int(max(now, 0)):012}-{digest}{_ENDING}", packed)
    for old in runs[: max(0, len(runs) + 1 - MOST_RUNS)]:
        old.unlink(missing_ok=True)


def read(folder: Path, since: float) -> Iterator[RecordedRun]:
    """Yield the runs since a moment, the oldest first; one that cannot be read is left out."""
    for path in _runs(folder):
        try:
            run = _read(path)
        except (
            OSError,
            EOFError,
            zlib.error,
            msgspec.MsgspecError,
            UnicodeDecodeError,
            ValueError,
        ):
            continue  # of another version of imprint, or cut short: it is a cache
        if run.at >= since:
            yield run


def _read(path: Path) -> RecordedRun:
    with gzip.open(path) as file:
        whole = file.read(MOST_BYTES)
    first, *lines = whole.splitlines()
    head = msgspec.json.decode(first, type=_Head)
    if head.schema != _SCHEMA:
        raise ValueError(head.schema)
    decoder = msgspec.json.Decoder(_Row)
    return RecordedRun(
        at=head.at,
        lockfile=head.lockfile,
        rows=tuple(_recorded(decoder.decode(line)) for line in lines if line),
    )


def _runs(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.name.endswith(_ENDING))
    except OSError:
        return []


def _row(subject: Subject, decision: Decision | None) -> _Row:
    codes: tuple[str, ...] = ()
    if isinstance(decision, Refused | Undecided):
        codes = tuple(reason.code for reason in decision.reasons)
    return _Row(
        **{name: getattr(subject, name) for name in _FIELDS},
        verdict=None if decision is None else verdict_of(decision),
        codes=codes,
    )


def _recorded(row: _Row) -> Recorded:
    subject = Subject(**{name: getattr(row, name) for name in _FIELDS})
    return Recorded(subject=subject, verdict=row.verdict, codes=row.codes)
