"""Install scripts that the lockfile does not tell of: the registry does, and an install runs them."""

from __future__ import annotations

import json

import pytest

NAME = "widget"
LOCK = """# yarn lockfile v1


widget@1.1.0:
  version "1.1.0"
  resolved "{url}widget/-/widget-1.1.0.tgz"
  integrity {integrity}
"""


@pytest.fixture
def locked(project):
    """A tool that nothing runs, locked by yarn, with a script that its last release did not have."""
    project.publish(NAME, "1.0.0", days_ago=60)
    integrity = project.publish(NAME, "1.1.0", days_ago=5, scripts={"postinstall": "node a.js"})
    project.folder.mkdir(parents=True, exist_ok=True)
    lock = LOCK.format(url=project.upstream.url, integrity=integrity)
    (project.folder / "yarn.lock").write_text(lock)
    manifest = {"name": "app", "version": "1.0.0", "devDependencies": {NAME: "1.1.0"}}
    (project.folder / "package.json").write_text(json.dumps(manifest))
    (project.folder / "index.js").write_text("console.log(1)\n")
    return project


def ran(audit, locked):
    words = ("--registry", locked.upstream.url, "--format", "json", "--advisories", "off")
    return audit.exchange("audit", *words)


def test_a_script_of_a_tool_that_nothing_runs_is_run_by_the_install(audit, locked):
    told = ran(audit, locked)

    (package,) = told.json["packages"]
    assert (told.code, package["verdict"]) == (1, "refused")
    assert [one["code"] for one in package["reasons"]] == ["release-install-script-added"]


def test_where_settings_run_no_scripts_it_only_warns(audit, locked):
    (locked.folder / ".npmrc").write_text("ignore-scripts=true\n")

    told = ran(audit, locked)

    (package,) = told.json["packages"]
    assert (told.code, package["verdict"]) == (0, "admitted")
