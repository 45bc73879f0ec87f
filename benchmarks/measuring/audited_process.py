"""One whole process, measured: `audited_process.py FIGURES WORD…` starts it, writes its figures.

A process of its own does that, and a small one: what a child held most counts what its parent held
when it was started, and a parent that made a registry of 277 MB held a lot. Of a run that starts
processes it is the most that all of them held at one moment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

SHOWN_CHARACTERS = 600
EVERY_SECONDS = 0.02
"""How often it is looked what the processes that it starts hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """One run of a whole process, start-up included."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    said: str
    """What it wrote to stdout: the numbers of what it looked at are in it."""


def timed(
    words: Sequence[str],
    *,
    folder: Path,
    variables: Mapping[str, str],
    files: Path,
    codes: Collection[int] = (0,),
) -> Took:
    """Run `words` in `folder`, with `variables` alone; `files` is where output is put meanwhile.

    Raises RuntimeError where it ends with another code than `codes`.
    """
    figures_at, said_at, error_at = (files / name for name in ("figures", "said", "error"))
    launched = (sys.executable, "-I", "-S", __file__, str(figures_at), *words)
    with said_at.open("wb") as said, error_at.open("wb") as error:
        subprocess.run(
            launched,
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=error,
            check=True,
        )
    code, seconds, cpu_seconds, peak_mib = json.loads(figures_at.read_text())
    told = said_at.read_text(errors="replace")
    if code not in codes:
        shown = (told + error_at.read_text(errors="replace"))[-SHOWN_CHARACTERS:]
        raise RuntimeError(f"`{' '.join(words[:3])}` ended with `{code}`: {shown}")
    return Took(seconds=seconds, cpu_seconds=cpu_seconds, peak_mib=peak_mib, said=told)


def main(figures_at: str, words: Sequence[str]) -> None:
    """Run `words`, and write code, seconds, CPU seconds and MiB."""
    started_at = time.perf_counter()
    process = subprocess.Popen(words)
    held = [0]
    threading.Thread(target=_watch, args=(process.pid, held), daemon=True).start()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started_at
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu_seconds = used.ru_utime + used.ru_stime
    # What is told at the end is the most of any one of them.
    peak_mib = max(used.ru_maxrss, *held) / 1024
    Path(figures_at).write_text(json.dumps((process.returncode, seconds, cpu_seconds, peak_mib)))


def _watch(process: int, held: list[int]) -> None:
    """Note what `process` and those that it starts hold together, in KiB, each time it is more."""
    while True:
        held.append(_held_kib(process) + sum(map(_held_kib, _children(process))))
        held[:] = [max(held)]
        time.sleep(EVERY_SECONDS)


def _children(process: int) -> list[int]:
    """Return the processes that it has started, and that are other programs by now."""
    try:
        listed = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
        found = [int(one) for children in listed for one in children.split()]
        return [one for one in found if _words(one) != _words(process)]
    except OSError:
        return []


def _words(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


def _held_kib(process: int) -> int:
    """Return what a process holds now; 0: it is gone."""
    try:
        told = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in told.splitlines() if "VmRSS" in line), 0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
