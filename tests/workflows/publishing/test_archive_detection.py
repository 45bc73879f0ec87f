"""Publish jobs of 140 real repositories, and of incidents. What has none was looked at by hand."""

import tarfile
from collections import defaultdict
from pathlib import Path, PurePosixPath

import pytest

from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import Access
from imprint.workflows.publishing.detection import publish_jobs_of
from imprint.workflows.publishing.model import Client
from imprint.workflows.publishing.pipelines import pipeline_publish_jobs_of
from imprint.workflows.reading import read_repository

ARCHIVE = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "workflows.tar.gz"

WITHOUT = {
    "DataDog__browser-sdk": "publishes by a pipeline that is not in the archive",
    "ReactiveX__rxjs": "its workflows only test releases",
    "TryGhost__node-sqlite3": "uploads prebuilt binaries",
    "antfu__ni": "by hand; CI writes the change log",
    "changesets__action": "to the marketplace",
    "cheeriojs__cheerio": "by hand",
    "eslint__eslint": "on another machine",
    "ethers-io__ethers.js": "by hand",
    "expressjs__express": "by hand",
    "fastify__fastify": "by hand",
    "fastify__fastify-cli": "by hand",
    "googleapis__release-please": "elsewhere; its name is the tool's",
    "graphql__graphql-js": "to a branch of its own",
    "jestjs__jest": "previews only, by pkg-pr-new",
    "moment__luxon": "by hand",
    "nuxt__ui": "previews only, by pkg-pr-new",
    "serialport__node-serialport": "by hand",
    "sindresorhus__got": "by hand",
    "solidjs__solid": "by hand",
    "winstonjs__winston": "by hand",
}

pytestmark = pytest.mark.skipif(not ARCHIVE.is_file(), reason="../shared/data has no workflows")


@pytest.fixture(scope="module")
def repositories():
    """Each tree of the archive, read, by its group and name."""
    found: dict[tuple[str, ...], dict[str, bytes]] = defaultdict(dict)
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            parts = PurePosixPath(member.name).parts
            if member.isfile() and len(parts) > 3:
                content = archive.extractfile(member).read()
                found[parts[1:3]]["/".join(parts[3:])] = content
    return {key: read_repository(files) for key, files in found.items()}


@pytest.fixture(scope="module")
def jobs(repositories):
    return {key: publish_jobs_of(found) for key, found in repositories.items()}


def test_every_repository_that_publishes_is_found(jobs):
    without = {
        name
        for (group, name), found in jobs.items()
        if group == "repositories" and not any(job.steps for job in found)
    }

    assert without == set(WITHOUT)


def test_most_of_what_is_found_is_certain(jobs):
    certain = {
        key
        for key, found in jobs.items()
        for job in found
        for step in job.steps
        if key[0] == "repositories" and step.confidence is Confidence.HIGH
    }

    assert len(certain) >= 99


def test_each_place_is_within_its_file(repositories, jobs):
    for key, found in jobs.items():
        texts = repositories[key].texts
        for job in found:
            for step in job.steps:
                assert texts[step.span.path][step.span.start : step.span.end].strip()
            for token in job.tokens:
                assert texts[token.span.path][token.span.start : token.span.end].strip()


@pytest.mark.parametrize(
    ("incident", "job", "client", "id_token", "tokens"),
    [
        ("tanstack-router-2026-05", "release", Client.CHANGESETS, Access.WRITE, []),
        ("cap-js-cds-dbs-2026-04", "release-please", Client.NPM, Access.WRITE, []),
        ("cline-2026-02", "publish-npm-nightly", Client.NPM, Access.NONE, ["NODE_AUTH_TOKEN"]),
        ("asyncapi-cli-2025-11", "release", Client.CHANGESETS, Access.NONE, ["NPM_TOKEN"]),
        ("nx-2025-08", "publish", Client.UNKNOWN, Access.WRITE, ["NODE_AUTH_TOKEN"]),
    ],
)
def test_incidents_have_their_publish_job(jobs, incident, job, client, id_token, tokens):
    (found,) = [each for each in jobs["incidents", incident] if each.job.id == job]

    assert found.steps[0].client is client
    assert found.id_token is id_token
    assert [token.name for token in found.tokens] == tokens


def test_the_circleci_incident_has_its_publish_job(repositories):
    (job,) = pipeline_publish_jobs_of(repositories["incidents", "mta-build-tool-2026-04"])

    assert job.id == "publish-to-npm"
    assert [token.name.rpartition(":")[2] for token in job.tokens] == ["_authToken"]
