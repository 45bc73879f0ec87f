"""Command lines of every client: what publishes, and what only looks like it."""

import pytest

from imprint.workflows.publishing.clients import publication_of
from imprint.workflows.publishing.model import Client
from imprint.workflows.publishing.publications import Tools
from imprint.workflows.shell.commands import commands_of
from imprint.workflows.shell.programs import programs_of

CLASSIC = Tools(manager=Client.YARN, yarn_is_classic=True)
PNPM = Tools(manager=Client.PNPM)


def publication(line, tools=Tools()):  # noqa: B008  (frozen)
    (program,) = programs_of(commands_of(line, shell=None)[-1])
    return publication_of(program, tools)


@pytest.mark.parametrize(
    ("line", "client"),
    [
        ("npm publish", "npm"),
        ("npm publish .", "npm"),
        ("npm pub", "npm"),
        ("npm publish --access public --tag next", "npm"),
        ("npm --prefix a publish", "npm"),
        ("npm -w a publish", "npm"),
        ("npm --workspaces publish", "npm"),
        ("npm publish -ws --include-workspace-root", "npm"),
        ("npm --loglevel verbose publish", "npm"),
        ("npm publish --dry-run=false", "npm"),
        ("npm publish --dry-run=${{ inputs.dry }}", "npm"),
        ("npm publish ${{ inputs.dry && '--dry-run' }}", "npm"),
        ("npm publish --no-dry-run", "npm"),
        ("npm stage publish", "npm"),
        ("npx npm@11 publish", "npm"),
        ("sudo npm publish", "npm"),
        ("cnpm publish", "npm"),
        ("pnpm publish", "pnpm"),
        ("pnpm -r publish --access public", "pnpm"),
        ("pnpm recursive publish", "pnpm"),
        ("pnpm m publish", "pnpm"),
        ("pnpm --filter './packages/*' publish --no-git-checks", "pnpm"),
        ("pnpm -F a publish", "pnpm"),
        ("pnpm -C packages/a publish", "pnpm"),
        ("pnpm publish --tag next -r", "pnpm"),
        ("pnpm stage publish", "pnpm"),
        ("pnpm --filter a -r stage publish --tag next", "pnpm"),
        ("pnpm --filter a exec npm publish", "npm"),
        ("pnpm dlx npm@11 publish", "npm"),
        ("yarn npm publish", "yarn"),
        ("yarn npm publish --access public --tolerate-republish", "yarn"),
        ("yarn workspace a npm publish", "yarn"),
        ("yarn workspaces foreach -Apt --no-private npm publish", "yarn"),
        ("yarn workspaces foreach --all --include a exec npm publish", "npm"),
        ("yarn --cwd a npm publish", "yarn"),
        ("bun publish", "bun"),
        ("bun publish --access public ./a.tgz", "bun"),
        ("bunx npm publish", "npm"),
        ("deno publish", "deno"),
        ("npx jsr publish", "deno"),
        ("lerna publish", "lerna"),
        ("npx lerna publish from-package --yes", "lerna"),
        ("lerna publish from-git --no-git-reset", "lerna"),
        ("npx @lerna-lite/cli publish", "lerna"),
        ("lerna exec -- npm publish", "npm"),
        ("changeset publish", "changesets"),
        ("npx changeset publish --tag next", "changesets"),
        ("npx @changesets/cli@2 publish", "changesets"),
        ("node_modules/.bin/changeset publish", "changesets"),
        ("semantic-release", "semantic-release"),
        ("npx semantic-release@25.0.1 --branches main", "semantic-release"),
        ("npx --no-install semantic-release --dry-run false", "semantic-release"),
        ("semantic-release --dry-run $DRY", "semantic-release"),
        ("npx multi-semantic-release", "semantic-release"),
        ("nx release", "nx"),
        ("npx nx release --yes", "nx"),
        ("nx release publish --tag canary", "nx"),
        ("nx release patch", "nx"),
        ("nx run-many -t nx-release-publish", "nx"),
        ("nx run a:nx-release-publish", "nx"),
        ("release-it", "release-it"),
        ("npx release-it minor --ci", "release-it"),
        ("release-it --npm.tag=next", "release-it"),
        ("np", "np"),
        ("npx np patch --no-tests", "np"),
        ("auto shipit", "auto"),
        ("npx auto canary", "auto"),
        ("beachball publish -y", "beachball"),
        ("rush publish --publish --include-all", "rush"),
        ("rush publish -p", "rush"),
        ("clean-publish", "clean-publish"),
        ("npx clean-publish --package-manager pnpm", "clean-publish"),
        ("npx @jsdevtools/npm-publish", "npm-publish-action"),
        ("npm-publish ./dist", "npm-publish-action"),
        ("napi prepublish -t npm", "npm"),
        ("napi pre-publish", "npm"),
        ("npx changelogen --release --publish", "npm"),
        ("imprint publish packages/*", "imprint"),
        ("imprint publish --stage", "imprint"),
        ("vlt publish", "unknown"),
        ("npx monodeploy", "unknown"),
        ("rollingversions publish", "unknown"),
        ("retry 3 npm publish", "npm"),
        ("timeout 10m npm publish", "npm"),
        ("npm_config_registry=https://registry.example.test npm publish", "npm"),
        ("env NPM_CONFIG_PROVENANCE=true npm publish", "npm"),
        ("ls *.tgz | xargs -n1 npm publish", "npm"),
        ("find . -name '*.tgz' -exec npm publish {} \\;", "npm"),
        ("bash -c 'cd a && npm publish'", "npm"),
        ("if npm publish; then true; fi; npm publish", "npm"),
        ("mise exec -- npm publish", "npm"),
        ("volta run --node 24 npm publish", "npm"),
        ("corepack pnpm publish", "pnpm"),
        ("dotenv -- lerna publish", "lerna"),
        ("vp exec changeset publish", "changesets"),
    ],
)
def test_what_publishes(line, client):
    (*_, program) = programs_of(commands_of(line, shell=None)[-1])

    assert publication_of(program, Tools()).client == client


@pytest.mark.parametrize(
    "line",
    [
        "npm publish --dry-run",
        "npm publish --dry-run=true",
        "npm publish --dry-run true",
        "npm --dry-run publish",
        "npm pack",
        "npm pack --dry-run",
        "npm unpublish a@1.0.0",
        "npm deprecate a 'no more'",
        "npm dist-tag add a@1.0.0 latest",
        "npm version patch",
        "npm view a version",
        "npm whoami",
        "npm install publish",
        "npm run publish",
        "npm stage list",
        "npm stage reject a",
        "npm help publish",
        "npm p",
        "npm $VERB",
        "pnpm publish --dry-run",
        "pnpm pack",
        "pnpm install",
        "pnpm run publish",
        "pnpm add publish",
        "yarn publish",
        "yarn npm login",
        "yarn npm publish --dry-run",
        "yarn npm tag add a@1 latest",
        "yarn pack",
        "yarn run publish",
        "bun publish --dry-run",
        "bun pm pack",
        "bun run publish",
        "deno publish --dry-run",
        "lerna version",
        "lerna publish --skip-npm",
        "lerna run publish",
        "changeset version",
        "changeset status",
        "changeset tag",
        "changeset",
        "semantic-release --dry-run",
        "semantic-release -d",
        "semantic-release --version",
        "nx release --skip-publish",
        "nx release --dry-run",
        "nx release -d",
        "nx release version",
        "nx release changelog",
        "nx run-many -t build",
        "nx build publish",
        "release-it --no-npm",
        "release-it --no-npm.publish",
        "release-it --npm=false",
        "release-it --npm.publish false",
        "release-it --dry-run",
        "release-it --changelog",
        "np --no-publish",
        "np --preview",
        "auto release",
        "auto version",
        "auto shipit --dry-run",
        "beachball check",
        "beachball publish --no-publish",
        "rush publish",
        "rush publish --pack --publish",
        "clean-publish --without-publish",
        "napi prepublish --skip-optional-publish",
        "napi build",
        "changelogen --release",
        "imprint publish --dry-run",
        "npx pkg-pr-new publish",
        "pnpm dlx pkg-pr-new@0.0 publish --compact",
        "npx vsce publish",
        "npx ovsx publish",
        "cargo publish",
        "twine upload dist/*",
        "gh release create v1",
        "electron-builder --publish always",
        "yalc publish",
        "wrangler publish",
        "echo npm publish",
        "git commit -m 'npm publish'",
        "grep -q 'npm publish' file",
        "can-npm-publish",
        "docker publish",
    ],
)
def test_what_does_not_publish(line):
    (*_, program) = programs_of(commands_of(line, shell=None)[-1])

    assert publication_of(program, Tools()) is None


def test_yarn_1_publishes_by_itself():
    assert publication("yarn publish", CLASSIC).client is Client.YARN_CLASSIC


@pytest.mark.parametrize(
    ("line", "tools", "sender"),
    [
        ("npm publish", PNPM, Client.NPM),
        ("changeset publish", Tools(), Client.NPM),
        ("changeset publish", PNPM, Client.PNPM),
        ("changeset publish", CLASSIC, Client.NPM),
        ("nx release", PNPM, Client.PNPM),
        ("lerna publish", PNPM, Client.LERNA),
        ("semantic-release", PNPM, Client.SEMANTIC_RELEASE),
        ("release-it", PNPM, Client.NPM),
        ("clean-publish --package-manager yarn", PNPM, Client.YARN_CLASSIC),
        ("clean-publish", PNPM, Client.PNPM),
        ("napi prepublish", PNPM, Client.NPM),
    ],
)
def test_who_sends_it(line, tools, sender):
    assert publication(line, tools).sender is sender


@pytest.mark.parametrize(
    ("line", "provenance"),
    [
        ("npm publish", None),
        ("npm publish --provenance", True),
        ("npm publish --provenance=true", True),
        ("npm publish --provenance false", False),
        ("npm publish --no-provenance", False),
        ("npm publish --provenance=${{ inputs.x }}", None),
    ],
)
def test_provenance_is_what_the_flag_says(line, provenance):
    assert publication(line).provenance is provenance


def test_a_registry_is_kept():
    found = publication("npm publish --registry https://registry.example.test/")

    assert found.registry == "https://registry.example.test/"


def test_what_is_published_is_kept():
    found = publication("pnpm --filter a -F './b/*' publish ./dist --ignore-scripts")

    assert [word.shown for word in found.workspaces] == ["a", "./b/*"]
    assert [word.shown for word in found.targets] == ["./dist"]
    assert found.ignores_scripts


@pytest.mark.parametrize(
    ("line", "is_recursive"),
    [
        ("npm publish", False),
        ("npm publish --workspaces", True),
        ("pnpm -r publish", True),
        ("pnpm -r exec npm publish", True),
        ("yarn workspaces foreach npm publish", True),
        ("lerna publish", True),
        ("semantic-release", False),
    ],
)
def test_everything_is_published_by_some(line, is_recursive):
    assert publication(line).is_recursive is is_recursive


def test_staging_is_told_apart():
    assert publication("npm stage publish").stages
    assert not publication("npm publish").stages
