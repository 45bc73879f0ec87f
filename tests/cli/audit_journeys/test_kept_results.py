"""Whole results of earlier runs: what they may not outlive."""

from __future__ import annotations

import pytest

PACKUMENT = "/@acme%2fwidget"


def again(audit, project, *words):
    """Audit the project as it lies there, and return what its registry is asked.

    What the registry said before is forgotten: then it is asked whenever there is no whole result.
    """
    for kept in audit.imprint.folder.glob("home/.cache/imprint/projections*"):
        kept.unlink()
    project.upstream.asked.clear()
    audit.imprint("audit", "--registry", project.upstream.url, "--advisories", "off", "-q", *words)
    return project.upstream.paths()


@pytest.mark.parametrize("words", [(), ("--no-reach",)])
def test_a_result_is_taken_again_until_a_file_of_the_project_changes(audit, project, words):
    project.publish()
    project.lock()
    project.write()

    first, kept = again(audit, project, *words), again(audit, project, *words)
    (project.folder / "package.json").write_text('{"name": "app", "version": "1.0.1"}')

    assert first
    assert kept == []
    assert again(audit, project, *words)


def test_who_wants_it_new_gets_it_new(audit, project):
    project.publish()
    project.lock()
    project.write()

    for _ in range(2):
        assert PACKUMENT in again(audit, project, "--max-age", "0")


def test_what_was_left_open_beside_a_refusal_is_asked_again(audit, project):
    project.publish("open", "1.0.0")
    project.lock("open")
    project.lock("gone", "1.0.0")
    project.publish("gone", "1.0.0")
    project.publish("gone", "1.0.1")
    project.unpublish("gone", "1.0.0")
    project.upstream.answers["/open"] = (503, b"")
    first = audit()
    project.serve("open")

    again = audit()

    assert (first.code, again.code) == (1, 1)
    assert first.package("open")["verdict"] == "undecided"
    assert again.package("open")["verdict"] == "admitted"
