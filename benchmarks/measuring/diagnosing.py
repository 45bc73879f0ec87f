"""What a child process of the doctor benchmark does: `python diagnosing.py WHAT FOLDER`.

Every WHAT is a whole process, so that start-up counts; the CPU time is taken from outside. Each
folder in FOLDER is a repository. Facts are none, and the profile is how the platform is now.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.storage.verdicts import VerdictCache

SECRET: Final = b"benchmark".ljust(32)
CACHE: Final = "diagnoses.sqlite3"


def cold(folder: Path) -> int:
    """Diagnose each repository: every check, every path, the smallest cut."""
    return _diagnose(folder, None)


def warm(folder: Path) -> int:
    """Do it again with every diagnosis kept: read the files, and find it by their content."""
    from imprint.storage.verdicts import VerdictCache

    with VerdictCache(folder.parent / CACHE, secret=SECRET) as cache:
        return _diagnose(folder, cache)


def _diagnose(folder: Path, cache: VerdictCache | None) -> int:
    from imprint.doctor.diagnosis import analyse
    from imprint.doctor.folders import open_folder
    from imprint.doctor.keeping import diagnosed
    from imprint.doctor.reading import collect
    from imprint.workflows.facts import Facts
    from imprint.workflows.profiles import GITHUB_2026_07

    count, facts = 0, Facts()
    for path in sorted(folder.iterdir()):
        tree, name = collect(open_folder(path)), path.name.replace("__", "/")
        found = diagnosed(
            tree,
            facts=facts,
            grounds=(GITHUB_2026_07.name, name, "False"),
            cache=cache,
            diagnose=lambda tree=tree, name=name: (  # type: ignore[misc] # mypy gives up on defaults
                analyse(tree, facts=facts, profile=GITHUB_2026_07, name=name).diagnosis
            ),
        )
        assert found.profile == GITHUB_2026_07.name
        count += 1
    return count


WORK: Final[Mapping[str, Callable[[Path], int]]] = {"cold": cold, "warm": warm}

if __name__ == "__main__":
    print(WORK[sys.argv[1]](Path(sys.argv[2])))
