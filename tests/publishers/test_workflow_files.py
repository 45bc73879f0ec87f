"""Workflows as administrators write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.identity.workload import Provider
from imprint.publishers.publisher import CalledWorkflow
from imprint.publishers.workflow_files import (
    build_called,
    normalise_pipeline_file,
    normalise_workflow_file,
    split_exact_reference,
)
from imprint.refusals import Malformed

COMMIT = "5d1c1d7c3a0d8c1f7e1f6b0f8a2f4f6f0b9f7a31"


@pytest.mark.case("D01", "D02", "D03", "D04", "D05", "D06", "D07")
@pytest.mark.parametrize(
    "name",
    [
        "release.yml",
        "has-dash.yml",
        "has--dashes-.yml",
        "has..periods..yml",
        "under_score.yml",
        "release.yaml",
        "foo.yml.foo.yml",
        "nested@evil.yml",
        "a.yml@b.yml",
        "x@n.yml@e.yml",
        "release%pypi.yml",
    ],
)
def test_a_file_name_is_kept_to_the_letter(name):
    assert normalise_workflow_file(name) == name


@pytest.mark.case("D17")
@pytest.mark.parametrize(
    "text",
    [
        " x.yml ",
        ".github/workflows/x.yml",
        "/.github/workflows/x.yml",
        ".github\\workflows\\x.yml",
        "\\.github\\workflows\\x.yml",
    ],
)
def test_the_folder_is_taken_off(text):
    assert normalise_workflow_file(text) == "x.yml"


@pytest.mark.case("D09", "D17")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "release",
        "release.txt",
        "release.YML",
        ".yml",
        ".yaml",
        ".github/workflows/",
        ".github/workflows/.yml",
        "//.github/workflows/x.yml",
        "foo.github/workflows/x.yml",
        ".github/workflows/nested/x.yml",
        "../x.yml",
        "x\n.yml",
        "x" * 252 + ".yml",
    ],
)
def test_what_is_no_workflow_file_is_refused(text):
    with pytest.raises(Malformed) as refused:
        normalise_workflow_file(text)

    assert refused.value.code == "invalid-workflow-file"


@pytest.mark.case("F01")
@pytest.mark.parametrize(
    "path",
    [".gitlab-ci.yml", "ci/release.yaml", "ci//release.yml", "ci/a@b.yml", "@.yml.foo.yml"],
)
def test_a_pipeline_file_keeps_its_path(path):
    assert normalise_pipeline_file("/" + path) == path


@pytest.mark.case("F02")
@pytest.mark.parametrize(
    "path", ["", "@", ".yml", "dir/.yaml", "dir/", "a.json", "../a.yml", "a/./b.yml"]
)
def test_what_is_no_pipeline_file_is_refused(path):
    with pytest.raises(Malformed) as refused:
        normalise_pipeline_file(path)

    assert refused.value.code == "invalid-workflow-file"


@pytest.mark.parametrize(
    ("provider", "text", "parts"),
    [
        (
            Provider.GITHUB,
            "acme/rocket/.github/workflows/a.yml@b.yml@refs/heads/main",
            ("a.yml@b.yml", "refs/heads/main"),
        ),
        (
            Provider.GITLAB,
            "forge.example.test/acme/rocket//ci/release.yml@refs/tags/v1",
            ("ci/release.yml", "refs/tags/v1"),
        ),
    ],
)
def test_an_exact_reference_is_a_file_and_a_ref(provider, text, parts):
    found = split_exact_reference(
        text, provider=provider, issuer_url="https://forge.example.test", repository="acme/rocket"
    )

    assert found == parts


@pytest.mark.parametrize(
    "text",
    [
        "release.yml",
        "acme/rocket/.github/workflows/release.yml",
        f"acme/rocket/.github/workflows/release.yml@{COMMIT}",
        "acme/other/.github/workflows/release.yml@refs/heads/main",
        "acme/rocket/.github/workflows/release.yml@refs/heads/*",
        "acme/rocket/.github/workflows/release.yml@refs/heads/a@refs/heads/b",
    ],
)
def test_a_reference_that_can_be_read_in_two_ways_is_refused(text):
    with pytest.raises(Malformed) as refused:
        split_exact_reference(
            text,
            provider=Provider.GITHUB,
            issuer_url="https://forge.example.test",
            repository="acme/rocket",
        )

    assert refused.value.code == "invalid-workflow-file"


def called(**overrides):
    values = {
        "file": "publish.yml",
        "repository": "acme/shared",
        "ref": None,
        "sha": None,
        "own": "acme/rocket",
        "host": "forge.example.test",
        **overrides,
    }
    return build_called(values.pop("file"), **values)


@pytest.mark.case("D20")
def test_a_called_workflow_may_be_pinned_by_ref_and_commit():
    assert called(ref="refs/tags/v1", sha=COMMIT) == CalledWorkflow(
        repository="acme/shared", file="publish.yml", ref="refs/tags/v1", sha=COMMIT
    )


@pytest.mark.case("D24")
@pytest.mark.parametrize(
    "wrong",
    [
        {"repository": "Acme/Rocket"},
        {"repository": "shared"},
        {"repository": "acme/"},
        {"repository": None, "ref": "refs/tags/v1"},
        {"ref": "v1"},
        {"ref": "refs/tags/v*"},
        {"sha": COMMIT[:7]},
        {"sha": COMMIT.upper()},
        {"file": "shared/publish.yml"},
    ],
)
def test_a_called_workflow_that_contradicts_itself_is_refused(wrong):
    with pytest.raises(Malformed):
        called(**wrong)


@given(st.text(max_size=30))
def test_parsing_raises_nothing_but_malformed(text):
    for parse in (normalise_workflow_file, normalise_pipeline_file):
        try:
            once = parse(text)
        except Malformed:
            continue
        assert parse(once) == once
