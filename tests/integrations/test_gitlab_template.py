"""The GitLab template, as our own reader takes it in where a pipeline includes it."""

from pathlib import Path

from imprint.workflows.reading import read_repository

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = (ROOT / "templates/gitlab/imprint.gitlab-ci.yml").read_bytes()
PIPELINE = b"""\
include:
  - local: templates/gitlab/imprint.gitlab-ci.yml
    inputs:
      source: ./imprint.whl
"""


def test_a_pipeline_that_includes_it_has_its_job():
    found = read_repository(
        {".gitlab-ci.yml": PIPELINE, "templates/gitlab/imprint.gitlab-ci.yml": TEMPLATE}
    )

    assert found.unreadable == ()
    (job,) = found.pipeline.jobs
    assert job.id == "imprint"
    script = "\n".join(line.value for line in job.script)
    assert 'exit "$code"' in script
    assert 'set -- "$@" --recursive' in script
    assert 'diff --base "$CI_MERGE_REQUEST_DIFF_BASE_SHA" --policy-base "$imprint_rules"' in script


def test_inputs_are_variables_and_never_script():
    text = TEMPLATE.decode()
    script = text[text.index("before_script:") : text.index("artifacts:")]

    assert "$[[" not in script


def test_reports_are_kept_however_it_ends():
    text = TEMPLATE.decode()

    assert "    when: always\n" in text
    assert "      codequality: imprint-codequality.json\n" in text


def test_python_takes_no_module_of_the_project_for_its_own():
    text = TEMPLATE.decode()

    assert text.count(" -m ") == text.count(" -I -m ") == 2
    assert ".imprint-environment" not in text
