"""Every file of the archive is read: 140 repositories, incidents, cases and examples."""

from __future__ import annotations

import tarfile
from collections import defaultdict
from pathlib import Path, PurePosixPath

import pytest

from imprint.workflows.reading import read_repository
from imprint.workflows.yaml.composing import compose
from imprint.workflows.yaml.nodes import Mapping, Scalar, Sequence

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "workflows.tar.gz"
GROUPS = ("repositories", "incidents", "cases", "examples")

# What cannot be read, each looked at by hand.
UNREADABLE = {
    # Double quotes make no text of an expression; the platform refuses the file.
    ("pinojs__pino", ".github/workflows/target-main.yml", 12): 'expression goes on with `"master"`',
    # The archive keeps CI files; this one is in a folder of benchmarks that it leaves out.
    ("DataDog__dd-trace-js", ".gitlab-ci.yml", 31): (
        "included file `.gitlab/benchmarks/gitlab-ci.yml` is not there"
    ),
}
# Workflow files with nothing but comments in them.
EMPTY = {
    ("verdaccio__e2e-tests", ".github/workflows/docker-proxy-apache-e2e.yml"),
    ("verdaccio__e2e-tests", ".github/workflows/docker-proxy-nginx-e2e.yml"),
}

pytestmark = pytest.mark.skipif(not ARCHIVE.is_file(), reason="../shared/data has no workflows")


@pytest.fixture(scope="module")
def trees():
    """The files of each tree, by its name."""
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            parts = PurePosixPath(member.name).parts
            if member.isfile() and len(parts) > 3 and parts[1] in GROUPS:
                content = archive.extractfile(member).read()
                found[parts[2]]["/".join(parts[3:])] = content
    return found


@pytest.fixture(scope="module")
def repositories(trees):
    return {name: read_repository(files) for name, files in trees.items()}


def test_all_of_the_archive_is_there(trees):
    assert len(trees) >= 140 + 12 + 12 + 7


def test_nothing_is_unreadable_but_what_is_known_to_be(repositories):
    found = {
        (name, note.path, note.line): note.message
        for name, repository in repositories.items()
        for note in repository.unreadable
    }

    assert found == UNREADABLE


def test_every_file_comes_out_as_what_it_is(trees, repositories):
    missing = {
        (name, path)
        for name, files in trees.items()
        for path in files
        if is_read(path) and path not in paths_of(repositories[name])
    }

    assert missing == EMPTY


def test_every_scalar_stands_where_it_says(trees):
    wrong, count = [], 0
    for name, files in trees.items():
        for path, content in files.items():
            if not path.endswith((".yml", ".yaml")):
                continue
            source = content.decode()
            for document in compose(source, path=path).documents:
                for scalar in scalars(document):
                    count += 1
                    if not stands(source, scalar):
                        wrong.append((name, scalar.span))

    assert wrong == []
    assert count > 140_000


def test_the_copied_composite_of_an_incident_is_found(repositories):
    found = repositories["tanstack-router-2026-05"]

    assert "tanstack/config/.github/setup" in found.actions


def is_read(path):
    folder, _, file = path.rpartition("/")
    is_workflow = folder == ".github/workflows" and file.endswith((".yml", ".yaml"))
    names = {"action.yml", "action.yaml", "package.json", ".gitlab-ci.yml"}
    return is_workflow or file in names or path == ".circleci/config.yml"


def paths_of(repository):
    pipeline = [repository.pipeline] if repository.pipeline else []
    groups = (repository.workflows, repository.packages, repository.circleci, pipeline)
    actions = repository.actions.values()
    return {each.path for group in (*groups, actions) for each in group}


def scalars(node):
    match node:
        case Scalar():
            yield node
        case Sequence():
            for item in node.items:
                yield from scalars(item)
        case Mapping():
            for entry in node.entries:
                yield Scalar(text=entry.key, is_plain=entry.key.value == "")
                yield from scalars(entry.value)


def stands(source, scalar):
    """Whether what stands at a scalar's place, on its line and column, is the scalar."""
    span, value = scalar.span, scalar.text.value
    as_written = source[span.start : span.end]
    line = source.count("\n", 0, span.start) + 1
    column = span.start - source.rfind("\n", 0, span.start)
    if (line, column) != (span.line, span.column):
        return False
    if as_written[:1] in {"'", '"'}:
        return compose(as_written, path="").root.text.value == value
    if as_written[:1] in {"|", ">"}:
        _, _, content = as_written.partition("\n")
        return content.split() == value.split() and as_written == as_written.rstrip()
    return as_written.split() == value.split()
