"""Where a version comes from: tags, commits, runs, and what package.json says."""

import pytest

from imprint.history.candidates import Found, SourceStanding
from tests.support.publications import candidate, events, identity, publication, told, trusted

ROW = {"repository": "git+https://github.com/Acme/Widget.git"}


def found(days_ago=3, *, cooldown_seconds=86_400, **standing):
    rows = [trusted("1.0.0", 40, **ROW), trusted("1.0.1", days_ago, **ROW)]
    source = SourceStanding(**standing, looked_at="forge.example")
    return told(candidate(*rows, source=source), cooldown_seconds=cooldown_seconds)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        ({}, {}),
        ({"tag": Found.YES, "run_succeeded": Found.YES}, {}),
        ({"tag": Found.NO}, {"source-tag-missing": "warn"}),
        ({"commit_on_protected_branch": Found.NO}, {"source-commit-unprotected": "warn"}),
        ({"run_succeeded": Found.NO}, {"source-run-failed": "error"}),
        ({"is_publish_job": Found.NO}, {"source-run-failed": "error"}),
        (
            {"tag": Found.NO, "commit_on_protected_branch": Found.NO},
            {"source-tag-missing": "error", "source-commit-unprotected": "warn"},
        ),
    ],
)
def test_what_a_forge_says_against_a_version_is_told(standing, expected):
    assert found(**standing) == expected


def test_an_old_version_without_a_tag_is_a_note():
    assert found(60, tag=Found.NO) == {"source-tag-missing": "info"}


def test_a_tag_is_missed_at_the_end_of_the_cooldown_only():
    assert found(0.5, tag=Found.NO) == {"release-too-young": "error"}
    assert found(0.5, tag=Found.NO, cooldown_seconds=0) == {"source-tag-missing": "warn"}


def test_a_missing_tag_beside_another_sign_is_an_error():
    rows = [publication("1.0.0", 40), publication("1.0.1", 3, user="mallory")]
    source = SourceStanding(tag=Found.NO)

    assert told(candidate(*rows, source=source)) == {
        "source-tag-missing": "error",
        "publisher-user-new": "warn",
    }


@pytest.mark.parametrize(
    "repository",
    [
        "https://github.com/acme/widget",
        "git+ssh://git@github.com/acme/widget.git",
        "github:ACME/widget",
        "acme/widget",
        "https://github.com/acme/widget/tree/main/packages/widget",
        "not an address",
        None,
    ],
)
def test_a_repository_that_is_spelled_otherwise_is_no_mismatch(repository):
    judged = candidate(trusted("1.0.0", 3, repository=repository), identity=identity())

    assert told(judged) == {}


def test_a_fork_that_kept_its_field_is_looked_at_however_old():
    rows = [trusted("1.0.0", 40, repository="acme/fork"), trusted("1.0.1", 35, repository="a/b")]

    assert told(candidate(*rows, identity=identity())) == {"source-mismatch": "warn"}


def test_a_field_with_the_name_of_before_a_rename_is_no_mismatch():
    rows = [trusted("1.0.0", 40, **ROW), trusted("1.0.1", 3, **ROW)]
    judged = candidate(
        *rows,
        identity=identity(repository="acme/renamed"),
        identities={"1.0.0": identity()},
    )

    assert told(judged) == {"publisher-repo-renamed": "info"}


def test_a_mismatch_says_both_repositories():
    (event,) = events(candidate(trusted("1.0.0", 3, repository="a/b"), identity=identity()))

    assert (event.before, event.after) == (
        "https://github.com/a/b",
        "https://github.com/acme/widget",
    )


def test_a_forge_with_groups_is_at_its_issuers_host():
    own = identity(
        provider="gitlab", issuer="https://forge.example", repository="group/part/widget"
    )
    same = trusted("1.0.0", 3, repository="https://forge.example/group/part/widget.git")
    other = trusted("1.0.0", 3, repository="https://other.example/group/part/widget")

    assert told(candidate(same, identity=own)) == {}
    assert told(candidate(other, identity=own)) == {"source-mismatch": "warn"}


def test_a_forge_of_ones_own_is_known_by_the_address_of_the_run():
    run = "https://forge.example.test/acme/widget/actions/runs/1"
    at_home, elsewhere = "https://forge.example.test/acme/widget", "https://github.com/acme/widget"

    for said, expected in ((at_home, {}), (elsewhere, {"source-mismatch": "warn"})):
        rows = [trusted("1.0.0", 40, repository=said), trusted("1.0.1", 35, repository=said)]
        assert told(candidate(*rows, identity=identity(run=run))) == expected
