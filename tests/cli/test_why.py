"""`imprint why`: every way into the lockfile, and what loads it."""

import json

import pytest

ROOT = {
    "name": "app",
    "version": "1.0.0",
    "dependencies": {"express": "^4.0.0"},
    "devDependencies": {"tool": "1.0.0"},
    "workspaces": ["packages/*"],
}
LOCK = {
    "name": "app",
    "lockfileVersion": 3,
    "packages": {
        "": ROOT,
        "node_modules/express": {
            "version": "4.21.0",
            "resolved": "https://registry.example.test/express/-/express-4.21.0.tgz",
            "integrity": "sha512-" + "A" * 86 + "==",
            "dependencies": {"qs": "6.13.0"},
        },
        "node_modules/qs": {
            "version": "6.13.0",
            "resolved": "https://registry.example.test/qs/-/qs-6.13.0.tgz",
            "integrity": "sha512-" + "A" * 86 + "==",
        },
        "node_modules/tool": {
            "version": "1.0.0",
            "dev": True,
            "resolved": "https://registry.example.test/tool/-/tool-1.0.0.tgz",
            "integrity": "sha512-" + "A" * 86 + "==",
            "dependencies": {"qs": "^6.0.0"},
        },
        "node_modules/api": {"resolved": "packages/api", "link": True},
        "packages/api": {"name": "api", "version": "1.0.0", "dependencies": {"qs": "^6.1.0"}},
    },
}


@pytest.fixture
def project(imprint):
    work = imprint.folder / "work"
    (work / "package-lock.json").write_text(json.dumps(LOCK, indent=2))
    (work / "package.json").write_text(json.dumps(ROOT))
    (work / "src").mkdir()
    (work / "src/server.js").write_text("import express from 'express'\n")
    return imprint


def test_every_way_in_is_told_the_shortest_first(project):
    ran = project("why", "qs", "--no-reach")

    lines = [line.replace(str(project.folder / "work") + "/", "") for line in ran.out.splitlines()]
    assert ran.code == 0
    assert lines == [
        "qs@6.13.0  production  package-lock.json:26",
        "  packages/api/package.json (dependencies, ^6.1.0) → qs@6.13.0",
        "  package.json (dependencies, ^4.0.0) → express@4.21.0 → qs@6.13.0",
        "  package.json (devDependencies, 1.0.0) → tool@1.0.0 → qs@6.13.0",
        "  needed by express@4.21.0, tool@1.0.0",
    ]


def test_what_loads_it_is_told(project):
    ran = project("why", "express")

    assert "src/server.js:1 → express" in ran.out


def test_json_has_ways_and_reach(project):
    ran = project("why", "qs@6.13.0", ".", "--format", "json")

    assert ran.json["summary"] == {"places": 1, "ways": 3}
    (place,) = ran.json["places"]
    assert place["ways"][1] == {
        "manifest": "package.json",
        "kind": "prod",
        "range": "^4.0.0",
        "path": ["express@4.21.0", "qs@6.13.0"],
        "keys": ["node_modules/express", "node_modules/qs"],
    }
    assert place["exposure"] in {"runtime-closure", "runtime-imported", "build"}


def test_what_is_not_there_is_said_with_what_is_near(project):
    ran = project("why", "expres", "--format", "json")

    assert ran.code == 1
    assert ran.json["error"]["code"] == "not-in-lockfile"
    assert "near it are `express`" in ran.err


def test_another_version_is_said_with_those_that_are_there(project):
    ran = project("why", "qs@1.0.0")

    assert ran.code == 1
    assert "its versions there are `6.13.0`" in ran.err


def test_no_lockfile_is_no_answer(imprint):
    ran = imprint("why", "qs")

    assert (ran.code, ran.out) == (2, "")
