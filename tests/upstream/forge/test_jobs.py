"""Whether the job that signed is the one that publishes."""

import pytest

from imprint.history.candidates import Found
from imprint.upstream.forge.jobs import SLACK_SECONDS, is_publish_job
from imprint.upstream.forge.model import Job, Run


def job(name, started=None, completed=None, *steps):
    return Job(name=name, started=started, completed=completed, steps=steps)


def run(*jobs, signer=None):
    return Run(succeeded=True, jobs=jobs, signer=signer)


TESTS = job("test", 0.0, 1_000.0, "Set up job", "npm test")
PUBLISH = job("publish", 2_000.0, 2_100.0, "npm publish")
SKIPPED = job("publish")


@pytest.mark.parametrize(
    ("found", "moment", "expected"),
    [
        (run(TESTS, PUBLISH), 2_050.0, Found.YES),
        (run(TESTS, PUBLISH), 500.0, Found.NO),
        (run(TESTS, SKIPPED), 500.0, Found.NO),
        (run(TESTS), 500.0, Found.UNKNOWN),
        (run(TESTS, PUBLISH), 9_000.0, Found.UNKNOWN),
        (run(TESTS, PUBLISH), None, Found.UNKNOWN),
        (run(), 500.0, Found.UNKNOWN),
        (run(job("ci", 0.0, 9.0, "Release to npm")), 5.0, Found.YES),
        (run(PUBLISH), 2_100.0 + SLACK_SECONDS, Found.YES),
        (run(PUBLISH), 2_101.0 + SLACK_SECONDS, Found.UNKNOWN),
    ],
)
def test_the_jobs_that_ran_at_that_moment_are_looked_at(found, moment, expected):
    assert is_publish_job(found, moment) is expected


@pytest.mark.parametrize(
    ("signer", "expected"),
    [("publish", Found.YES), ("test", Found.NO), ("gone", Found.UNKNOWN)],
)
def test_a_job_that_the_certificate_names_is_looked_at(signer, expected):
    assert is_publish_job(run(TESTS, PUBLISH, signer=signer), None) is expected
