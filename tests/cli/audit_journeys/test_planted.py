"""What a pull request could write into a lockfile, end to end."""

from __future__ import annotations

import pytest

GOOD = "sha512-" + "A" * 86 + "=="
GIT = "git+https://forge.example.test/mallory/widget.git#" + "a" * 40


def test_a_digest_that_is_taken_out_lets_no_other_tarball_in(audit, project):
    project.publish()
    project.publish("evil", "6.6.6")
    project.lock(resolved=f"{project.upstream.url}evil/-/evil-6.6.6.tgz", integrity=None)

    told = audit()

    assert told.code == 1
    assert told.codes() == {"lock-no-integrity"}


def test_a_second_digest_is_refused(audit, project):
    good, evil = project.publish(), project.publish("evil", "6.6.6")
    project.lock(integrity=f"{good} {evil}")

    told = audit()

    assert told.code == 1
    assert "integrity-mismatch" in told.codes()


def test_git_in_the_place_of_a_registry_is_refused(audit, project):
    project.publish()
    project.lock(resolved=GIT, integrity=None)

    told = audit()

    assert told.code == 1
    assert told.codes() == {"lock-foreign-host"}


def test_git_that_package_json_asks_for_is_none_of_it(audit, project):
    project.publish()
    project.lock()
    project.lock("other", resolved=GIT, integrity=None)
    project.dependencies["other"] = "mallory/widget"

    assert audit().code == 0


def need(project, spec):
    """Let the lockfile say that `@acme/widget` needs a package from git."""
    project.lock(dependencies={"evil": spec})
    project.packages["node_modules/evil"] = {"version": "1.0.0", "resolved": GIT}


def test_git_that_no_published_package_asks_for_is_refused(audit, project):
    project.publish()
    need(project, GIT)

    told = audit()

    assert told.code == 1
    assert told.codes("evil") == {"lock-foreign-host"}


def test_git_that_a_published_package_asks_for_is_none_of_it(audit, project):
    project.publish(dependencies={"evil": GIT})
    need(project, GIT)

    assert audit().code == 0


def test_git_beside_a_package_that_no_change_touches_is_refused_too(audit, project, tmp_path):
    project.publish()
    project.lock()
    project.write()
    before = tmp_path / "package-lock.json"
    before.write_bytes((project.folder / "package-lock.json").read_bytes())
    need(project, GIT)

    told = audit(str(before), "package-lock.json", command="diff")

    assert told.code == 1
    assert told.codes("evil") == {"lock-foreign-host"}


def bundle(project, **more):
    """Let the lockfile say that `@acme/widget` brings another package along."""
    project.lock(dependencies={"evil": "6.6.6"})
    entry = {"version": "6.6.6", "inBundle": True, **more}
    project.packages["node_modules/@acme/widget/node_modules/evil"] = entry


def test_what_its_carrier_does_not_bundle_is_refused(audit, project):
    project.publish()
    bundle(project)
    audit.policy = '[scope]\nbundled = "warn"\n'

    told = audit()

    assert told.code == 1
    assert told.codes("evil") == {"lock-no-integrity"}


def test_what_a_carrier_of_others_does_not_bundle_is_refused(audit, project):
    project.publish(bundledDependencies=["inner"], dependencies={"inner": "2.0.0"})
    bundle(project)
    inner = {"version": "2.0.0", "inBundle": True, "dependencies": {"deeper": "1.0.0"}}
    project.packages["node_modules/@acme/widget/node_modules/inner"] = inner
    deeper = {"version": "1.0.0", "inBundle": True}
    project.packages["node_modules/@acme/widget/node_modules/deeper"] = deeper

    told = audit()

    assert told.code == 1
    assert told.codes("evil") == {"lock-no-integrity"}
    assert told.codes("inner") == told.codes("deeper") == set()


def test_a_bundled_copy_from_another_host_is_refused(audit, project):
    project.publish(bundleDependencies=["evil"], dependencies={"evil": "6.6.6"})
    bundle(project, resolved="https://evil.example.test/evil.tgz")

    told = audit()

    assert told.code == 1
    assert told.codes("evil") == {"lock-foreign-host"}


def test_what_production_needs_is_no_tool_whatever_the_lockfile_says(audit, project):
    for number in range(3):
        project.publish(version=f"1.{number}.0", days_ago=200 - 60 * number)
    project.by_token("@acme/widget", "1.3.0", days_ago=2)
    project.lock(version="1.3.0", dev=True)
    audit.policy = '[scope]\ndev = "none"\n'

    told = audit()

    assert told.code == 1
    assert "auth-regressed" in told.codes()


@pytest.mark.parametrize("host", ["https://evil.example.test/", None])
def test_what_has_no_version_is_not_passed(audit, project, host):
    project.publish()
    project.lock(dependencies={"evil": "1.0.0"})
    address = f"{host or project.upstream.url}evil/-/evil-1.0.0.tgz"
    project.packages["node_modules/evil"] = {"resolved": address, "integrity": GOOD}

    told = audit()

    assert told.code == 1
    assert "lock-no-integrity" in told.codes("evil")
