"""Whatever stands in a step, its effects can be asked for."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from imprint.workflows.effects.artifacts import artifact_operations
from imprint.workflows.effects.caches import cache_operations
from imprint.workflows.effects.checkouts import checkouts_of
from imprint.workflows.effects.execution import executions_of
from imprint.workflows.publishing.node import npm_versions_of
from tests.support.jobs import job_around

PIECES = st.sampled_from(
    [
        "npm", " ci", "npx ", "git ", "checkout", "fetch", "pull/1", "curl x", "|", "bash", "$(", ")",
        "${{ ", " }}", "github.head_ref", "steps.a.outputs.b", "inputs.x", "'", '"', "\n", ">> $GITHUB_ENV",
        "&& ", "cat ", "node -e ", "require('./x')", "claude -p", "gh pr ", "eval ", "corepack ", "n 24",
    ]
)  # fmt: skip
PRINTABLE = st.characters(exclude_categories=("Cc", "Cn", "Co", "Cs", "Zl", "Zp"))
TEXTS = st.one_of(st.text(PRINTABLE, max_size=40), st.lists(PIECES, max_size=12).map("".join))


def quoted(value):
    """JSON is YAML where no character is written as two."""
    return json.dumps(value, ensure_ascii=False)


def effects(around):
    executions_of(*around.all)
    cache_operations(*around.all)
    checkouts_of(*around.all)
    artifact_operations(*around.all)
    return npm_versions_of(around.repository, around.workflow, around.job, around.last_step)


@given(TEXTS, TEXTS)
def test_any_script_under_any_condition(script, condition):
    step = quoted({"run": script, "if": condition, "id": "a"})

    assert effects(job_around(f"- {step}")) is not None


@given(
    st.sampled_from(
        [
            "actions/checkout@v4",
            "actions/cache@v4",
            "actions/setup-node@v6",
            "oven-sh/setup-bun@v2",
            "actions/github-script@v7",
            "anthropics/claude-code-action@v1",
            "nick-fields/retry@v3",
            "./act",
        ]
    ),
    TEXTS,
)
def test_any_inputs(uses, text):
    names = ("ref", "repository", "path", "key", "script", "prompt", "command", "node-version",
             "node-version-file", "bun-version", "cache", "lookup-only")  # fmt: skip
    step = quoted({"uses": uses, "with": dict.fromkeys(names, text)})
    files = {"act/action.yml": "runs: { using: composite, steps: [{ run: '${{ inputs.ref }}' }] }"}

    assert effects(job_around(f"- {step}", files=files)) is not None


@given(TEXTS)
def test_any_container_and_matrix(text):
    container = quoted({"image": text})
    matrix = quoted({"matrix": {"a": [text, "b"]}})
    around = job_around(
        "- run: npm publish\n  if: matrix.a == 'b'",
        job=f"container: {container}\nstrategy: {matrix}",
    )

    assert effects(around) is not None


def test_a_job_without_steps_has_no_effects():
    around = job_around("- run: x")
    empty = replace(around.job, steps=())

    assert executions_of(around.repository, around.workflow, empty) == ()
    assert cache_operations(around.repository, around.workflow, empty) == ()
