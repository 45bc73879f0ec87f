"""The whole doctor against the archive: examples, incidents, cases, and 140 real repositories.

What is printed are the rates that the hand labels in `labels/` give (pytest's `-s` or `-rP`).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imprint.cli.doctor.shown import report_of
from imprint.doctor.diagnosis import analyse
from imprint.doctor.outcome import Outcome
from imprint.doctor.ranking import fold
from imprint.doctor.reading import Tree
from imprint.workflows.facts import Facts
from imprint.workflows.facts_reading import facts_from_json
from imprint.workflows.paths.search import publish_paths
from imprint.workflows.profiles import PROFILES
from imprint.workflows.publishing.caches import caches_when_publishing
from tests.doctor.safe_repositories import STRANGERS
from tests.support.paths import ARCHIVE, trees, who

LABELS = Path(__file__).parent / "labels"
NOTES = {"expected.json", "SNAP.json", "CASE.json"}
NOW, BEFORE = "github-2026-07", "github-2026-05"
FLOOR = 0.95

# What cannot be read, each looked at by hand.
UNREAD = {
    ("pinojs__pino", ".github/workflows/target-main.yml"): "the platform refuses it, too",
    ("DataDog__dd-trace-js", ".gitlab-ci.yml"): "includes a file that the archive leaves out",
}
OUTSIDERS = {"ANON", "PRIOR_CONTRIBUTOR", "LABELER", "TRIAGE"}
EXAMPLES = [
    "01-tanstack-chain",
    "02-same-floating-tag",
    "03-namespaced-key-not-enough",
    "04-pull_request-safe",
    "05-release-without-cache-but-prt",
    "06-workflow_run-artifact",
    "07-workflow_run-guarded",
    "08-issue-agent-dispatch",
    "09-comment-gated-toctou",
    "10-any-writer",
    "11-environment-bound",
    "12-split-build-publish",
]
INCIDENTS = {
    "asyncapi-cli-2025-11": "anonymous-publish-path",
    "cap-js-cds-dbs-2026-04": "writer-publish-path",
    "cline-2026-02": "anonymous-publish-path",
    "mta-build-tool-2026-04": "token-holder-publish-path",
    "nx-2025-08": "anonymous-publish-path",
    "spotbugs-sonar-findbugs-2024-11": "token-in-reach",
    "tanstack-router-2026-05": "anonymous-publish-path",
    "tj-actions-changed-files-2025-03": "token-in-reach",
}
"""What each incident's files show by themselves; reviewdog's show nothing (who may write is set
at the forge)."""
ROOT_CAUSES = {
    "7nohe-2026": {"anonymous-publish-path"},
    "asyncapi-2026-spec-json-schemas": {"publish-without-environment"},
    "phantom-gyp-2026": {"publish-without-environment", "cache-in-publish-job"},
    "redhat-2026": {"publish-without-environment", "workflow-wide-id-token"},
    "rspack-2024": {"token-beside-id-token"},
    "sap-capjs-2026": {"writer-publish-path"},
    "shai-hulud-2-posthog-2025": {"long-lived-token"},
}
"""The checks that say what each case's page calls its root cause."""

pytestmark = [
    pytest.mark.skipif(not ARCHIVE.is_file(), reason="../shared/data has no workflows"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def files():
    """The files of each tree of the archive, by its name."""
    return trees("repositories", "incidents", "cases", "examples")


@pytest.fixture(scope="module")
def repositories():
    return trees("repositories")


@pytest.fixture(scope="module")
def analyses(repositories):
    """The whole analysis of each of the 140 repositories, as the platform is now."""
    return {name: analysed(found, name=name) for name, found in repositories.items()}


@pytest.mark.parametrize("profile", [BEFORE, NOW])
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_names_exactly_who_can_publish_and_through_what(files, name, profile):
    facts = facts_from_json(files[name]["expected.json"])
    expected = json.loads(files[name]["expected.json"])["profiles"][profile]

    diagnosis = analysed(files[name], facts=facts, profile=profile).diagnosis

    paths = [path for path in diagnosis.paths[: diagnosis.of_people] if path.can_publish]
    assert [who(path) for path in paths] == [people for people, _, _ in expected]
    for path, (_, _, wanted) in zip(paths, expected, strict=True):
        assert [node for node in wanted if is_place(node) and node not in nodes(path)] == []


@pytest.mark.parametrize("name", INCIDENTS)
def test_an_incident_is_found_as_what_it_was(files, name):
    found = analysed(files[name], profile=BEFORE).diagnosis

    assert INCIDENTS[name] in {path.check for path in found.paths}
    assert INCIDENTS[name] in {finding.check for finding in found.findings}


@pytest.mark.parametrize("profile", [BEFORE, NOW])
@pytest.mark.parametrize(
    "name", ["cap-js-cds-dbs-2026-04", "cline-2026-02", "tanstack-router-2026-05"]
)
def test_a_repaired_incident_has_no_path_left(files, name, profile):
    found = analysed(files[f"{name}-fixed"], profile=profile).diagnosis

    assert [path.check for path in found.paths[: found.of_people] if path.can_publish] == []


@pytest.mark.parametrize("name", ROOT_CAUSES)
def test_a_cases_root_cause_stands_in_the_first_three_lines(files, name):
    diagnosis = analysed(files[name]).diagnosis
    ranking = fold(diagnosis.findings, everything=False)
    outcome = Outcome(
        diagnosis=diagnosis,
        ranking=ranking,
        default=ranking,
        ignored=(),
        comparison=None,
        shows_paths=False,
        shows_all=False,
    )

    first = report_of(outcome).lines[:3]

    assert {check for check in ROOT_CAUSES[name] if f"[{check}]" not in " ".join(first)} == set()


def test_every_repository_is_analysed_and_every_file_read(analyses):
    unread = {
        (name, one.path)
        for name, found in analyses.items()
        for one in found.diagnosis.coverage.unreadable
    }

    assert len(analyses) == 140
    assert unread == set(UNREAD)


def test_caches_in_publish_jobs_are_found_as_the_hand_labels_have_them(analyses):
    right = 0
    missed: list[tuple[str, str, str]] = []
    invented: list[tuple[str, str, str]] = []
    for (name, workflow, job), restores in cache_labels().items():
        found = restores_cache(analyses[name].scene, workflow, job)
        right += found and restores
        if found != restores:
            (missed if restores else invented).append((name, workflow, job))
    recall, precision = right / (right + len(missed)), right / (right + len(invented))

    print(f"recall {recall:.1%}, missed {missed}")  # noqa: T201 (what is measured)
    print(f"precision {precision:.1%}, invented {invented}")  # noqa: T201 (what is measured)
    assert recall >= FLOOR
    assert precision >= FLOOR


def test_nobody_without_rights_can_publish_but_where_it_is_real(analyses):
    found = {
        (name, *path) for name, each in analyses.items() for path in outsiders(each.diagnosis.paths)
    }

    assert found == labelled_paths(NOW, real=True)


def test_before_caches_were_closed_they_could_where_the_hand_labels_say(analyses):
    # Without an event of theirs nobody from outside starts anything: the rest is not looked at.
    open_ones = {
        name: each.scene
        for name, each in analyses.items()
        if STRANGERS & {t.event for w in each.scene.repository.workflows for t in w.triggers}
    }
    found = {
        (name, *path)
        for name, scene in open_ones.items()
        for path in outsiders(
            publish_paths(scene.repository, scene.publish_jobs, Facts(), PROFILES[BEFORE])
        )
    }

    assert len(open_ones) > 50
    assert labelled_paths(BEFORE, real=True) <= found
    # These are not real, of low confidence, and known.
    assert found - labelled_paths(BEFORE, real=True) <= labelled_paths(BEFORE, real=False)
    assert [name for name, people, _ in found if people == "ANON"] == []


def analysed(found, *, facts=None, profile=NOW, name=None):
    """What `imprint doctor` works out, with no facts unless they are given."""
    texts = {path: raw for path, raw in found.items() if path not in NOTES}
    noted = found.get("SNAP.json") or found.get("CASE.json")
    known = json.loads(noted).get("repo") if noted else name and name.replace("__", "/")
    return analyse(
        Tree(files=texts, skipped=()), facts=facts or Facts(), profile=PROFILES[profile], name=known
    )


def is_place(node):
    """Whether an example's node is a job, a cache or an artifact: the rest is spelled variously."""
    return ".yml:" in node or node.startswith(("cache", "artifact "))


def nodes(path):
    return [hop.node for hop in path.hops]


def cache_labels():
    """By hand: whether a job that publishes restores a cache; unclear ones are not counted."""
    labels = json.loads((LABELS / "cache_in_publish.json").read_text())["repositories"]
    return {
        (name, job["workflow"], job["job"]): job["restores_cache"]
        for name, found in labels.items()
        for job in found["jobs"]
        if job["restores_cache"] is not None
    }


def restores_cache(scene, workflow, job):
    return any(
        caches_when_publishing(scene.repository, each)
        for each in scene.publish_jobs
        if (each.workflow.path, each.job.id) == (workflow, job)
    )


def outsiders(paths):
    """Each open path of somebody without rights: who, and where it starts."""
    return {
        (who(path), nodes(path)[0].removesuffix(" (TOCTOU)"))
        for path in paths
        if path.can_publish and {one.rank.name for one in path.who} & OUTSIDERS
    }


def labelled_paths(profile, *, real):
    """By hand: those that are real, or not."""
    labels = json.loads((LABELS / "paths.json").read_text())["paths"]
    return {
        (each["repository"], each["who"], each["starts"])
        for each in labels
        if each["real"] is real and profile in each["profiles"]
    }
