"""Several lockfiles in one run: each told by itself, asked for together, none hidden by another."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from xml.etree import ElementTree as ET

import pytest

from imprint.policy.pins import read_pins
from tests.support.audited_project import Project

ROOT, API, WEB = "package-lock.json", "services/api/package-lock.json", "web/package-lock.json"


def git(folder, *words):
    named = ("-c", "user.name=ada", "-c", "user.email=ada@acme.example.test")
    subprocess.run(["git", *named, *words], cwd=folder, check=True, capture_output=True, timeout=60)


def below(project, place):
    folder = project.folder / place
    return Project(folder=folder, upstream=project.upstream, integrities=project.integrities)


@pytest.fixture
def monorepo(project):
    """Three projects that have `shared` in common."""
    for number in range(3):
        project.publish("shared", f"1.{number}.0", days_ago=90 - 10 * number)
        project.publish("widget", f"1.{number}.0", days_ago=90 - 10 * number)
    project.by_token("widget", "1.3.0", days_ago=5)
    project.lock("shared", "1.2.0")
    project.write()
    api, web = below(project, "services/api"), below(project, "web")
    api.lock("shared", "1.2.0")
    web.lock("shared", "1.1.0")
    web.lock("widget", "1.2.0")
    for one in (api, web):
        one.write()
    project.api, project.web = api, web
    git(project.folder, "init", "--quiet")
    return project


BLOCKING = "rules = { auth-regressed = 'block' }\n"


@pytest.fixture
def blocking(audit, monorepo):
    """A policy at the root that refuses what a token published, and `web` locks that."""
    audit.policy = BLOCKING
    monorepo.web.lock("widget", "1.3.0")
    monorepo.web.write()
    return audit


def lockfiles(told):
    return {one["lockfile"]: one for one in told.json["lockfiles"]}


def without_run(values):
    """Return what was said of packages, without how long it took and what it cost."""
    return [{name: one for name, one in each.items() if name != "lockfile"} for each in values]


def test_every_lockfile_below_is_told_by_itself_and_the_worst_code_counts(blocking, monorepo):
    told = blocking("--recursive")

    found = lockfiles(told)
    assert told.code == 1
    assert list(found) == [ROOT, API, WEB]
    assert [found[name]["summary"]["refused"] for name in found] == [0, 0, 1]
    assert told.json["summary"]["lockfiles"] == 3
    assert told.json["summary"]["packages"] == 4
    assert {one["lockfile"] for one in told.json["packages"]} == {ROOT, API, WEB}


def test_what_several_want_is_asked_for_once(audit, monorepo):
    audit("--recursive", "--advisories", "registry", "--no-cache")

    asked = Counter(monorepo.upstream.paths())
    assert "/shared" in asked
    assert set(asked.values()) == {1}


def test_each_says_what_it_says_alone(blocking, monorepo):
    together = blocking("--recursive")

    for lockfile in (ROOT, API, WEB):
        alone = blocking(lockfile)
        own = [one for one in together.json["packages"] if one["lockfile"] == lockfile]
        assert without_run(own) == alone.json["packages"]


def test_named_ones_and_no_others(audit, monorepo):
    told = audit("services/api", WEB)

    assert list(lockfiles(told)) == [API, WEB]
    assert told.json["lockfile"] == "."


def test_the_same_one_named_twice_is_looked_at_once(audit, monorepo):
    told = audit("web", WEB, "--recursive")

    assert list(lockfiles(told)) == [WEB]


def test_a_broken_one_hides_no_other_and_is_no_pass(audit, monorepo):
    (monorepo.api.folder / "package-lock.json").write_text("{")

    told = audit("--recursive", "-q")

    broken = lockfiles(told)[API]
    assert told.code == 2
    assert broken["error"]["code"] == "malformed-lockfile"
    assert told.json["summary"]["not_audited"] == 1
    assert lockfiles(told)[WEB]["summary"]["checked"] == 2
    assert API in told.ran.err


def test_what_is_refused_is_not_hidden_by_what_is_broken(blocking, monorepo):
    (monorepo.api.folder / "package-lock.json").write_text("{")

    assert blocking("--recursive").code == 1
    assert blocking("--recursive", "--exit-zero").code == 2


def test_a_named_one_that_is_not_there_is_told(audit, monorepo):
    told = audit("web", "nowhere")

    assert told.code == 2
    assert lockfiles(told)["nowhere"]["error"]["code"] == "no-lockfile"


def test_folders_of_their_own_policy_are_judged_by_it(audit, monorepo):
    monorepo.web.lock("widget", "1.3.0")
    monorepo.web.write(BLOCKING)

    told = audit("--recursive")

    policies = {name: one["policy"] for name, one in lockfiles(told).items()}
    assert policies[ROOT] == policies[API] != policies[WEB]
    assert (told.code, told.json["policy"]) == (1, "several")


def test_folders_of_another_registry_are_asked_there(audit, monorepo):
    (monorepo.web.folder / ".npmrc").write_text("registry=http://127.0.0.1:9/\n")
    audit.project.write()

    ran = audit.exchange(
        *("audit", "--recursive", "--format", "json", "--advisories", "off", "--max-age", "0"),
        npm_config_registry="",
        npm_config_userconfig=str(userconfig(monorepo)),
    )

    found = {one["lockfile"]: one["summary"]["checked"] for one in ran.json["lockfiles"]}
    assert found == {ROOT: 1, API: 1, WEB: 0}


def userconfig(monorepo):
    path = monorepo.folder / "user.npmrc"
    path.write_text(f"registry={monorepo.upstream.url}\n")
    return path


def test_one_without_packages_among_others_is_no_hole(audit, monorepo):
    empty = below(monorepo, "empty")
    empty.write()

    assert audit("--recursive").code == 0


def test_pins_of_all_are_written_in_one_go(audit, monorepo):
    audit.policy = ""
    told = audit("--recursive", "--write-pins")

    pins = read_pins((monorepo.folder / "imprint.lock").read_text())
    assert told.code == 0
    assert set(pins) == {"shared", "widget"}


def test_a_kept_result_stands_until_one_of_them_changes(audit, monorepo):
    def asked():
        monorepo.upstream.asked.clear()
        for kept in audit.imprint.folder.glob("home/.cache/imprint/projections*"):
            kept.unlink()
        words = ("--recursive", "--advisories", "off")
        audit.imprint("audit", "--registry", monorepo.upstream.url, *words)
        return monorepo.upstream.paths()

    audit.project.write()
    first, kept = asked(), asked()
    lockfile = monorepo.web.folder / "package-lock.json"
    lockfile.write_text(lockfile.read_text() + "\n")

    assert (bool(first), kept) == (True, [])
    assert asked()


def test_people_get_a_report_of_each_and_a_line_of_all(blocking, monorepo):
    (monorepo.api.folder / "package-lock.json").write_text("{")

    ran = blocking.plain("--recursive", "--advisories", "off")

    lines = ran.out.splitlines()
    assert "imprint: 1 package (package-lock.json)" in lines[0]
    assert any(line.startswith(f"✗ not audited  {API}") for line in lines)
    assert lines[-1].startswith(
        "3 lockfiles: 1 with blocked packages, 1 not audited · checked 3 of 3 packages · "
    )


def test_a_comment_has_one_marker_and_all_that_is_to_be_looked_at(blocking, monorepo):
    ran = blocking.plain("--recursive", "--advisories", "off", "--format", "markdown")

    lines = ran.out.splitlines()
    assert [line for line in lines if line.startswith("<!-- imprint-audit ")] == [lines[0]]
    assert any("(web/package-lock.json)" in line for line in lines)
    assert f"as usual: `{ROOT}`, `{API}`" in lines


def test_code_scanning_gets_a_run_with_its_own_category_for_each(blocking, monorepo):
    (monorepo.api.folder / "package-lock.json").write_text("{")

    log = json.loads(blocking.plain("--recursive", "--advisories", "off", "--format", "sarif").out)

    categories = [run["automationDetails"]["id"] for run in log["runs"]]
    (told,) = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert categories == [f"imprint/audit/{ROOT}/", f"imprint/audit/{WEB}/"]
    assert told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == API


def test_every_format_names_each_and_what_is_not_audited(blocking, monorepo):
    (monorepo.api.folder / "package-lock.json").write_text("{")

    def told(name):
        return blocking.plain("--recursive", "--advisories", "off", "--format", name).out

    lines = [json.loads(line) for line in told("jsonl").splitlines()]
    suites = ET.fromstring(told("junit"))  # ours, just written
    issues = json.loads(told("gitlab"))
    annotations = told("github").splitlines()

    assert Counter(one["type"] for one in lines) == {"package": 3, "lockfile": 3, "summary": 1}
    assert [suite.get("name") for suite in suites] == [
        f"imprint {name}" for name in (ROOT, WEB, API)
    ]
    assert {API, WEB} == {one["location"]["path"] for one in issues}
    assert len({one["fingerprint"] for one in issues}) == len(issues)
    assert annotations[0].startswith(f"::error file={API},")
    assert annotations[-1].startswith("::notice title=imprint::3 lockfiles")


@pytest.mark.parametrize("name", ["html", "cyclonedx"])
def test_what_is_of_one_project_is_refused_for_several(audit, monorepo, name):
    ran = audit.plain("--recursive", "--format", name)

    assert (ran.code, ran.out) == (2, "")
    assert f"--format {name} is of one project: name one lockfile for it" in ran.err


def test_nothing_to_look_at_is_said(audit, monorepo):
    (monorepo.folder / "docs").mkdir()

    ran = audit.plain("docs", "--recursive")

    assert ran.code == 2


def test_a_change_of_several_is_compared_with_each_ones_own(blocking, monorepo):
    blocking.project.write(BLOCKING)
    git(monorepo.folder, "add", "--all")
    git(monorepo.folder, "commit", "--quiet", "--message", "a")
    monorepo.api.lock("widget", "1.3.0")
    monorepo.api.write()

    told = blocking("--base", "HEAD", "--recursive", command="diff")

    changed = {(one["lockfile"], one["name"], one["change"]) for one in told.json["packages"]}
    assert told.code == 1
    assert changed == {(API, "widget", "added")}
    assert told.json["command"] == "diff"
