import pytest

from imprint.workflows.effects.caches import cache_operations, caches_with
from imprint.workflows.effects.model import CacheStore
from imprint.workflows.findings import Confidence
from tests.support.jobs import job_around

NPM = {"package.json": '{"packageManager": "npm@11.6.2"}'}
PNPM = {"package.json": '{"packageManager": "pnpm@10.2.0+sha512.abc"}'}
BUN = {"package.json": '{"packageManager": "bun@1.3.0"}'}
ENGINES = {"package.json": '{"devEngines": {"packageManager": {"name": "npm"}}}'}
UNSEEN = "0123456789abcdef0123456789abcdef01234567"


def operations(steps, **more):
    return cache_operations(*job_around(steps, **more).all)


def restores(steps, **more):
    return any(operation.restores for operation in operations(steps, **more))


def used(uses, **inputs):
    lines = "".join(f"\n    {name}: {value}" for name, value in inputs.items())
    return f"- uses: {uses}" + (f"\n  with:{lines}" if inputs else "")


@pytest.mark.parametrize(
    ("steps", "files"),
    [
        (used("actions/cache@v5", path="x", key="k"), None),
        (used("actions/cache/restore@v4", path="x", key="k"), None),
        (used("Actions/Cache@v4", path="x", key="k"), None),
        (used("buildjet/cache@v4", path="x", key="k"), None),
        (used("actions/setup-node@v4", cache="pnpm"), None),
        (used("actions/setup-node@v6", cache="yarn"), None),
        (used("actions/setup-node@v5"), PNPM),
        (used("actions/setup-node@v5"), NPM),
        (used("actions/setup-node@v6"), NPM),
        (used("actions/setup-node@v6"), ENGINES),
        (used("actions/setup-node@v6.1.0"), NPM),
        (used("actions/setup-node@v7"), NPM),
        (used("actions/setup-node@main"), NPM),
        (used("actions/setup-go@v5"), None),
        (used("actions/setup-go@v3", cache="true"), None),
        (used("actions/setup-python@v5", cache="pip"), None),
        (used("actions/setup-java@v4", cache="maven"), None),
        (used("ruby/setup-ruby@v1", **{"bundler-cache": "true"}), None),
        (used("pnpm/action-setup@v4", cache="true"), None),
        (used("oven-sh/setup-bun@v2", **{"bun-version": "1.3.0"}), None),
        (used("oven-sh/setup-bun@v2"), BUN),
        (used("voidzero-dev/setup-vp@v1", cache="true"), None),
        (used("jdx/mise-action@v2"), None),
        (used("Swatinem/rust-cache@v2"), None),
        (used("actions-rust-lang/setup-rust-toolchain@v1"), None),
        (used("moonrepo/setup-toolchain@v0"), None),
        (used("gradle/actions/setup-gradle@v4"), None),
        (used("astral-sh/setup-uv@v6"), None),
        (used("golangci/golangci-lint-action@v6"), None),
        (used("docker/build-push-action@v6", **{"cache-from": "type=gha"}), None),
        (used("docker/setup-qemu-action@v3.6.0"), None),
        (used("docker/setup-buildx-action@v3", version="v0.20.0"), None),
        (used("rharkor/caching-for-turbo@v2"), None),
        ("- run: cargo build\n  env: { SCCACHE_GHA_ENABLED: 'true' }", None),
        ("- run: docker build --cache-from type=gha .", None),
        ("- run: pnpm turbo build\n  env: { TURBO_TOKEN: '${{ secrets.T }}' }", None),
        ("- run: npx nx build\n  env: { NX_CLOUD_ACCESS_TOKEN: '${{ secrets.T }}' }", None),
    ],
)
def test_a_cache_is_restored(steps, files):
    assert restores(steps, files=files)


@pytest.mark.parametrize(
    ("steps", "files"),
    [
        ("- run: npm ci", NPM),
        (used("actions/checkout@v6"), NPM),
        (used("actions/cache/save@v4", path="x", key="k"), None),
        (used("actions/cache@v4", path="x", key="k", **{"lookup-only": "true"}), None),
        (used("actions/setup-node@v4"), NPM),
        (used("actions/setup-node@v4", cache="''"), None),
        (used("actions/setup-node@v1", cache="npm"), None),
        (used("actions/setup-node@v5"), None),
        (used("actions/setup-node@v5", **{"package-manager-cache": "false"}), PNPM),
        (used("actions/setup-node@v6"), PNPM),
        (used("actions/setup-node@v6"), None),
        (used("actions/setup-node@v6", **{"package-manager-cache": "false"}), NPM),
        (used("actions/setup-go@v5", cache="false"), None),
        (used("actions/setup-go@v3"), None),
        (used("actions/setup-python@v5"), None),
        (used("actions/setup-java@v4"), None),
        (used("ruby/setup-ruby@v1"), None),
        (used("pnpm/action-setup@v4"), PNPM),
        (used("oven-sh/setup-bun@v2"), None),
        (used("oven-sh/setup-bun@v2", **{"bun-version": "latest"}), None),
        (used("oven-sh/setup-bun@v2", **{"bun-version": "1.3.0", "no-cache": "true"}), None),
        (used("voidzero-dev/setup-vp@v1"), None),
        (used("jdx/mise-action@v2", cache="false"), None),
        (used("Swatinem/rust-cache@v2", **{"lookup-only": "true"}), None),
        (used("gradle/actions/setup-gradle@v4", **{"cache-disabled": "true"}), None),
        (used("docker/build-push-action@v6", push="true"), None),
        (used("docker/setup-buildx-action@v3"), None),
        (used("mozilla-actions/sccache-action@v0.0.9"), None),
        ("- run: pnpm install\n  env: { TURBO_TOKEN: '${{ secrets.T }}' }", None),
        ("- run: npx nx build --skip-remote-cache\n  env: { NX_CLOUD_ACCESS_TOKEN: x }", None),
    ],
)
def test_no_cache_is_restored(steps, files):
    assert not restores(steps, files=files)


def test_a_commit_is_taken_for_its_release():
    step = used("actions/setup-node@249970729cb0ef3589644e2896645e5dc5ba9c38")  # v6.5.0

    (operation,) = operations(step, files=NPM)

    assert operation.confidence is Confidence.HIGH
    assert operation.is_implicit


def test_a_comment_is_only_a_hint():
    (operation,) = operations(used(f"actions/setup-node@{UNSEEN} # v6.0.0"), files=NPM)

    assert operation.confidence is Confidence.MEDIUM


def test_a_commit_that_nobody_knows_may_cache():
    found = operations(used(f"actions/setup-node@{UNSEEN}"), files=NPM)

    assert {operation.confidence for operation in found} == {Confidence.LOW}


def test_keys_beginnings_and_paths_are_told():
    step = """
    - uses: actions/cache@v5
      with:
        path: |
          ~/.npm
          node_modules
        key: npm-${{ hashFiles('package-lock.json') }}
        restore-keys: |
          npm-
          any-
    """

    (operation,) = operations(step)

    assert operation.key == "npm-${{ hashFiles('package-lock.json') }}"
    assert operation.restore_keys == ("npm-", "any-")
    assert operation.paths == ("~/.npm", "node_modules")
    assert (operation.restores, operation.saves) == (True, True)
    assert operation.store is CacheStore.FORGE


def test_an_explicit_input_is_pointed_at():
    around = job_around(used("actions/setup-node@v4", cache="npm"))

    (operation,) = cache_operations(*around.all)

    assert operation.span == around.last_step.inputs["cache"].span
    assert operation.because == "actions/setup-node@v4 with cache: npm"


def test_what_is_looked_up_from_a_matrix_decides():
    matrix = "strategy: { matrix: { cache: ['', npm] } }"
    off = "strategy: { matrix: { cache: [''] } }"
    step = used("actions/setup-node@v4", cache="${{ matrix.cache }}")

    assert restores(step, job=matrix)
    assert not restores(step, job=off)


def test_an_input_that_is_not_known_may_turn_it_on():
    assert restores(used("actions/setup-node@v4", cache="${{ vars.CACHE }}"))


def test_what_no_run_reaches_is_left_out():
    step = "- uses: actions/cache@v5\n  if: github.event_name == 'pull_request'"

    assert not restores(step, on="push")
    assert restores(step, on="[push, pull_request]")


def test_composite_actions_are_looked_into():
    setup = """\
    inputs: { cache: { default: 'true' } }
    runs:
      using: composite
      steps:
        - uses: actions/cache@v5
          if: inputs.cache == 'true'
          with: { path: x, key: k }
    """
    files = {".github/setup/action.yml": setup}

    assert restores("- uses: ./.github/setup", files=files)
    assert not restores("- uses: ./.github/setup\n  with: { cache: false }", files=files)


def test_only_runs_that_publish_are_asked_for():
    around = job_around(
        """
        - uses: actions/cache@v5
          if: github.event_name == 'pull_request'
        - uses: actions/setup-go@v5
          if: failure()
        - run: npm publish
          if: github.event_name == 'push'
        """,
        on="[push, pull_request]",
    )

    assert caches_with(*around.all, steps=[around.last_step]) == ()
    assert len(cache_operations(*around.all)) == 2


def test_a_build_tools_cache_counts_once_for_a_job():
    found = operations(
        "- run: npx turbo build\n- run: npx turbo test", top="env: { TURBO_TOKEN: x }"
    )

    assert [operation.store for operation in found] == [CacheStore.BUILD]
