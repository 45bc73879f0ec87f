"""Small lockfiles of every format, each beside everything that is read of it (`expected.txt`).

The shapes are those that the package managers write; names and digests are made up.
"""

from pathlib import Path

import pytest

from imprint.npm.lockfiles.read import LOCKFILE_NAMES, read_lockfile
from tests.support.lockfile_texts import text_of

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_a_case_is_read_as_it_is_written_down(case):
    path = next(case / name for name in LOCKFILE_NAMES if (case / name).is_file())
    manifests = {
        manifest.relative_to(case).as_posix(): manifest.read_bytes()
        for manifest in case.rglob("package.json")
    }

    lockfile = read_lockfile(path.read_bytes(), filename=path.name, manifests=manifests)

    assert text_of(lockfile) == (case / "expected.txt").read_text()
