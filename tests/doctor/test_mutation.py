"""Faults of incidents, put into repositories without them: each opens its path, and only then."""

import tarfile
from collections import Counter
from pathlib import Path

import pytest
import yaml

from imprint.workflows.paths.search import publish_paths
from imprint.workflows.publishing.detection import publish_jobs_of
from imprint.workflows.reading import read_repository
from tests.doctor.mutation import FAULTS, NOT_INJECTED, survey
from tests.doctor.safe_repositories import HOW_MANY, safe_repositories

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "workflows.tar.gz"
ENVIRONMENT = "its environment may keep the secret for itself"

PLACES = {
    "tanstack-router-2026-05": 20,
    "cline-2026-02": 20,
    "ultralytics-2024-12": 20,
    "nx-2025-08": 11,
    "elementary-2026-04": 11,
    "asyncapi-cli-2025-11": 20,
    "spotbugs-sonar-findbugs-2024-11": 20,
    "trivy-2026-02": 20,
    "prt-scan-2026-04": 15,
    "tj-actions-changed-files-2025-03": 20,
    "bitwarden-cli-2026-04": 20,
    "7nohe-2026": 11,
    "cap-js-cds-dbs-2026-04": 15,
    "ghostaction-2025-09": 10,
}
"""How many of the twenty have a place for it."""

WHY_NOT = Counter(
    {
        "job runs by what started it or by outputs": 27,
        ENVIRONMENT: 10,
        "it reads an npm token, which a writer has anyway": 5,
        "it reads an npm token already": 5,
    }
)


@pytest.fixture(scope="session")
def subjects(tmp_path_factory):
    if not ARCHIVE.exists():
        pytest.skip("the data archive is not there")
    folder = tmp_path_factory.mktemp("workflows")
    with tarfile.open(ARCHIVE) as packed:
        packed.extractall(folder, filter="data")
    return safe_repositories(folder / "workflows" / "repositories")


@pytest.fixture(scope="session")
def surveys(subjects):
    return {fault.incident: survey(fault, subjects) for fault in FAULTS}


@pytest.fixture(scope="session")
def analyse():
    """Where publish paths are found."""

    def found(subject, facts, profile):
        repository = read_repository(subject.files, name=subject.name)
        return publish_paths(repository, publish_jobs_of(repository), facts, profile)

    return found


def test_twenty_repositories_are_safe(subjects):
    assert len(subjects) == HOW_MANY
    assert len({subject.name for subject in subjects}) == HOW_MANY


@pytest.mark.parametrize("incident", PLACES)
def test_a_fault_is_put_wherever_it_makes_a_difference(surveys, incident):
    found = surveys[incident]

    assert len(found.injections) == PLACES[incident]
    assert len(found.injections) + len(found.left_out) == HOW_MANY


def test_where_a_fault_makes_no_difference_the_reason_is_said(surveys):
    reasons = [why for found in surveys.values() for why in found.left_out.values()]

    assert Counter(without_job(why) for why in reasons) == WHY_NOT


def test_an_incident_is_injected_or_left_out_for_a_reason():
    assert not {fault.incident for fault in FAULTS} & set(NOT_INJECTED)
    assert {fault.incident for fault in FAULTS} == set(PLACES)


@pytest.mark.parametrize("incident", PLACES)
def test_an_injection_leaves_every_job_and_step_in_place(surveys, incident):
    for injection in surveys[incident].injections:
        workflow = injection.after.workflow
        before = yaml.safe_load(injection.before.files[workflow])["jobs"]
        after = yaml.safe_load(injection.after.files[workflow])["jobs"]
        added = after[injection.after.job]["steps"]
        kept = before[injection.before.job]["steps"]

        assert list(after) == list(before)
        assert len(added) <= len(kept) + 1
        assert [step for step in added if step in kept] == kept


@pytest.mark.parametrize("incident", PLACES)
def test_an_injection_adds_a_fault_to_the_files_or_takes_a_fact_away(surveys, incident):
    for injection in surveys[incident].injections:
        assert injection.after.files != injection.before.files or (
            injection.facts != injection.facts_before
        )
        assert set(injection.before.files) <= set(injection.after.files)


@pytest.mark.parametrize("incident", PLACES)
def test_the_path_is_found_where_the_fault_is_and_nowhere_else(surveys, analyse, incident):
    missed, invented = [], []
    injections = surveys[incident].injections
    for injection in injections:
        before = analyse(injection.before, injection.facts_before, injection.profile)
        after = analyse(injection.after, injection.facts, injection.profile)
        if any(path.who == injection.who and path.can_publish for path in before):
            invented.append(injection.before.name)
        if not any(opens(path, injection) for path in after):
            missed.append(injection.after.name)

    rate = f"{len(injections) - len(missed)} of {len(injections)}"
    print(f"{incident}: {rate} found")  # noqa: T201 (the rate is what this is run for)
    assert missed == []
    assert invented == []


def opens(path, injection):
    """Whether a path is the one that the fault opens: whose it is, and through which nodes."""
    nodes = iter(hop.node for hop in path.hops)
    return (path.who, path.can_publish) == (injection.who, injection.can_publish) and all(
        any(node == wanted or node.startswith((f"{wanted}(", f"{wanted} ")) for node in nodes)
        for wanted in injection.through
    )


def without_job(reason):
    return reason if "`" not in reason else reason.split("`")[0] + reason.split("` ")[1]
