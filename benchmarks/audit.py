"""What auditing a lockfile costs, and `npm audit signatures` in the same run.

`python benchmarks/audit.py [--format json] [--rounds N] [--only imprint]`

1,924 versions of 1,611 names, against a loopback registry that serves 277 MB of packuments, with
registry signatures and attestations that verify. npm is led to the stand-in for sigstore by a
seeded TUF root and a redirect, as it knows no option for that, and audits an installed tree of the
same lockfile; it looks at signatures and attestations alone. imprint does all that an audit does:
histories, drift, policy, advisories, what the application loads.

- cold: every cache is empty. Floor: 5 times as fast as npm.
- warm: again, with the caches that cold left; imprint's results are forgotten, so that everything
  is judged anew. Floor: 25 times as fast as npm's second run.
- asked again: the same, and every packument is asked for once more, conditionally. No floor.
- hit: again, with nothing changed. Floor: 150 times as fast as npm's second run.
- difference: `imprint diff` of a lockfile with 20 changes, every cache empty. Floor: 1 second.

No imprint process, with what it starts, may hold more than 250 MiB. Each side is a whole process,
start-up included, and its wall time counts: both use more than one core, beside the registry on the
same machine. Rounds begin with a new home for each. Exit code 1: a floor is missed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measuring.audited import Audited, make
from benchmarks.measuring.audited_imprint import ImprintAuditing
from benchmarks.measuring.audited_npm import CLIENT, NpmAuditing
from benchmarks.measuring.audited_process import Took
from benchmarks.measuring.auditing_floors import as_json, as_table, floors, medians
from benchmarks.measuring.genuine import ArchiveMissingError
from benchmarks.measuring.machine import machine
from benchmarks.measuring.rounds import options
from tests.authority.server import AuthorityServer
from tests.support.clients import CLIENTS, ClientMissingError


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    asked = options("Auditing a lockfile.", rounds=1, words="imprint").parse_args(arguments)
    peer = f"npm {CLIENTS[CLIENT].version} audit signatures, by a seeded TUF root and a redirect"
    about = {**machine(), "peer": peer}
    took: dict[str, list[Took]] = {}
    with tempfile.TemporaryDirectory(prefix="imprint-benchmark-") as folder:
        made = make(Path(folder) / "made")
        with AuthorityServer(made.authority) as face, made.serving():
            for number in range(asked.rounds):
                home = Path(folder) / f"home-{number}"
                if asked.only != "imprint":
                    _npm(made, face, home, took)
                _imprint(made, home, took)
    found = medians(took)
    held = floors(found)
    shown = as_json if asked.format == "json" else as_table
    print(shown(about, made.counts, found, held))
    return 0 if all(floor.is_held for floor in held) else 1


def _npm(made: Audited, face: AuthorityServer, home: Path, took: dict[str, list[Took]]) -> None:
    npm = NpmAuditing(made, face, home / "npm")
    for state in ("cold", "warm"):
        _note(took, f"npm {state}", npm.run())


def _imprint(made: Audited, home: Path, took: dict[str, list[Took]]) -> None:
    ours = ImprintAuditing(made, home / "imprint")
    _note(took, "imprint cold", ours.audit())
    ours.forget_results()
    _note(took, "imprint warm", ours.audit())
    _note(took, "imprint hit", ours.audit())
    ours.forget_results()
    _note(took, "imprint asked again", ours.audit("--max-age", "0"))
    apart = ImprintAuditing(made, home / "difference")
    _note(took, "imprint difference", apart.difference())


def _note(took: dict[str, list[Took]], what: str, one: Took) -> None:
    """Count a run, and say so: npm alone takes minutes."""
    took.setdefault(what, []).append(one)
    print(f"{what}: {one.seconds:.2f} s, {one.cpu_seconds:.2f} s CPU", file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ArchiveMissingError, ClientMissingError, KeyboardInterrupt) as err:
        sys.exit(str(err) or "interrupted")
