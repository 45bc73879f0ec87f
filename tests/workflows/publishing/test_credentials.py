import pytest

from imprint.workflows.publishing.detection import publish_jobs_of
from tests.support.repositories import repository, written

PATH = ".github/workflows/release.yml"
WORKFLOW = """\
on: push
{top}
jobs:
  release:
    runs-on: ubuntu-latest
    {job}
    steps:
{steps}
"""
SECRET = "'${{ secrets.S }}'"


def tokens(steps, files=None, *, job="", top=""):
    lines = "\n".join(f"      {line}" for line in steps.strip().splitlines())
    text = WORKFLOW.format(steps=lines, job=job, top=top)
    found = repository({PATH: text, **(files or {})})
    (only,) = publish_jobs_of(found)
    return found, only.tokens


PUBLISH = "- run: npm publish\n"


@pytest.mark.parametrize(
    ("steps", "given"),
    [
        (f"- run: npm publish\n  env: {{NODE_AUTH_TOKEN: {SECRET}}}", {}),
        (PUBLISH, {"job": f"env: {{NPM_TOKEN: {SECRET}}}"}),
        (PUBLISH, {"top": f"env: {{YARN_NPM_AUTH_TOKEN: {SECRET}}}"}),
    ],
)
def test_an_env_of_any_level_is_in_reach(steps, given):
    found, (token,) = tokens(steps, **given)

    assert (token.kind.value, token.secret, token.is_literal) == ("environment", "S", False)
    assert written(found, token.span) == SECRET


@pytest.mark.parametrize(
    ("line", "kind", "name", "host"),
    [
        (
            'echo "//a.test/:_authToken=$T" > .npmrc',
            "npmrc",
            "//a.test/:_authToken",
            "a.test",
        ),
        (
            'echo "//a.test/:_authToken=${{ secrets.S }}" >> ~/.npmrc',
            "npmrc",
            "//a.test/:_authToken",
            "a.test",
        ),
        ('echo "_auth=$T" >> "$NPM_CONFIG_USERCONFIG"', "npmrc", "_auth", None),
        ('echo "//a.test/:_authToken=$T" | tee .npmrc', "npmrc", "//a.test/:_authToken", "a.test"),
        (
            "npm config set //a.test/:_authToken $T",
            "config-command",
            "//a.test/:_authToken",
            "a.test",
        ),
        (
            "npm config set //a.test/:_authToken=$T",
            "config-command",
            "//a.test/:_authToken",
            "a.test",
        ),
        ("npm set //a.test/:_authToken $T", "config-command", "//a.test/:_authToken", "a.test"),
        (
            "pnpm config set //a.test/:_authToken $T",
            "config-command",
            "//a.test/:_authToken",
            "a.test",
        ),
        ("yarn config set npmAuthToken $T", "config-command", "npmAuthToken", None),
        ("export NODE_AUTH_TOKEN=$T", "environment", "NODE_AUTH_TOKEN", None),
        ('echo "NODE_AUTH_TOKEN=$T" >> $GITHUB_ENV', "environment", "NODE_AUTH_TOKEN", None),
        ("NPM_TOKEN=$T npm run x", "environment", "NPM_TOKEN", None),
    ],
)
def test_what_a_script_writes_is_in_reach(line, kind, name, host):
    steps = f"- run: |\n    {line}\n  env: {{T: {SECRET}}}\n{PUBLISH}"

    found, (token,) = tokens(steps)

    assert (token.kind.value, token.name, token.secret, token.host) == (kind, name, "S", host)
    assert written(found, token.span) in line


def test_a_here_document_is_read():
    steps = f"- run: |\n    cat > .npmrc <<EOF\n    //a.test/:_authToken={SECRET[1:-1]}\n    EOF\n{PUBLISH}"

    _, (token,) = tokens(steps)

    assert (token.name, token.secret) == ("//a.test/:_authToken", "S")


@pytest.mark.parametrize(
    ("path", "text", "kind", "line"),
    [
        (".npmrc", "a=b\n//a.test/:_authToken=abc\n", "npmrc", 2),
        (".npmrc", "_auth=abc\n", "npmrc", 1),
        (".yarnrc.yml", "npmAuthToken: abc\n", "yarnrc", 1),
    ],
)
def test_a_literal_in_a_file_is_in_reach(path, text, kind, line):
    _, (token,) = tokens(PUBLISH, {path: text})

    assert (token.kind.value, token.is_literal) == (kind, True)
    assert (token.span.path, token.span.line) == (path, line)


def test_a_token_of_an_action_is_in_reach():
    steps = f"- uses: JS-DevTools/npm-publish@v4\n  with: {{token: {SECRET}}}\n"

    _, (token,) = tokens(steps)

    assert (token.kind.value, token.name, token.secret) == ("input", "token", "S")


@pytest.mark.parametrize(
    ("steps", "files"),
    [
        # Another step's env ends with that step.
        (f"- run: npm ci\n  env: {{NODE_AUTH_TOKEN: {SECRET}}}\n{PUBLISH}", {}),
        ("- run: npm publish\n  env: {NODE_AUTH_TOKEN: ''}\n", {}),
        (f"- run: npm publish\n  env: {{GITHUB_TOKEN: {SECRET}}}\n", {}),
        (PUBLISH, {".npmrc": "//a.test/:_authToken=${NODE_AUTH_TOKEN}\n"}),
        (PUBLISH, {".npmrc": "# //a.test/:_authToken=abc\n"}),
        (PUBLISH, {".yarnrc.yml": "npmAuthToken: ${NPM_TOKEN:-}\n"}),
        (f'{PUBLISH}- run: echo "//a.test/:_authToken=abc" > .npmrc\n', {}),
        ("- run: NODE_AUTH_TOKEN= npm publish\n", {}),
        ("- run: echo token > a.txt\n- run: npm publish\n", {}),
        (
            "- uses: JS-DevTools/npm-publish@v4\n  with: {token: '${{ secrets.GITHUB_TOKEN }}'}\n",
            {},
        ),
    ],
)
def test_what_publishing_does_not_find_is_not_in_reach(steps, files):
    _, found = tokens(steps, files)

    assert found == ()


def test_a_literal_is_told_apart():
    _, (token,) = tokens("- run: npm publish\n  env: {NODE_AUTH_TOKEN: abc}\n")

    assert (token.is_literal, token.secret) == (True, None)
