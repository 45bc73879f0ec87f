import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.findings import Confidence
from imprint.workflows.publishing.scripts import reached_programs
from tests.support.repositories import repository


def package(folder="", **contents):
    """A package.json at its path."""
    path = f"{folder}/package.json" if folder else "package.json"
    return {path: json.dumps({"name": folder or "root", **contents})}


def reached(script, files=None, folder="", **given):
    found = repository(files or {})
    return reached_programs(found, script, shell=None, folder=folder, **given)


def ends(script, files=None, folder="", **given):
    """Each program that is no script's runner, with how it was reached and where it runs."""
    return [
        (each.program.text, each.via, each.folder)
        for each in reached(script, files, folder, **given)
        if each.missing is None and each.program.text.split()[1:2] not in (["run"], ["release"])
    ]


SCRIPTS = package(
    scripts={
        "release": "changeset publish",
        "prerelease": "npm run build",
        "build": "tsc",
        "postrelease": "echo done",
    }
)


@pytest.mark.parametrize(
    ("line", "runner"),
    [
        ("npm run release", "npm"),
        ("npm run-script release", "npm"),
        ("pnpm run release", "pnpm"),
        ("pnpm release", "pnpm"),
        ("yarn release", "yarn"),
        ("yarn run release", "yarn"),
        ("bun run release", "bun"),
        ("bun release", "bun"),
        ("vp run release", "vp"),
        ("npm --prefix . run release", "npm"),
        ("pnpm -C . release", "pnpm"),
    ],
)
def test_a_script_is_run_with_what_surrounds_it(line, runner):
    found = ends(line, SCRIPTS)

    name = f"{runner} run "
    assert ("tsc", (f"{name}prerelease", "npm run build"), "") in found
    assert ("changeset publish", (f"{name}release",), "") in found
    assert ("echo done", (f"{name}postrelease",), "") in found


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("npm run release -- --tag next", "changeset publish --tag next"),
        ("npm run release --tag next", "changeset publish"),
        ("pnpm release --tag next", "changeset publish --tag next"),
        ("yarn run release -- --tag 'a b'", "changeset publish --tag a b"),
    ],
)
def test_a_script_is_given_what_stands_behind_its_name(line, text):
    files = package(scripts={"release": "changeset publish"})

    assert text in [found for found, _, _ in ends(line, files)]


@pytest.mark.parametrize(
    ("line", "folders"),
    [
        ("npm -w a run publish-it", ["packages/a"]),
        ("npm run publish-it --workspaces", ["packages/a", "packages/b"]),
        ("pnpm --filter b publish-it", ["packages/b"]),
        ("pnpm --filter './packages/*' run publish-it", ["packages/a", "packages/b"]),
        ("pnpm --filter a... publish-it", ["packages/a"]),
        ("pnpm --filter '!a' publish-it", ["packages/b"]),
        ("pnpm -r publish-it", ["packages/a", "packages/b"]),
        ("yarn workspace a publish-it", ["packages/a"]),
        ("yarn workspaces foreach -A run publish-it", ["packages/a", "packages/b"]),
        ("yarn --cwd packages/b publish-it", ["packages/b"]),
        ("npm --prefix packages/a run publish-it", ["packages/a"]),
        ("cd packages/a && npm run publish-it", ["packages/a"]),
        ("turbo run publish-it", ["packages/a", "packages/b"]),
        ("turbo publish-it --filter=a", ["packages/a"]),
        ("lerna run publish-it --scope b", ["packages/b"]),
        ("nx run-many -t publish-it", ["packages/a", "packages/b"]),
    ],
)
def test_a_script_runs_in_the_packages_that_are_named(line, folders):
    files = {
        **package(workspaces=["packages/*"]),
        **package("packages/a", scripts={"publish-it": "npm publish"}),
        **package("packages/b", scripts={"publish-it": "npm publish"}),
    }
    files["packages/a/package.json"] = files["packages/a/package.json"].replace(
        '"packages/a"', '"a"'
    )
    files["packages/b/package.json"] = files["packages/b/package.json"].replace(
        '"packages/b"', '"b"'
    )

    found = [folder for text, _, folder in ends(line, files) if text == "npm publish"]

    assert found == folders


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("pnpm changeset publish", "changeset publish"),
        ("yarn lerna publish", "lerna publish"),
        ("yarn run -T lerna publish", "lerna publish"),
        ("bun run np patch", "np patch"),
        ("pnpm exec np patch", "np patch"),
        ("vp exec np patch", "np patch"),
    ],
)
def test_what_is_no_script_is_a_binary(line, text):
    assert [found for found, _, _ in ends(line, package())] == [text]


def test_a_binary_with_the_name_of_a_script_is_the_script():
    files = package(scripts={"changeset": "echo no"})

    assert [found for found, _, _ in ends("pnpm changeset publish", files)][-1:] == [
        "echo no publish"
    ]


@pytest.mark.parametrize(
    "line", ["run-s 'release:*'", "npm-run-all release:npm", "concurrently npm:release:npm"]
)
def test_lists_of_scripts_are_run(line):
    files = package(scripts={"release:npm": "npm publish", "build": "tsc"})

    assert ("npm publish", ("npm run release:npm",), "") in ends(line, files)


def test_a_script_whose_name_is_not_known_may_be_any_that_begins_so():
    files = package(scripts={"release:a": "npm publish", "release:b": "np", "build": "tsc"})

    found = [text for text, _, _ in ends("npm run release:${{ inputs.x }}", files)]

    assert "npm publish" in found
    assert "tsc" not in found


def test_npm_version_runs_its_scripts():
    files = package(scripts={"postversion": "npm publish"})

    assert ("npm publish", ("npm run postversion",), "") in ends("npm version patch", files)


def test_wireit_is_looked_through():
    files = package(
        scripts={"release": "wireit"}, wireit={"release": {"command": "changeset publish"}}
    )

    assert ("changeset publish", ("npm run release",), "") in ends("npm run release", files)


def test_scripts_that_call_one_another_end():
    files = package(scripts={"a": "npm run b", "b": "npm run a && npm publish"})

    found = [text for text, _, _ in ends("npm run a", files)]

    assert found.count("npm publish") == 1


def test_three_levels_are_followed():
    files = package(
        scripts={"a": "npm run b", "b": "npm run c", "c": "npm publish", "z": "npm run a"}
    )

    assert "npm publish" in [text for text, _, _ in ends("npm run a", files)]
    assert "npm publish" not in [text for text, _, _ in ends("npm run z", files)]


MAKEFILE = """\
NPM ?= npm
FLAGS := --tag next
.PHONY: all publish
all: build
build:
	tsc
publish: build
	@echo $$HOME
	-$(NPM) publish \\
		${FLAGS}
again:
	$(MAKE) publish
"""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("make publish", ["make publish", "tsc", "echo $HOME", "npm publish --tag next"]),
        ("make", ["make", "tsc"]),
        ("make -C a publish", ["make -C a publish", "tsc", "echo $HOME", "npm publish --tag next"]),
        ("make nothing", ["make nothing"]),
    ],
)
def test_recipes_are_run_with_what_they_need(line, found):
    files = {"Makefile": MAKEFILE, "a/Makefile": MAKEFILE}

    assert [text for text, _, _ in ends(line, files)] == found


def test_make_calls_itself():
    found = ends("make again", {"Makefile": MAKEFILE})

    assert ("npm publish --tag next", ("make again", "make publish"), "") in found


@pytest.mark.parametrize(
    "line",
    [
        "./scripts/release.sh",
        "bash scripts/release.sh",
        "sh -e ./scripts/release.sh",
        ". scripts/release.sh",
    ],
)
def test_local_shell_scripts_are_read(line):
    found = ends(line, {"scripts/release.sh": "#!/bin/sh\ncd a\nnpm publish\n"})

    assert [(text, folder) for text, _, folder in found][-1] == ("npm publish", "a")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("node scripts/publish.js", "execSync('npm publish --tag next')"),
        ("node scripts/publish", "await execa('npm', ['publish'])"),
        ("npx tsx scripts/publish.js", "$`npm publish`"),
        ("./scripts/publish.js", "spawn('npm', [\n  'publish'])"),
    ],
)
def test_programs_are_looked_through_as_text(line, text):
    files = {"scripts/publish.js": text}

    (*_, found) = reached(line, files)

    assert found.program.text == "npm publish"
    assert found.confidence is Confidence.LOW


@pytest.mark.parametrize(
    "text", ["// npm publish", "execSync('npm publish --dry-run')", "console.log('publish')"]
)
def test_text_that_does_not_publish_is_passed_over(text):
    found = reached("node scripts/publish.js", {"scripts/publish.js": text})

    assert [each.program.name for each in found] == ["node"]


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("node scripts/publish.js", "scripts/publish.js"),
        ("./release.sh", "release.sh"),
        ("npm run publish", "publish"),
        ("pnpm tsx scripts/publish.ts", "scripts/publish.ts"),
    ],
)
def test_a_script_that_is_not_there_is_missing(line, missing):
    assert [each.missing for each in reached(line) if each.missing][-1] == missing


def test_a_function_that_nobody_calls_does_not_run():
    script = "f() { npm publish; }\ng() { np; }\ng"

    assert "np" in [text for text, _, _ in ends(script)]
    assert "npm publish" not in [text for text, _, _ in ends(script)]


def test_the_environment_reaches_scripts_of_scripts():
    files = package(scripts={"release": "npm publish --tag $TAG"})

    found = ends("npm run release", files, environment={"TAG": "next"})

    assert ("npm publish --tag next", ("npm run release",), "") in found


@given(st.text(), st.text())
def test_any_makefile_and_any_script_end(makefile, script):
    files = {
        "Makefile": makefile,
        "package.json": json.dumps({"scripts": {"a": script}}),
        "x.sh": script,
    }
    found = repository({path: text for path, text in files.items() if text.isprintable()})

    reached_programs(found, "make; make a; npm run a; ./x.sh", shell=None, folder="")
