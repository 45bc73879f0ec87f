import json
from textwrap import indent

import pytest

from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import Access
from imprint.workflows.publishing.detection import publish_jobs_of
from imprint.workflows.publishing.model import Client, CredentialKind
from tests.support.repositories import repository, written

PATH = ".github/workflows/release.yml"
WORKFLOW = """\
on: push
{top}
jobs:
  release:
    runs-on: ubuntu-latest
    permissions: {{id-token: write}}
{job}
    steps:
{steps}
"""


def workflow(steps, *, job="", top="", grants=True):
    """A workflow of one job with these steps."""
    text = WORKFLOW.format(steps=indent(steps, "      "), job=indent(job, "    "), top=top)
    return text if grants else text.replace("{id-token: write}", "{contents: read}")


def jobs_of(steps, files=None, *, name=None, **given):
    found = repository({PATH: workflow(steps, **given), **(files or {})}, name=name)
    return publish_jobs_of(found)


def only(steps, files=None, **given):
    (job,) = jobs_of(steps, files, **given)
    return job


def packages(**scripts):
    return {"package.json": json.dumps({"name": "root", "scripts": scripts})}


def test_a_publish_step_is_told_with_its_place():
    found = repository({PATH: workflow("- run: |\n    npm ci\n    npm publish --tag next\n")})

    (job,) = publish_jobs_of(found)
    (step,) = job.steps

    assert (step.client, step.sender) == (Client.NPM, Client.NPM)
    assert written(found, step.span) == step.command == "npm publish --tag next"
    assert (step.span.line, step.step, job.id_token) == (11, job.job.steps[0], Access.WRITE)


def test_a_job_that_does_not_publish_is_not_there():
    assert jobs_of("- run: npm test") == ()


def test_each_command_is_a_step_of_its_own():
    job = only("- run: npm publish ./a && npm publish ./b\n- run: pnpm publish\n")

    assert [step.command for step in job.steps] == [
        "npm publish ./a",
        "npm publish ./b",
        "pnpm publish",
    ]


def test_how_a_command_was_reached_is_told():
    job = only("- run: npm run release\n", packages(release="changeset publish"))

    (step,) = job.steps
    assert (step.client, step.via) == (Client.CHANGESETS, ("npm run release",))
    assert step.command == "npm run release"


@pytest.mark.parametrize(
    ("uses", "client", "sender"),
    [
        ("JS-DevTools/npm-publish@v4", Client.NPM_PUBLISH_ACTION, Client.NPM),
        ("cycjimmy/semantic-release-action@v5", Client.SEMANTIC_RELEASE, Client.SEMANTIC_RELEASE),
        ("codfish/semantic-release-action@v4", Client.SEMANTIC_RELEASE, Client.SEMANTIC_RELEASE),
        ("changesets/action/publish@v2", Client.CHANGESETS, Client.NPM),
    ],
)
def test_known_actions_publish(uses, client, sender):
    (step,) = only(f"- uses: {uses}\n").steps

    assert (step.client, step.sender, step.command) == (client, sender, uses)


@pytest.mark.parametrize(
    "steps",
    [
        "- uses: JS-DevTools/npm-publish@v4\n  with: {dry-run: true}\n",
        "- uses: cycjimmy/semantic-release-action@v5\n  with: {dry_run: true}\n",
        "- uses: changesets/action@v1\n",
        "- uses: changesets/action@v1\n  with: {version: pnpm version-packages}\n",
        "- uses: changesets/action@v1\n  with: {publish: 'echo no'}\n",
        "- uses: changesets/action/version@v2\n",
        "- uses: googleapis/release-please-action@v4\n",
        "- uses: softprops/action-gh-release@v2\n",
        "- uses: actions/setup-node@v6\n  with: {registry-url: 'https://registry.example.test'}\n",
        "- run: npx pkg-pr-new publish\n",
        "- run: npm publish --dry-run\n",
        "- run: npm publish\n  shell: python\n",
    ],
)
def test_what_only_looks_like_it_does_not(steps):
    assert jobs_of(steps) == ()


@pytest.mark.parametrize("name", ["publish", "publish-script"])
def test_changesets_action_publishes_by_its_command(name):
    files = packages(release="pnpm build && changeset publish")

    (step,) = only(
        f"- uses: changesets/action@v1\n  with: {{{name}: npm run release}}\n", files
    ).steps

    assert (step.client, step.command, step.via) == (
        Client.CHANGESETS,
        "npm run release",
        ("npm run release",),
    )


def test_a_command_that_cannot_be_followed_is_a_guess():
    steps = "- uses: changesets/action@v1\n  with: {publish: node tools/ship.mjs}\n"

    (step,) = only(steps).steps

    assert (step.client, step.confidence) == (Client.CHANGESETS, Confidence.MEDIUM)


def test_actions_that_run_a_command_are_looked_into():
    steps = "- uses: nick-fields/retry@v3\n  with: {command: npm publish, max_attempts: 3}\n"

    assert [step.command for step in only(steps).steps] == ["npm publish"]


def test_composite_actions_are_taken_apart():
    action = """
        inputs:
          tag: {default: latest}
        runs:
          using: composite
          steps:
            - uses: some/thing@v1
            - run: |
                npm ci
                npm publish --tag ${{ inputs.tag }}
              shell: bash
        """
    steps = "- uses: ./.github/actions/publish\n  with: {tag: next}\n"

    job = only(steps, {".github/actions/publish/action.yml": action})

    (step,) = job.steps
    assert (step.command, step.via) == ("npm publish --tag next", ("./.github/actions/publish",))
    assert (step.span.path, step.span.line) == (".github/actions/publish/action.yml", 10)
    assert step.step is job.job.steps[0]
    assert [use.use.text.value for use in job.actions][-1] == "some/thing@v1"
    assert job.opaque == ("some/thing@v1",)


def test_a_run_that_is_one_expression_is_the_texts_in_it():
    steps = "- run: ${{ format('npm publish --tag {0}', inputs.tag) }}\n"

    (step,) = only(steps).steps

    assert step.client is Client.NPM


def test_what_the_environment_says_may_be_overwritten():
    steps = """\
- run: semantic-release --dry-run "$DRY"
- run: echo "DRY=false" >> $GITHUB_ENV
- run: semantic-release --dry-run "$DRY"
"""

    job = only(steps, top="env: {DRY: 'true'}")

    assert [step.span.line for step in job.steps] == [11]


@pytest.mark.parametrize(
    ("steps", "files", "names"),
    [
        ("- run: npm publish\n", {}, ["root"]),
        ("- run: npm publish\n  working-directory: packages/a\n", {}, ["a"]),
        ("- run: cd packages/a/dist && npm publish\n", {}, ["a"]),
        ("- run: npm publish ./packages/b\n", {}, ["b"]),
        ("- run: npm publish -w a -w b\n", {}, ["a", "b"]),
        ("- run: npm publish --workspaces\n", {}, ["root", "a", "b"]),
        ("- run: pnpm --filter b publish\n", {}, ["b"]),
        ("- run: pnpm -r publish\n", {}, ["root", "a", "b"]),
        ("- run: changeset publish\n", {}, ["root", "a", "b"]),
        ("- run: lerna publish\n", {}, ["root", "a", "b"]),
        ("- run: semantic-release\n", {}, ["root"]),
        ("- run: npm publish $DIR\n", {}, []),
        ("- run: for d in packages/*; do (cd $d; npm publish); done\n", {}, []),
        ("- run: deno publish\n", {}, []),
    ],
)
def test_which_packages_are_published(steps, files, names):
    found = {
        "package.json": '{"name": "root", "workspaces": ["packages/*"]}',
        "packages/a/package.json": '{"name": "a"}',
        "packages/b/package.json": '{"name": "b"}',
        "packages/c/package.json": '{"name": "c", "private": true}',
        "examples/d/package.json": '{"name": "d"}',
        **files,
    }

    (step,) = only(steps, found).steps

    assert [package.name for package in step.packages] == names


def test_the_legs_of_a_matrix_publish_their_packages():
    files = {
        "a/package.json": '{"name": "a"}',
        "b/package.json": '{"name": "b"}',
    }
    job = "strategy: {matrix: {package: [a, b]}}"

    in_folder = only(
        "- run: npm publish\n  working-directory: ${{ matrix.package }}\n", files, job=job
    )
    filtered = only("- run: pnpm publish --filter ${{ matrix.package }}\n", files, job=job)

    for found in (in_folder, filtered):
        (step,) = found.steps
        assert [package.name for package in step.packages] == ["a", "b"]


@pytest.mark.parametrize(
    ("steps", "files", "registry"),
    [
        ("- run: npm publish\n", {}, None),
        (
            "- run: npm publish --registry https://registry.example.test\n",
            {},
            "https://registry.example.test",
        ),
        ("- run: npm publish\n", {".npmrc": "registry=https://a.test"}, "https://a.test/"),
        ("- run: npm publish\n", {".npmrc": "@acme:registry=https://a.test"}, "https://a.test/"),
        ("- run: npm publish\n", {".npmrc": "@other:registry=https://a.test"}, None),
        (
            "- run: npm publish\n  env: {NPM_CONFIG_REGISTRY: 'https://a.test'}\n",
            {},
            "https://a.test/",
        ),
        ("- run: npm_config_registry=https://a.test npm publish\n", {}, "https://a.test/"),
        (
            (
                "- uses: actions/setup-node@v6\n"
                "  with: {registry-url: 'https://a.test'}\n"
                "- run: npm publish\n"
            ),
            {},
            "https://a.test/",
        ),
        (
            "- run: npm publish\n",
            {
                "package.json": '{"name": "@acme/a", "publishConfig": {"registry": "https://b.test"}}',
                ".npmrc": "registry=https://a.test",
            },
            "https://b.test",
        ),
        ("- run: npx jsr publish\n", {}, "jsr"),
    ],
)
def test_which_registry_is_published_to(steps, files, registry):
    found = {"package.json": '{"name": "@acme/a"}', **files}

    assert [step.registry for step in only(steps, found).steps] == [registry]


@pytest.mark.parametrize(
    ("steps", "files", "provenance"),
    [
        ("- run: npm publish\n", {}, None),
        ("- run: npm publish --provenance\n", {}, True),
        ("- run: npm publish\n  env: {NPM_CONFIG_PROVENANCE: 'true'}\n", {}, True),
        ("- run: npm publish\n  env: {npm_config_provenance: false}\n", {}, False),
        ("- run: npm publish\n", {".npmrc": "provenance=true"}, True),
        (
            "- run: npm publish\n",
            {"package.json": '{"name": "a", "publishConfig": {"provenance": false}}'},
            False,
        ),
    ],
)
def test_whether_provenance_is_asked_for(steps, files, provenance):
    found = {"package.json": '{"name": "a"}', **files}

    assert [step.provenance for step in only(steps, found).steps] == [provenance]


@pytest.mark.parametrize(
    ("steps", "prebuilt"),
    [
        ("- run: npm publish a-1.0.0.tgz\n", True),
        ("- run: npm publish ./*.tgz\n", True),
        ("- run: npm publish $TARBALL\n", True),
        ("- run: npm publish ./dist\n", False),
        ("- run: npm publish\n", False),
        ("- uses: JS-DevTools/npm-publish@v4\n  with: {package: a.tgz}\n", True),
    ],
)
def test_a_tarball_is_told_apart(steps, prebuilt):
    assert [step.prebuilt for step in only(steps).steps] == [prebuilt]


def test_external_reusable_workflows_are_opaque():
    text = """
        on: push
        jobs:
          release:
            permissions: {id-token: write}
            uses: acme/workflows/.github/workflows/publish.yml@v1
          scan:
            permissions: {id-token: write}
            uses: ossf/scorecard/.github/workflows/x.yml@v1
          build:
            uses: acme/workflows/.github/workflows/build.yml@v1
        """

    (job,) = publish_jobs_of(repository({PATH: text}))

    (step,) = job.steps
    assert (job.job.id, step.step, step.client) == ("release", None, Client.UNKNOWN)
    assert job.opaque == ("acme/workflows/.github/workflows/publish.yml",)


def test_a_secret_for_npm_makes_an_external_workflow_one_that_publishes():
    text = """
        on: push
        jobs:
          ship:
            uses: acme/workflows/.github/workflows/x.yml@v1
            secrets: {token: '${{ secrets.NPM_TOKEN }}'}
        """

    (job,) = publish_jobs_of(repository({PATH: text}))

    assert [(token.kind, token.secret) for token in job.tokens] == [
        (CredentialKind.INPUT, "NPM_TOKEN")
    ]


def test_external_workflows_that_are_there_are_looked_into():
    caller = """
        on: push
        jobs:
          release:
            permissions: {id-token: write}
            uses: acme/workflows/.github/workflows/publish.yml@v1
        """
    called = workflow("- run: npm publish\n").replace("on: push", "on: workflow_call")
    lock = ".imprint/lock/acme/workflows@v1/.github/workflows/publish.yml"

    (job,) = publish_jobs_of(repository({PATH: caller, lock: called}))

    assert [step.client for step in job.steps] == [Client.NPM]
    assert [[call.job.id for call in chain] for chain in job.calls] == [["release"]]


def test_local_reusable_workflows_know_their_callers():
    caller = """
        on: push
        permissions: {id-token: write}
        jobs:
          call: {uses: ./.github/workflows/release.yml}
        """
    called = workflow("- run: npm publish\n").replace("on: push", "on: workflow_call")

    (job,) = publish_jobs_of(repository({PATH: called, ".github/workflows/ci.yml": caller}))

    assert [[call.workflow.path for call in chain] for chain in job.calls] == [
        [".github/workflows/ci.yml"]
    ]
    assert job.id_token is Access.WRITE


@pytest.mark.parametrize(
    ("line", "is_there"),
    [
        ("node scripts/publish.js", True),
        ("./scripts/release.sh", True),
        ("./release-npm.sh", True),
        ("npm run publish:ci", True),
        ("./x publish stable", True),
        ("node scripts/release-notes.js", False),
        ("./scripts/publish-docs.sh", False),
        ("npm run prepublish", False),
        ("node scripts/create-github-release.mjs", False),
        ("./scripts/build.sh", False),
    ],
)
def test_scripts_that_are_not_there_are_judged_by_their_names(line, is_there):
    found = jobs_of(f"- run: {line}\n")

    assert [(step.client, step.confidence) for job in found for step in job.steps] == (
        [(Client.UNKNOWN, Confidence.LOW)] if is_there else []
    )


def test_a_name_alone_tells_nothing_without_a_credential():
    assert jobs_of("- run: node scripts/publish.js\n", grants=False) == ()


def test_a_name_alone_tells_nothing_beside_what_surely_publishes():
    job = only("- run: node scripts/publish.js\n- run: npm publish\n")

    assert [step.client for step in job.steps] == [Client.NPM]


def test_an_action_with_a_telling_name_and_a_token_may_publish():
    steps = "- uses: acme/release-packages@v1\n  env: {NODE_AUTH_TOKEN: '${{ secrets.N }}'}\n"

    assert [step.client for step in only(steps).steps] == [Client.UNKNOWN]


def test_a_job_with_a_secret_for_npm_holds_the_capability():
    steps = "- run: npm dist-tag add a@1 latest\n  env: {NPM_TOKEN: '${{ secrets.NPM_TOKEN }}'}\n"

    job = only(steps, grants=False)

    assert (job.steps, [token.name for token in job.tokens]) == ((), ["NPM_TOKEN"])


def test_the_environment_is_told_where_it_is_no_expression():
    assert only("- run: npm publish\n", job="environment: npm").environment_name == "npm"
    assert only("- run: npm publish\n", job="environment: {name: npm}").environment_name == "npm"
    assert only("- run: npm publish\n", job="environment: '${{ x }}'").environment_name is None


def test_a_configuration_that_does_not_publish_to_npm_is_believed():
    steps = "- run: npx semantic-release\n"

    without = {".releaserc.json": '{"plugins": ["@semantic-release/github"]}'}
    switched_off = {".releaserc": '{"plugins": [["@semantic-release/npm", {"npmPublish": false}]]}'}
    with_npm = {".releaserc.json": '{"plugins": ["@semantic-release/npm"]}'}

    assert jobs_of(steps, without) == ()
    assert jobs_of(steps, switched_off) == ()
    assert len(jobs_of(steps, with_npm)) == 1
    assert jobs_of("- run: npx release-it\n", {".release-it.json": '{"npm": false}'}) == ()


def test_npx_says_which_version_it_runs():
    (step,) = only("- run: npx npm@11.6.2 publish\n").steps

    assert [(each.lowest, each.highest) for each in step.versions] == [((11, 6, 2), (11, 6, 2))]
