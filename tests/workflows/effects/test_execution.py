import pytest

from imprint.workflows.effects.execution import executions_of
from imprint.workflows.effects.model import ExecutionKind
from imprint.workflows.findings import Confidence
from tests.support.jobs import job_around

WORKSPACE = ExecutionKind.WORKSPACE
DEPENDENCIES = ExecutionKind.DEPENDENCIES
DOWNLOAD = ExecutionKind.DOWNLOAD


def executions(steps, *, event=None, on="pull_request_target", **more):
    return executions_of(*job_around(steps, on=on, **more).all, event=event)


def kinds(script, **more):
    lines = script.replace("\n", "\n    ")
    return {found.kind for found in executions(f"- run: |\n    {lines}", **more)}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("npm ci", {WORKSPACE, DEPENDENCIES}),
        ("npm install", {WORKSPACE, DEPENDENCIES}),
        ("npm i --no-audit", {WORKSPACE, DEPENDENCIES}),
        ("npm run build", {WORKSPACE, DEPENDENCIES}),
        ("npm test", {WORKSPACE, DEPENDENCIES}),
        ("npm publish", {WORKSPACE}),
        ("npm pack", {WORKSPACE}),
        ("pnpm install --frozen-lockfile", {WORKSPACE, DEPENDENCIES}),
        ("pnpm install --ignore-scripts", {WORKSPACE}),
        ("pnpm build", {WORKSPACE, DEPENDENCIES}),
        ("yarn", {WORKSPACE, DEPENDENCIES}),
        ("yarn install --immutable --ignore-scripts", {WORKSPACE}),
        ("bun install", {WORKSPACE, DEPENDENCIES}),
        ("npm install -g npm@11.6.2", {DOWNLOAD}),
        ("npx some-tool", {DOWNLOAD, WORKSPACE} - {WORKSPACE}),
        ("make release", {WORKSPACE}),
        ("./scripts/release.sh", {WORKSPACE}),
        ("bash scripts/release.sh", {WORKSPACE}),
        ("source ./env.sh", {WORKSPACE}),
        ("node scripts/publish.js", {WORKSPACE}),
        ("python setup.py build", {WORKSPACE}),
        ("python -m pip install -r requirements.txt", {WORKSPACE}),
        ("./gradlew build", {WORKSPACE}),
        ("mvn package", {WORKSPACE}),
        ("cargo build", {WORKSPACE}),
        ("go run ./cmd", {WORKSPACE}),
        ("npm ci && cd sub && make", {WORKSPACE, DEPENDENCIES}),
        ("node -e \"require('./build')\"", {WORKSPACE}),
        ("curl -sSL https://get.example.test | bash", {DOWNLOAD}),
        ("bash <(curl -s https://get.example.test)", {DOWNLOAD}),
    ],
)
def test_a_command_executes(script, expected):
    assert kinds(script) == expected


@pytest.mark.parametrize(
    "script",
    [
        # facts/workflows.md §7.4: reading what a pull request changes is inspection.
        "grep -q foo package-lock.json",
        "cat README.md",
        "git diff --name-only origin/main",
        "git log -1",
        "jq -r .version package.json",
        "sha256sum dist/*",
        "ls -la && test -f x",
        "echo hello",
        "npm ci --ignore-scripts",
        "npm view pkg version",
        "npm config get registry",
        "npm dist-tag add pkg@1.0.0 next",
        "npm --version",
        "npm publish pkg-1.0.0.tgz",
        "npm publish --ignore-scripts",
        "pnpm store path",
        "node --version",
        "node -p \"require('./package.json').version\"",
        "gh pr comment 1 --body x",
        "tar xzf pkg.tgz",
        "curl -sSL https://example.test -o x",
        "mkdir -p dist && cp a dist/",
        "if [ -f x ]; then echo yes; fi",
    ],
)
def test_a_command_only_looks(script):
    assert kinds(script) == set()


def test_scripts_that_are_ignored_by_the_environment_do_not_run():
    assert kinds("npm_config_ignore_scripts=true npm ci") == set()


def test_what_the_repository_depends_on_is_there_already():
    files = {"package.json": '{"devDependencies": {"some-tool": "^1.0.0"}}'}

    assert kinds("npx some-tool", files=files) == {DEPENDENCIES}


def test_a_pinned_download_is_told_from_one_that_moves():
    (pinned,) = executions("- run: npx some-tool@1.2.3")
    (moving,) = executions("- run: npx some-tool@latest")

    assert (pinned.is_pinned, moving.is_pinned) == (True, False)


def test_pnpm_from_10_on_runs_only_scripts_that_are_listed():
    files = {"package.json": '{"packageManager": "pnpm@10.2.0"}'}

    found = executions("- run: pnpm install", files=files)

    assert {each.kind: each.confidence for each in found}[DEPENDENCIES] is Confidence.LOW


def test_a_command_knows_its_folder():
    (found,) = executions("- run: cd packages/a && make\n  working-directory: sub")

    assert found.directory == "sub/packages/a"


def test_an_action_of_somebody_else_is_told_with_its_pin():
    found = executions(
        "- uses: actions/checkout@v4\n"
        "- uses: softprops/action-gh-release@0123456789abcdef0123456789abcdef01234567"
    )

    assert [(each.kind, each.what, each.is_pinned) for each in found] == [
        (ExecutionKind.ACTION, "actions/checkout", False),
        (ExecutionKind.ACTION, "softprops/action-gh-release", True),
    ]


def test_an_action_that_nobody_knows_is_opaque():
    (found,) = executions("- uses: acme/config/setup@main")

    assert (found.kind, found.confidence) == (ExecutionKind.OPAQUE, Confidence.LOW)


def test_a_local_action_is_code_of_the_workspace():
    files = {"act/action.yml": "runs: { using: node24, main: index.js }"}

    (found,) = executions("- uses: ./act", files=files)

    assert (found.kind, found.directory) == (ExecutionKind.LOCAL_ACTION, "act")


def test_a_local_composite_action_is_too_and_so_are_its_steps():
    files = {"act/action.yml": "runs: { using: composite, steps: [{ run: make, shell: bash }] }"}

    found = executions("- uses: ./act", files=files)

    assert [each.kind for each in found] == [ExecutionKind.LOCAL_ACTION, WORKSPACE]


def test_an_action_of_the_workflows_own_commit_is_not_out_of_the_workspace():
    files = {"act/action.yml": "runs: { using: node24, main: index.js }"}

    assert executions("- uses: $/act", files=files) == ()


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("- uses: changesets/action@v1\n  with: { publish: npm run release }", True),
        ("- uses: changesets/action@v1", False),
        ("- uses: pnpm/action-setup@v4\n  with: { run_install: true }", True),
        ("- uses: pnpm/action-setup@v4\n  with: { run_install: false }", False),
        ("- uses: nick-fields/retry@v3\n  with: { command: npm ci }", True),
        ("- uses: nick-fields/retry@v3\n  with: { command: echo hello }", False),
        ("- uses: actions/github-script@v7\n  with: { script: require('./x.js')() }", True),
        ("- uses: actions/github-script@v7\n  with: { script: core.info('x') }", False),
        ("- uses: voidzero-dev/setup-vp@v1", True),
        ("- uses: docker/build-push-action@v6", True),
    ],
)
def test_some_actions_run_what_is_in_the_workspace(step, expected):
    found = {each.kind for each in executions(step)}

    assert (WORKSPACE in found) is expected


@pytest.mark.parametrize(
    "context",
    [
        "github.event.pull_request.title",
        "github.event.pull_request.body",
        "github.event.pull_request.head.ref",
        "github.event.pull_request.head.label",
        "github.head_ref",
        "toJSON(github.event)",
        "toJSON(github.event.pull_request)",
        "format('x{0}', github.event.pull_request.title)",
    ],
)
def test_foreign_text_in_a_script_is_an_injection(context):
    found = executions(f'- run: echo "${{{{ {context} }}}}"')

    (injection,) = [each for each in found if each.kind is ExecutionKind.INJECTION]
    assert injection.confidence is Confidence.HIGH


@pytest.mark.parametrize(
    "context",
    [
        "github.event.pull_request.number",
        "github.event.pull_request.head.sha",
        "github.sha",
        "github.actor",
        "github.repository",
        "inputs.title",
        "github.event.issue.title",
    ],
)
def test_other_text_is_not(context):
    # An issue's title is not there in runs of a pull request.
    found = executions(f'- run: echo "${{{{ {context} }}}}"', event="pull_request_target")

    assert [each for each in found if each.kind is ExecutionKind.INJECTION] == []


def test_a_variable_takes_the_harm_out():
    step = "- run: echo \"$TITLE\"\n  env: { TITLE: '${{ github.event.pull_request.title }}' }"

    assert executions(step) == ()


def test_the_env_context_does_not():
    step = (
        "- run: echo ${{ env.TITLE }}\n  env: { TITLE: '${{ github.event.pull_request.title }}' }"
    )

    assert [each.contexts for each in executions(step)] == [("github.event.pull_request.title",)]


def test_inputs_that_are_scripts_count():
    step = """
    - uses: actions/github-script@v7
      with: { script: 'console.log("${{ github.event.pull_request.title }}")' }
    """

    assert ExecutionKind.INJECTION in {each.kind for each in executions(step)}


def test_inputs_of_composite_actions_are_followed():
    greet = """\
    inputs: { title: {} }
    runs:
      using: composite
      steps: [{ run: 'echo ${{ inputs.title }}', shell: bash }]
    """
    step = "- uses: ./greet\n  with: { title: '${{ github.head_ref }}' }"

    found = executions(step, files={"greet/action.yml": greet})

    assert [each.contexts for each in found if each.contexts] == [("github.head_ref",)]


def test_outputs_of_steps_that_were_handed_foreign_text_are_followed():
    steps = """
    - id: title
      env: { TITLE: '${{ github.event.pull_request.title }}' }
      run: echo "title=$TITLE" >> "$GITHUB_OUTPUT"
    - run: echo ${{ steps.title.outputs.title }}
    """

    found = [each for each in executions(steps) if each.kind is ExecutionKind.INJECTION]

    assert [(each.contexts, each.confidence) for each in found] == [
        (("steps.title.outputs.title",), Confidence.MEDIUM)
    ]


def test_outputs_that_outsiders_write_are_known():
    steps = """
    - id: changed
      uses: tj-actions/changed-files@v45
    - run: echo ${{ steps.changed.outputs.all_changed_files }}
    """

    assert ExecutionKind.INJECTION in {each.kind for each in executions(steps)}


@pytest.mark.parametrize("file", ["ENV", "PATH", "OUTPUT"])
def test_foreign_lines_in_the_environment_files_are_told(file):
    step = (
        f'- run: echo "TITLE=$TITLE" >> "$GITHUB_{file}"\n'
        "  env: { TITLE: '${{ github.event.pull_request.title }}' }"
    )

    (found,) = executions(step)

    assert (found.kind, found.file) == (ExecutionKind.ENVIRONMENT, file)


def test_own_lines_are_not():
    assert executions('- run: echo "A=1" >> "$GITHUB_ENV"') == ()


def test_a_files_content_may_be_foreign():
    (found,) = executions("- run: cat pr.txt >> $GITHUB_ENV")

    assert (found.contexts, found.confidence) == (("workspace",), Confidence.LOW)


def agent(step):
    (found,) = [each for each in executions(step, on="issues") if each.kind is ExecutionKind.AGENT]
    return found


def test_an_agent_that_everybody_may_ask_with_a_shell():
    found = agent(
        """
        - uses: anthropics/claude-code-action@v1
          with:
            prompt: triage ${{ github.event.issue.title }}
            allowed_non_write_users: '*'
            claude_args: --allowedTools "Bash,Read"
        """
    )

    assert (found.open_to_all, found.can_execute) == (True, True)
    assert found.contexts == ("github.event.issue.title",)


def test_an_agent_looks_at_rights_and_has_no_shell_by_default():
    found = agent("- uses: anthropics/claude-code-action@v1\n  with: { prompt: x }")

    assert (found.open_to_all, found.can_execute) == (False, False)


@pytest.mark.parametrize(
    ("tools", "can_execute"),
    [
        ("Bash", True),
        ("Bash(*)", True),
        ("Bash(npm run:*)", True),
        ("Bash(gh issue view:*),Read", False),
        ("Read,Grep", False),
    ],
)
def test_a_shell_for_a_few_commands_is_less_than_a_shell(tools, can_execute):
    found = agent(
        "- uses: anthropics/claude-code-base-action@beta\n"
        f"  with: {{ prompt: x, allowed_tools: '{tools}' }}"
    )

    assert found.open_to_all
    assert found.can_execute is can_execute


def test_an_agent_of_the_command_line_is_one():
    found = agent(
        '- run: claude -p "$BODY" --dangerously-skip-permissions\n'
        "  env: { BODY: '${{ github.event.issue.body }}' }"
    )

    assert found.can_execute
    assert found.contexts == ("github.event.issue.body",)


def test_a_read_only_sandbox_is_quiet():
    found = agent("- uses: openai/codex-action@v1\n  with: { prompt: x, sandbox: read-only }")

    assert not found.can_execute


def test_what_no_run_of_the_event_reaches_is_left_out():
    step = "- run: make\n  if: github.event_name == 'push'"

    assert executions(step, on="[push, pull_request_target]", event="pull_request_target") == ()
