"""With the repository at hand, a fix names its file and line."""

from __future__ import annotations

import pytest

from imprint.doctor.logs.diagnosis import diagnose
from imprint.doctor.logs.joining import place_of, publish_job_of
from imprint.doctor.logs.symptoms import Place
from imprint.workflows.reading import read_repository

WORKFLOW = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: npm test
  publish:
    name: Publish it
    runs-on: [self-hosted]
    if: github.repository == 'acme/widget'
    environment: npm
    permissions:
      contents: read
    steps:
      - uses: actions/setup-node@v6
        with:
          node-version: 22
      - run: npm ci
      - run: npm install -g npm@latest
      - run: npm publish --access public
"""
CANARY = """\
on: push
jobs:
  canary:
    runs-on: ubuntu-latest
    steps:
      - run: npm publish --tag canary
"""
PACKAGE = '{\n  "name": "widget",\n  "version": "1.0.0",\n  "repository": "acme/old"\n}\n'


def repository(**more):
    files = {".github/workflows/release.yml": WORKFLOW, "package.json": PACKAGE, **more}
    return read_repository({path: text.encode() for path, text in files.items()})


def line_of(where, found=None, job=None):
    found = found or repository()
    span = place_of(where, found, publish_job_of(found, name=job))
    return None if span is None else (span.path.rpartition("/")[2], span.line)


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (Place.PUBLISH, 20),
        (Place.NODE, 15),
        (Place.UPGRADE, 19),
        (Place.INSTALL, 18),
        (Place.PERMISSIONS, 12),
        (Place.ENVIRONMENT, 11),
        (Place.RUNNER, 9),
        (Place.JOB, 10),
    ],
)
def test_each_part_of_the_publish_job_has_its_line(where, line):
    assert line_of(where) == ("release.yml", line)


def test_a_package_is_the_one_that_the_step_publishes():
    assert line_of(Place.PACKAGE) == ("package.json", 4)
    assert line_of(Place.PACKAGE, repository(**{"a/package.json": PACKAGE})) == ("package.json", 4)


def test_of_two_publish_jobs_the_log_says_which():
    found = repository(**{".github/workflows/canary.yml": CANARY})

    assert line_of(Place.PUBLISH, found) is None
    assert line_of(Place.PUBLISH, found, job="canary") == ("canary.yml", 6)
    assert line_of(Place.PUBLISH, found, job="Publish it (22)") == ("release.yml", 20)
    assert line_of(Place.PUBLISH, found, job="release / Publish it") == ("release.yml", 20)


def test_a_job_without_permissions_is_named_itself():
    bare = CANARY.replace("canary", "publish")
    found = read_repository({".github/workflows/release.yml": bare.encode()})

    assert line_of(Place.PERMISSIONS, found) == ("release.yml", 3)


def test_a_repository_that_publishes_nothing_has_no_place():
    assert line_of(Place.PUBLISH, read_repository({})) is None


def test_a_cause_has_the_place_of_its_fix():
    log = "npm: 10.9.4\nnpm error code ENEEDAUTH\n"

    place = diagnose(log, repository=repository()).causes[0].place

    assert (place.path, place.line) == (".github/workflows/release.yml", 15)
