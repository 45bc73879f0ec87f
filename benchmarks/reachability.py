"""Which packages an application loads: imprint, without Node, against esbuild's own account.

`python benchmarks/reachability.py [--format json] [--rounds N] [--only WORD] [--folder DIR]`

Two entries of one application that is written anew: `application` (an ES and CommonJS mixture with
a workspace, `imports`, dynamic and conditional loading) and `tools` (bundlers, compilers, linters).
Packages are installed by npm from the registry that this machine is set up for.

- accuracy, by package: what is loaded against the inputs in esbuild's metafile, which are
  what it saw before it shook anything off. Floors: recall 0.99, precision 0.95.
- funnel: locked, not for development alone, needed by what is imported, loaded.
- time: whole processes, start-up included, `cold` without anything kept and `warm` with the edges
  of an earlier run; against esbuild, which parses and writes a bundle. No floor: two cores count
  for esbuild, and one for imprint.

`--folder DIR` keeps the application there, and uses one that is there. Exit code 1: a floor is
missed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measuring import reaching
from benchmarks.measuring.applications import (
    ENTRIES,
    Bundling,
    bundling,
    esbuild_version,
    install,
    metafile,
    write_application,
)
from benchmarks.measuring.machine import machine
from benchmarks.measuring.rounds import options
from imprint.reachability.files import package_folder
from tests.support.clients import ClientMissingError

ROUNDS = 3
RECALL, PRECISION = 0.99, 0.95
SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one entry came to."""

    what: str
    theirs: frozenset[str]
    ours: frozenset[str]
    funnel: Mapping[str, int]
    seconds: Mapping[str, float]
    """The median of the rounds: `esbuild`, `cold`, `warm`, `lock`."""
    externals: tuple[str, ...]

    @property
    def recall(self) -> float:
        """How much of esbuild's was found."""
        return len(self.ours & self.theirs) / len(self.theirs)

    @property
    def precision(self) -> float:
        """How much of what was found is esbuild's too."""
        return len(self.ours & self.theirs) / len(self.ours)

    @property
    def passed(self) -> bool:
        """Whether both floors are kept."""
        return self.recall >= RECALL and self.precision >= PRECISION

    def as_object(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "what": self.what,
            "recall": round(self.recall, 4),
            "precision": round(self.precision, 4),
            "packages": len(self.ours),
            "esbuild_packages": len(self.theirs),
            "missed": sorted(self.theirs - self.ours),
            "beyond": sorted(self.ours - self.theirs),
            "funnel": dict(self.funnel),
            "seconds": {name: round(each, 3) for name, each in self.seconds.items()},
            "ratios": {name: round(each, 2) for name, each in self.ratios().items()},
            "external_to_esbuild": list(self.externals),
        }

    def ratios(self) -> Mapping[str, float]:
        """Return how many times as quick as esbuild each way is."""
        theirs = self.seconds["esbuild"]
        return {name: theirs / each for name, each in self.seconds.items() if name != "esbuild"}

    def lines(self) -> list[str]:
        """Return it for people."""
        ratios = ", ".join(f"{name} {each:.1f}x" for name, each in self.ratios().items())
        seconds = ", ".join(f"{name} {each:.2f}" for name, each in self.seconds.items())
        found = [
            f"{self.what}: {'PASS' if self.passed else 'FAIL'}",
            f"  recall     {self.recall:.4f}  (floor {RECALL})",
            f"  precision  {self.precision:.4f}  (floor {PRECISION})",
            f"  funnel     {' -> '.join(f'{name} {n}' for name, n in self.funnel.items())}",
            f"  seconds    {seconds}",
            f"  against esbuild: {ratios}",
        ]
        if self.externals:
            found.append(f"  esbuild finds nowhere: {', '.join(self.externals)}")
        for word, names in (
            ("missed", self.theirs - self.ours),
            ("beyond", self.ours - self.theirs),
        ):
            if names:
                found.append(f"  {word}: {', '.join(sorted(names)[:SHOWN])}")
        return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    parser = options("Packages that are loaded.", rounds=ROUNDS, words="application or tools")
    parser.add_argument("--folder", type=Path, metavar="DIR")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="imprint-benchmark-") as temporary:
        folder = (asked.folder or Path(temporary)).resolve()
        write_application(folder)
        if not (folder / "node_modules").is_dir():
            install(folder)
        wanted = {what: entry for what, entry in ENTRIES.items() if asked.only in what}
        answers = [_answer(what, entry, folder, asked.rounds) for what, entry in wanted.items()]
    passed = bool(answers) and all(answer.passed for answer in answers)
    about = {
        "command": "benchmarks/reachability.py",
        **machine(),
        "peer": esbuild_version(),
        "rounds": asked.rounds,
    }
    if asked.format == "json":
        each = [answer.as_object() for answer in answers]
        print(json.dumps({"schema": 1, **about, "passed": passed, "entries": each}, indent=2))
    else:
        print("\n".join(f"{name + ':':<9} {value}" for name, value in about.items()))
        for answer in answers:
            print("", *answer.lines(), sep="\n")
    return 0 if passed else 1


def _answer(what: str, entry: str, folder: Path, rounds: int) -> Answer:
    command = bundling(folder, entry)
    (folder / reaching.CACHE).unlink(missing_ok=True)
    _child("warm", folder, entry)
    times: dict[str, list[float]] = {"esbuild": []}
    said: dict[str, Mapping[str, object]] = {}
    for _ in range(rounds):
        times["esbuild"].append(_timed(command, folder))
        for way in reaching.WHATS:
            started_at = time.perf_counter()
            said[way] = _child(way, folder, entry)
            times.setdefault(way, []).append(time.perf_counter() - started_at)
    inputs = json.loads(metafile(folder, entry).read_bytes())["inputs"]
    theirs = frozenset(found for path in inputs if (found := package_folder(path)) is not None)
    assert said["cold"]["packages"] == said["warm"]["packages"]
    ours = frozenset(_names(said["cold"]["packages"]))
    counts = {name: said["lock"][name] for name in ("locked", "non_dev", "closure")}
    return Answer(
        what=what,
        theirs=theirs,
        ours=ours,
        funnel={
            **{name: count for name, count in counts.items() if isinstance(count, int)},
            "loaded": len(ours),
            "esbuild": len(theirs),
        },
        seconds={name: statistics.median(each) for name, each in times.items()},
        externals=command.externals,
    )


def _timed(command: Bundling, folder: Path) -> float:
    started_at = time.perf_counter()
    subprocess.run(command.words, cwd=folder, check=True)
    return time.perf_counter() - started_at


def _child(way: str, folder: Path, entry: str) -> Mapping[str, object]:
    words = [sys.executable, reaching.__file__, way, str(folder), entry]
    said = subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout
    found = json.loads(said)
    assert isinstance(found, dict)
    return found


def _names(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(each) for each in value]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ClientMissingError, KeyboardInterrupt) as err:
        sys.exit(str(err) or "interrupted")
