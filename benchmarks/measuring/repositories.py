"""The archive's repositories, and what looks them through: ours, cold and warm, and zizmor."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from benchmarks.measuring import diagnosing
from benchmarks.measuring.genuine import ArchiveMissingError
from benchmarks.measuring.report import Comparison, Sample, Side
from tests.support.paths import ARCHIVE

if TYPE_CHECKING:
    from collections.abc import Sequence

COLD_FLOOR: Final = 1 / 3
WARM_FLOOR: Final = 3.0
_MOST_ALONE: Final = 10
"""A process for each takes its time."""
_CHILD: Final = Path(diagnosing.__file__)
_FOUND_SOMETHING: Final = range(11, 15)
"""Exit codes of zizmor: findings, by the worst of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    """Repositories in a folder of their own."""

    folder: Path
    """Each is a folder in it."""
    count: int

    def comparisons(self) -> list[Comparison]:
        """Return what is compared with what."""
        what = f"{self.count} repositories"
        one = f"{len(self._few())}, each alone"
        return [
            Comparison(
                ours=self._ours(f"{what}, cold", "cold"),
                peer=self._zizmor(what),
                floor=COLD_FLOOR,
            ),
            Comparison(
                ours=self._ours(f"{what}, warm", "warm"),
                peer=self._zizmor(f"{what} again"),
                floor=WARM_FLOOR,
            ),
            # One process for each: what somebody at a prompt waits for, most of it start-up.
            Comparison(
                ours=Side(what=one, server="imprint doctor", measure=self._each_by_command),
                peer=Side(what=one, server="zizmor", measure=self._each_by_zizmor),
                floor=None,
            ),
        ]

    def fill(self) -> None:
        """Let every diagnosis be kept once, and every module be compiled."""
        self._timed((sys.executable, str(_CHILD), "warm", str(self.folder)), count=self.count)

    def _paths(self) -> list[Path]:
        return sorted(self.folder.iterdir())

    def _few(self) -> list[Path]:
        return self._paths()[:_MOST_ALONE]

    def _ours(self, what: str, work: str) -> Side:
        words = (sys.executable, str(_CHILD), work, str(self.folder))
        return Side(
            what=what, server="imprint", measure=lambda: self._timed(words, count=self.count)
        )

    def _zizmor(self, what: str) -> Side:
        words = (*_zizmor_words(), *map(str, self._paths()))
        return Side(
            what=what, server="zizmor", measure=lambda: self._timed(words, count=self.count)
        )

    def _each_by_command(self) -> Sample:
        words = (sys.executable, "-m", "imprint", "doctor", "--no-cache", "--no-hygiene")
        more = ("--exit-zero", "--format", "json")
        return _together([self._timed((*words, *more, str(p)), count=1) for p in self._few()])

    def _each_by_zizmor(self) -> Sample:
        return _together([self._timed((*_zizmor_words(), str(p)), count=1) for p in self._few()])

    def _timed(self, words: Sequence[str], *, count: int) -> Sample:
        return _timed(words, count=count, bytecode=self.folder.parent / "bytecode")


def zizmor_version() -> str:
    """Return what the peer is, with its version."""
    said = subprocess.run(
        [_zizmor_words()[0], "--version"], capture_output=True, text=True, check=True
    )
    return said.stdout.strip()


def unpack(folder: Path, most: int) -> Repositories:
    """Unpack `most` of the archive's repositories, by the digest of their names."""
    if not ARCHIVE.is_file():
        raise ArchiveMissingError(f"there is no archive at {ARCHIVE}")
    target = folder / "repositories"
    with tarfile.open(ARCHIVE) as archive:
        members = {
            member: parts
            for member in archive
            if member.isfile()
            and len(parts := PurePosixPath(member.name).parts) > 3
            and parts[1] == "repositories"
        }
        names = sorted(
            {parts[2] for parts in members.values()},
            key=lambda name: hashlib.sha256(name.encode()).hexdigest(),
        )[:most]
        for member, parts in members.items():
            if parts[2] in names:
                path = target.joinpath(*parts[2:])
                path.parent.mkdir(parents=True, exist_ok=True)
                stream = archive.extractfile(member)
                assert stream is not None
                path.write_bytes(stream.read())
    return Repositories(folder=target, count=len(names))


def _zizmor_words() -> tuple[str, ...]:
    program = Path(sysconfig.get_path("scripts")) / "zizmor"
    return (str(program), "--offline", "--quiet", "--no-progress", "--format", "json")


def _timed(words: Sequence[str], *, count: int, bytecode: Path) -> Sample:
    """Run a process: its own CPU time, start-up included, is what counts, and what it held most.

    Its rate is for one core, so that neither threads nor other work on the machine change it.
    """
    environment = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(bytecode)
    started_at = time.perf_counter()
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    elapsed = time.perf_counter() - started_at
    if process.returncode != 0 and process.returncode not in _FOUND_SOMETHING:
        raise RuntimeError(f"`{' '.join(words[:4])}` ended with {process.returncode}")
    cpu = used.ru_utime + used.ru_stime
    return Sample(
        per_second=count / cpu,
        cpu_us=cpu / count * 1e6,
        p50_ms=elapsed / count * 1e3,
        peak_mib=used.ru_maxrss / 1024,
    )


def _together(samples: Sequence[Sample]) -> Sample:
    """Return one sample of processes that each did one."""
    cpu = sum(sample.cpu_us for sample in samples) / 1e6
    times = sorted(sample.p50_ms or 0.0 for sample in samples)
    return Sample(
        per_second=len(samples) / cpu,
        cpu_us=cpu / len(samples) * 1e6,
        p50_ms=times[len(times) // 2],
        p99_ms=times[-1],
        peak_mib=max(sample.peak_mib or 0.0 for sample in samples),
    )
