"""The examples of the guide are workflows that our own doctor has nothing against."""

import json
import re
from pathlib import Path

import pytest

from imprint.cli.render.audit.formats import FORMATS
from imprint.workflows.reading import read_repository
from tests.cli.conftest import imprint

__all__ = ["imprint"]

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs/guides/audit-in-ci.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs/reference/audit.md").read_text(encoding="utf-8")
_EXAMPLE = re.compile(r"^```yaml\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = {found[1]: found[2] for found in _EXAMPLE.finditer(GUIDE)}


def test_the_guide_has_an_example_for_each_platform():
    assert set(EXAMPLES) == {".github/workflows/audit.yml", ".gitlab-ci.yml"}


def test_the_action_of_the_example_has_the_inputs_that_are_given():
    action = (ROOT / "action.yml").read_bytes()
    files = {path: text.encode() for path, text in EXAMPLES.items()}
    found = read_repository({**files, "action.yml": action})

    (ours,) = found.actions.values()
    (workflow,) = found.workflows
    (job,) = workflow.jobs
    given = [step.inputs for step in job.steps if "acme" in repr(step.uses)]
    assert set(given[0]) <= set(ours.inputs)
    table = set(re.findall(r"^\| `([a-z]+)` \|", GUIDE, re.MULTILINE))
    assert table | {"token"} == set(ours.inputs)


def test_our_doctor_finds_nothing_against_the_workflow(imprint):
    workflow = Path(".github/workflows/audit.yml")
    workflow.parent.mkdir(parents=True)
    workflow.write_text(EXAMPLES[str(workflow)])
    Path("package.json").write_text(json.dumps({"name": "app", "private": True}))

    ran = imprint("doctor", "--format", "json")

    assert [one["check"] for one in ran.json["findings"]] == []


@pytest.mark.parametrize("name", FORMATS)
def test_the_reference_has_every_format(name):
    assert f"\n| `{name}` | " in REFERENCE


def test_the_reference_has_every_member():
    schema = json.loads((ROOT / "docs/reference/audit.schema.json").read_text(encoding="utf-8"))

    named = set(re.findall(r"`\.?([a-z_]+)(?:\[\])?`", REFERENCE))
    named |= {"name", "schema", "command", "packages"}
    for part in ("package", "summary", "event", "reason", "acceptance"):
        assert set(schema["$defs"][part]["properties"]) <= named
    assert set(schema["properties"]) <= named
