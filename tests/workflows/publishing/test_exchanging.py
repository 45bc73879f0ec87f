"""Who sends, whether that exchanges, and which tokens it finds: facts/workflows.md §2.1."""

import pytest

from imprint.workflows.publishing.exchanging import (
    audience_of,
    intends_exchange,
    sendings_of,
    tokens_read_by,
)
from imprint.workflows.publishing.model import Client
from tests.workflows.checks.scenes import PUBLIC_HOST, scene_of

WORKFLOW = """\
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: actions/setup-node@v6
        with:
          node-version: {node}
{steps}      - run: {command}
{rest}"""


def publishing(command, *, node="24", steps="", rest="", package="{}", files=()):
    text = WORKFLOW.format(node=node, command=command, steps=steps, rest=rest)
    scene = scene_of(
        {".github/workflows/release.yml": text, "package.json": package, **dict(files)}
    )
    (job,) = scene.publish_jobs
    return scene.repository, job, job.steps[0]


def pnpm(version):
    return f"      - uses: pnpm/action-setup@v4\n        with:\n          version: {version}\n"


@pytest.mark.parametrize(
    ("command", "node", "steps", "sender", "exchanges"),
    [
        ("npm publish", "22", "", Client.NPM, False),
        ("npm publish", "24.4.0", "", Client.NPM, False),
        ("npm publish", "24.5.0", "", Client.NPM, True),
        ("npm publish", "24", "", Client.NPM, True),
        ("pnpm publish", "22", pnpm("10.33.0"), Client.NPM, False),
        ("pnpm publish", "24", pnpm("10.33.0"), Client.NPM, True),
        ("pnpm publish", "22", pnpm("11.0.8"), Client.PNPM, True),
        ("bun publish", "24", "", Client.BUN, False),
        ("npx changeset publish", "24", "", Client.NPM, True),
    ],
)
def test_client_and_version_decide(command, node, steps, sender, exchanges):
    repository, job, step = publishing(command, node=node, steps=steps)

    (sending,) = sendings_of(repository, job, step)

    assert (sending.program, sending.exchanges) == (sender, exchanges)


@pytest.mark.parametrize(
    ("package", "command", "exchanges"),
    [
        ('{"packageManager": "yarn@4.9.4"}', "yarn npm publish", False),
        ('{"packageManager": "yarn@4.18.1"}', "yarn npm publish", True),
        ('{"packageManager": "yarn@1.22.22"}', "yarn publish", False),
        ('{"devDependencies": {"lerna": "^8.1.0"}}', "npx lerna publish", False),
        ('{"devDependencies": {"lerna": "^9.0.0"}}', "npx lerna publish", True),
        ('{"devDependencies": {"semantic-release": "^24.2.0"}}', "npx semantic-release", False),
        ('{"devDependencies": {"semantic-release": "^25.0.0"}}', "npx semantic-release", True),
        (
            '{"devDependencies": {"semantic-release": "^24.0.0", "@semantic-release/npm": "^13.1.0"}}',
            "npx semantic-release",
            True,
        ),
        ("{}", "npx semantic-release", None),
    ],
)
def test_what_package_json_asks_for_decides(package, command, exchanges):
    files = {".yarnrc.yml": ""} if "yarn@4" in package else {}
    repository, job, step = publishing(command, package=package, files=files.items())

    assert [each.exchanges for each in sendings_of(repository, job, step)] == [exchanges]


@pytest.mark.parametrize(("version", "prefers"), [("11.0.2", True), ("11.0.7", False)])
def test_pnpm_took_tokens_first_for_a_while(version, prefers):
    repository, job, step = publishing("pnpm publish", steps=pnpm(version))

    assert [each.prefers_token for each in sendings_of(repository, job, step)] == [prefers]


TOKEN = "        env:\n          NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}\n"


def found(repository, job, step):
    return [
        token.name
        for sending in sendings_of(repository, job, step)
        for token in tokens_read_by(sending, job, step, repository)
    ]


def test_a_variable_alone_is_found_by_no_client():
    assert found(*publishing("npm publish", rest=TOKEN)) == []


@pytest.mark.parametrize(
    "files",
    [
        {".npmrc": f"//{PUBLIC_HOST}/:_authToken=${{NODE_AUTH_TOKEN}}\n"},
    ],
)
def test_a_variable_that_an_npmrc_names_is_found(files):
    assert found(*publishing("npm publish", rest=TOKEN, files=files.items())) == ["NODE_AUTH_TOKEN"]


def test_a_variable_that_a_script_writes_is_found():
    command = f"|\n          echo '//{PUBLIC_HOST}/:_authToken=${{NODE_AUTH_TOKEN}}' > .npmrc\n          npm publish"

    assert "NODE_AUTH_TOKEN" in found(*publishing(command, rest=TOKEN))


def test_yarn_does_not_look_at_npms_variable():
    package = '{"packageManager": "yarn@4.18.1"}'
    files = {".yarnrc.yml": "", ".npmrc": "_authToken=${NODE_AUTH_TOKEN}\n"}

    assert (
        found(*publishing("yarn npm publish", rest=TOKEN, package=package, files=files.items()))
        == []
    )


@pytest.mark.parametrize(
    ("command", "audience"),
    [
        ("npm publish", f"npm:{PUBLIC_HOST}"),
        (
            "npm publish --registry https://registry.example.test:8443/x/",
            "npm:registry.example.test",
        ),
    ],
)
def test_the_audience_is_of_the_registrys_host(command, audience):
    _, _, step = publishing(command)

    assert audience_of(step) == audience


def test_githubs_own_registry_knows_no_exchange():
    _, job, step = publishing("npm publish --registry https://npm.pkg.github.com")

    assert not intends_exchange(job, step)
