"""The paths that incidents and worked examples had are gone after the fixes for outsiders."""

from __future__ import annotations

import tarfile
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from imprint.doctor.diagnosis import analyse
from imprint.doctor.fixing import plan_fixes
from imprint.doctor.reading import Tree
from imprint.workflows.facts import Facts
from imprint.workflows.profiles import GITHUB_2026_05

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "workflows.tar.gz"
CHECKS = {"anonymous-publish-path", "anonymous-code-execution", "outsider-artifact-published"}
GUARDED, SPLIT = "for people of the repository alone", "without rights, by `pull_request`"
EXPECTED = {
    "asyncapi-cli-2025-11": ("asyncapi/cli", GUARDED),
    "cline-2026-02": ("cline/cline", GUARDED),
    "nx-2025-08": ("nrwl/nx", GUARDED),
    "spotbugs-sonar-findbugs-2024-11": ("spotbugs/sonar-findbugs", GUARDED),
    "tanstack-router-2026-05": ("TanStack/router", GUARDED),
    "01-tanstack-chain": ("acme/lib", SPLIT),
    "02-same-floating-tag": ("acme/lib", SPLIT),
    "03-namespaced-key-not-enough": ("acme/lib", SPLIT),
    "05-release-without-cache-but-prt": ("acme/lib", SPLIT),
    "06-workflow_run-artifact": ("acme/lib", GUARDED),
    "08-issue-agent-dispatch": ("acme/lib", GUARDED),
}
"""Which repository it is, and how the first fix of it is titled."""

pytestmark = pytest.mark.skipif(not ARCHIVE.is_file(), reason="../shared/data has no workflows")


@pytest.fixture(scope="module")
def trees():
    """The files of each incident and example, by its name."""
    files: dict[str, dict[str, bytes]] = defaultdict(dict)
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            parts = PurePosixPath(member.name).parts
            if member.isfile() and len(parts) > 3 and parts[2] in EXPECTED:
                content = archive.extractfile(member).read()
                files[parts[2]]["/".join(parts[3:])] = content
    return {name: Tree(files=found, skipped=()) for name, found in files.items()}


@pytest.mark.parametrize("name", EXPECTED)
def test_nobody_from_outside_is_left_on_a_path(trees, name):
    repository, title = EXPECTED[name]
    options: dict[str, Any] = {"facts": Facts(), "profile": GITHUB_2026_05, "name": repository}

    planned = plan_fixes(
        trees[name],
        unsafe=True,
        sort_out=lambda found: [one for one in found if one.check in CHECKS],
        **options,
    )

    texts = {path: text.encode() for path, text in planned.after.items()}
    after = Tree(files={**trees[name].files, **texts}, skipped=())
    left = {one.check for one in analyse(after, **options).diagnosis.findings} & CHECKS
    assert planned.fixes[0].title.endswith(title)
    assert left == set()
