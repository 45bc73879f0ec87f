"""Publish paths of small repositories, and of the archive's trees, in the examples' form."""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from imprint.workflows.facts import Facts
from imprint.workflows.facts_reading import facts_from_object
from imprint.workflows.paths.search import analyse_paths
from imprint.workflows.profiles import PROFILES
from imprint.workflows.publishing.detection import publish_jobs_of
from imprint.workflows.reading import read_repository
from tests.support.repositories import repository

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.workflows.paths.model import PublishPath
    from imprint.workflows.paths.search import PathAnalysis
    from imprint.workflows.repository import Repository

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "workflows.tar.gz"
NPM = {"provider": "github", "repository": "acme/lib", "workflow": "release.yml"}
RELEASE = """\
name: Release
on: { push: { branches: [main] } }
permissions: { contents: read }
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions: { contents: read, id-token: write }
    steps:
      - uses: actions/checkout@v6
      - run: npm publish
"""


def known(**more: object) -> Facts:
    """Facts with one package, which npm publishes from release.yml, and whatever else is given."""
    environment = more.pop("environment", None)
    publisher = {**NPM, "environment": environment}
    return facts_from_object({"npm": {"@acme/lib": publisher}, **more})


def analysis(
    files: Mapping[str, str], *, facts: Facts | None = None, profile: str = "github-2026-05"
) -> PathAnalysis:
    """Who can publish, by workflows of these names; with a package.json, if there is none."""
    texts = {
        f".github/workflows/{name}" if name.endswith(".yml") and "/" not in name else name: text
        for name, text in files.items()
    }
    texts.setdefault("package.json", '{"name": "@acme/lib", "version": "1.0.0"}')
    found = repository(dict(texts), name="acme/lib")
    return of_repository(found, facts=known() if facts is None else facts, profile=profile)


def of_repository(
    found: Repository, *, facts: Facts | None = None, profile: str = "github-2026-05"
) -> PathAnalysis:
    """Who can publish out of a repository, with no facts unless they are given."""
    jobs = publish_jobs_of(found)
    return analyse_paths(found, jobs, facts or Facts(), PROFILES[profile])


def ways(found: PathAnalysis) -> list[tuple[str, list[str]]]:
    """The open paths as the examples have them: who, and the nodes."""
    return [(who(path), nodes(path)) for path in found.paths if path.can_publish]


def who(path: PublishPath) -> str:
    """The people of a path, joined by `+`."""
    return "+".join(map(str, path.who))


def nodes(path: PublishPath) -> list[str]:
    """The nodes of a path."""
    return [hop.node for hop in path.hops]


def trees(*groups: str) -> dict[str, dict[str, bytes]]:
    """The files of each tree of the archive's groups, by its name."""
    found: dict[str, dict[str, bytes]] = {}
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            parts = PurePosixPath(member.name).parts
            if member.isfile() and len(parts) > 3 and parts[1] in groups:
                stream = archive.extractfile(member)
                assert stream is not None
                found.setdefault(parts[2], {})["/".join(parts[3:])] = stream.read()
    return found


def tree_repository(files: Mapping[str, bytes], *, name: str | None = None) -> Repository:
    """A tree as a repository, the archive's own notes left out."""
    notes = {"expected.json", "SNAP.json", "CASE.json"}
    return read_repository({key: raw for key, raw in files.items() if key not in notes}, name=name)
