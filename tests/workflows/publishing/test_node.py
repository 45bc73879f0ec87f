import pytest

from imprint.workflows.publishing.model import Client
from imprint.workflows.publishing.node import (
    client_version_in_image,
    client_versions_of,
    node_versions_of,
    npm_versions_of,
)
from imprint.workflows.sources import Span, Text
from imprint.workflows.tables.releases import OPEN
from tests.support.jobs import job_around
from tests.support.repositories import repository, written

PUBLISH = "- run: npm publish"


def node(version, **inputs):
    given = "".join(f", {name}: {value}" for name, value in inputs.items())
    return f"- uses: actions/setup-node@v6\n  with: {{ node-version: {version}{given} }}"


def lines(*steps):
    return "\n".join(steps)


def npm(*steps, **more):
    around = job_around(lines(*steps), **more)
    found = npm_versions_of(*around.all, around.last_step)
    return [(version.lowest, version.highest) for version in found]


def client(which, *steps, **more):
    around = job_around(lines(*steps), **more)
    (found,) = client_versions_of(which, *around.all, around.last_step)
    return found


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("24.4.0", ((11, 4, 2), (11, 4, 2))),
        ("24", ((11, 5, 1), (11, OPEN, OPEN))),
        ("'lts/*'", ((11, 5, 1), (11, OPEN, OPEN))),
        ("'20.17.0'", ((10, 8, 2), (10, 8, 2))),
        ("'${{ vars.NODE }}'", (None, None)),
    ],
)
def test_node_brings_its_npm(version, expected):
    assert npm(node(version), PUBLISH) == [expected]


def test_without_a_setup_the_images_node_is_not_known():
    around = job_around(PUBLISH)

    (found,) = npm_versions_of(*around.all, around.last_step)

    assert (found.lowest, found.highest) == (None, None)
    assert found.because == (
        "no step sets up Node, and the runner image's own (node 22.23.1 on 2026-06-29) changes"
    )


def test_the_last_setup_counts():
    assert npm(node("24.5.0"), node("22.14.0"), PUBLISH) == [((10, 9, 2), (10, 9, 2))]


def test_a_setup_without_a_version_changes_nothing():
    assert npm(node("22.14.0"), "- uses: actions/setup-node@v6", PUBLISH) == [
        ((10, 9, 2), (10, 9, 2))
    ]


def test_a_setup_after_the_step_does_not_count():
    around = job_around(lines(PUBLISH, node("24.5.0")))

    (found,) = npm_versions_of(*around.all, around.job.steps[0])

    assert found.lowest is None


@pytest.mark.parametrize(
    "script",
    [
        "npm install -g npm@11.6.2",
        "npm i -g npm@11.6.2",
        "npm -g install npm@11.6.2",
        "sudo npm install --global npm@11.6.2",
        "npm update -g npm@11.6.2",
        "corepack enable && corepack prepare npm@11.6.2 --activate",
        "corepack use npm@11.6.2",
        "volta install npm@11.6.2",
        "pnpm add -g npm@11.6.2",
        "yarn global add npm@11.6.2",
    ],
)
def test_a_later_step_may_install_another_npm(script):
    assert npm(node("22"), f"- run: {script}", PUBLISH) == [((11, 6, 2), (11, 6, 2))]


@pytest.mark.parametrize(
    "script", ["npm install npm@11.6.2", "npm install -g pnpm@11.0.0", "echo npm i -g npm@11.6.2"]
)
def test_other_installs_leave_npm_alone(script):
    assert npm(node("22.14.0"), f"- run: {script}", PUBLISH) == [((10, 9, 2), (10, 9, 2))]


def test_an_npm_that_was_installed_goes_with_the_node_it_was_installed_in():
    found = npm(node("22"), "- run: npm i -g npm@11.6.2", node("20.17.0"), PUBLISH)

    assert found == [((10, 8, 2), (10, 8, 2))]


def test_latest_is_open_upwards():
    ((lowest, highest),) = npm(node("22"), "- run: npm i -g npm@latest", PUBLISH)

    assert lowest >= (12, 2, 0)
    assert highest is None


@pytest.mark.parametrize(
    "script",
    [
        "npm i -g npm@11.6.2 && npm publish",
        "npx npm@11.6.2 publish",
        "npx -y npm@11.6.2 publish --access public",
        "pnpm dlx npm@11.6.2 publish",
        "nvm install 24.11.1 && npm publish",
    ],
)
def test_the_steps_own_script_counts_up_to_where_it_publishes(script):
    assert npm(node("22"), f"- run: {script}") == [((11, 6, 2), (11, 6, 2))]


def test_what_comes_after_the_publish_does_not():
    found = npm(node("22.14.0"), "- run: npm publish && npm i -g npm@11.6.2")

    assert found == [((10, 9, 2), (10, 9, 2))]


def test_nvm_in_another_step_is_forgotten():
    assert npm(node("22.14.0"), "- run: nvm use 24.5.0", PUBLISH) == [((10, 9, 2), (10, 9, 2))]


def test_a_step_that_may_not_run_leaves_both_possible():
    found = npm(node("22.14.0"), "- run: npm i -g npm@11.6.2\n  if: vars.UPGRADE == 'yes'", PUBLISH)

    assert found == [((10, 9, 2), (11, 6, 2))]


def test_a_command_on_a_condition_does_too():
    script = '- run: if [ -n "$UPGRADE" ]; then npm i -g npm@11.6.2; fi'

    assert npm(node("22.14.0"), script, PUBLISH) == [((10, 9, 2), (11, 6, 2))]


def test_each_leg_of_a_matrix_is_one():
    matrix = "strategy: { matrix: { node: ['20.17.0', '22.14.0', '24.5.0'] } }"

    assert npm(node("'${{ matrix.node }}'"), PUBLISH, job=matrix) == [
        ((10, 8, 2), (10, 8, 2)),
        ((10, 9, 2), (10, 9, 2)),
        ((11, 5, 1), (11, 5, 1)),
    ]


def test_only_legs_that_reach_the_step_count():
    matrix = "strategy: { matrix: { node: ['20.17.0', '24.5.0'] } }"
    publish = "- run: npm publish\n  if: matrix.node == '24.5.0'"

    assert npm(node("'${{ matrix.node }}'"), publish, job=matrix) == [((11, 5, 1), (11, 5, 1))]


def test_legs_with_the_same_npm_are_told_once():
    matrix = "strategy: { matrix: { os: [a, b] } }"

    assert npm(node("24.5.0"), PUBLISH, job=matrix) == [((11, 5, 1), (11, 5, 1))]


def test_a_version_in_the_environment_is_looked_up():
    assert npm(node("'${{ env.NODE }}'"), PUBLISH, top="env: { NODE: 24.5.0 }") == [
        ((11, 5, 1), (11, 5, 1))
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".nvmrc", "v22.14.0\n"),
        (".nvmrc", "22.14.0"),
        (".node-version", "22.14.0\n"),
        (".tool-versions", "ruby 3.3.0\nnodejs 22.14.0\n"),
        ("mise.toml", '[tools]\nnode = "22.14.0"\n'),
        ("mise.toml", '[tools]\nnode = { version = "22.14.0" }\n'),
        ("package.json", '{"engines": {"node": "22.14.0"}}'),
        ("package.json", '{"volta": {"node": "22.14.0"}, "engines": {"node": "20"}}'),
        (
            "package.json",
            (
                '{"devEngines": {"runtime": {"name": "node", "version": "22.14.0"}},'
                ' "engines": {"node": ">=18"}}'
            ),
        ),
    ],
)
def test_a_file_may_say_which_node(path, text):
    setup = f"- uses: actions/setup-node@v6\n  with: {{ node-version-file: {path} }}"
    around = job_around(lines(setup, PUBLISH), files={path: text})

    (found,) = npm_versions_of(*around.all, around.last_step)

    assert (found.lowest, found.highest) == ((10, 9, 2), (10, 9, 2))
    assert found.because == f"{path} says node 22.14.0 brings npm 10.9"
    assert found.span.path == path


def test_the_input_goes_before_the_file():
    step = node("24.5.0", **{"node-version-file": ".nvmrc"})

    assert npm(step, PUBLISH, files={".nvmrc": "22.14.0"}) == [((11, 5, 1), (11, 5, 1))]


def test_a_package_extends_another_ones_volta():
    files = {
        "packages/a/package.json": '{"volta": {"extends": "../../package.json"}}',
        "package.json": '{"volta": {"node": "22.14.0"}}',
    }
    setup = "- uses: actions/setup-node@v6\n  with: { node-version-file: packages/a/package.json }"

    assert npm(setup, PUBLISH, files=files) == [((10, 9, 2), (10, 9, 2))]


def test_a_file_that_is_not_there_is_not_known():
    setup = "- uses: actions/setup-node@v6\n  with: { node-version-file: .nvmrc }"

    assert npm(node("24"), setup, PUBLISH) == [(None, None)]


def test_mise_installs_what_its_file_says():
    files = {"mise.toml": '[tools]\nnode = "24.5.0"\nnpm = "11.6.2"\n'}

    assert npm("- uses: jdx/mise-action@v2", PUBLISH, files=files) == [((11, 6, 2), (11, 6, 2))]


@pytest.mark.parametrize("image", ["node:22.14.0", "node:22.14.0-alpine", "docker.io/node:22.14.0"])
def test_a_container_brings_its_own(image):
    assert npm(PUBLISH, job=f"container: {image}") == [((10, 9, 2), (10, 9, 2))]


def test_a_composite_action_may_set_it_up():
    setup = """\
    inputs: { node: { default: '22.14.0' } }
    runs:
      using: composite
      steps:
        - uses: actions/setup-node@v6
          with: { node-version: '${{ inputs.node }}' }
    """

    assert npm("- uses: ./setup", PUBLISH, files={"setup/action.yml": setup}) == [
        ((10, 9, 2), (10, 9, 2))
    ]


def test_what_decides_is_pointed_at():
    around = job_around(lines(node("22"), PUBLISH))

    (found,) = npm_versions_of(*around.all, around.last_step)

    assert written(around.repository, found.span) == "22"
    assert found.because == "node 22 brings npm 10.9 or a later 10"


def test_node_itself_can_be_asked_for():
    around = job_around(lines(node("24.5.0"), PUBLISH))

    (found,) = node_versions_of(*around.all, around.last_step)

    assert found.lowest == found.highest == (24, 5, 0)


def test_pnpm_comes_from_its_action_or_package():
    files = {"package.json": '{"packageManager": "pnpm@10.2.0+sha512.abc"}'}
    setup, publish = "- uses: pnpm/action-setup@v4", "- run: pnpm publish"

    assert client(Client.PNPM, setup, publish, files=files).highest == (10, 2, 0)
    assert client(Client.PNPM, publish, files=files).highest == (10, 2, 0)
    pinned = f"{setup}\n  with: {{ version: 11.0.3 }}"
    assert client(Client.PNPM, pinned, publish).lowest == (11, 0, 3)


def test_yarn_comes_from_the_repository_first():
    files = {
        ".yarnrc.yml": "yarnPath: .yarn/releases/yarn-4.18.1.cjs\n",
        "package.json": '{"packageManager": "yarn@4.9.0"}',
    }

    found = client(Client.YARN, "- run: yarn npm publish", files=files)

    assert found.lowest == (4, 18, 1)
    assert found.because == ".yarnrc.yml says yarn 4.18.1"


def test_bun_comes_from_its_action():
    setup = "- uses: oven-sh/setup-bun@v2\n  with: { bun-version: 1.3.0 }"

    assert client(Client.BUN, setup, "- run: bun publish").lowest == (1, 3, 0)


def test_release_tools_are_what_the_packages_ask_for():
    files = {"package.json": '{"devDependencies": {"lerna": "^9.0.1"}}'}

    found = client(Client.LERNA, "- run: lerna publish", files=files)

    assert (found.lowest, found.highest) == ((9, 0, 1), (9, OPEN, OPEN))


def test_a_tool_that_nothing_tells_of_is_not_known():
    found = client(Client.NP, "- run: np")

    assert (found.lowest, found.highest, found.because) == (None, None, "no file says which np")


@pytest.mark.parametrize(
    ("image", "scripts", "expected"),
    [
        ("node:22.14.0", ["npm publish"], (10, 9, 2)),
        ("cimg/node:22.14.0", ["npm publish"], (10, 9, 2)),
        ("node:22.14.0", ["npm i -g npm@11.6.2", "npm publish"], (11, 6, 2)),
        ("node:22.14.0", ["nvm install 24.5.0", "npm publish"], (11, 5, 1)),
        ("node:$NODE", ["npm publish"], None),
        ("alpine:3", ["npm publish"], None),
        (None, ["npm publish"], None),
    ],
)
def test_pipelines_without_steps_have_an_image_and_scripts(image, scripts, expected):
    span = Span(path=".gitlab-ci.yml", start=0, end=1, line=1, column=1)
    text = None if image is None else Text(value=image, span=span)

    found = client_version_in_image(Client.NPM, repository({}), text, scripts, span=span)

    assert found.lowest == expected
