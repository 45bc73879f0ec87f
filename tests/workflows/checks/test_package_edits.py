"""A new member of package.json, in the file's own style."""

import json

import pytest

from imprint.workflows.checks.package_edits import with_member
from imprint.workflows.findings import Patch
from tests.workflows.checks.scenes import patched, scene_of


def after(text, value):
    scene = scene_of({"package.json": text})
    edit = with_member(scene, scene.repository.packages[0], "publishConfig", value)
    return (
        None
        if edit is None
        else patched({"package.json": text}, [Patch(title="", edits=(edit,))])["package.json"]
    )


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('{"name": "a"}', '{"name": "a", "publishConfig": {"x": 1}}'),
        (
            '{\n  "name": "a",\n  "version": "1.0.0",\n  "files": []\n}\n',
            '{\n  "name": "a",\n  "version": "1.0.0",\n  "publishConfig": {\n    "x": 1\n  },\n  "files": []\n}\n',
        ),
        (
            '{\n\t"name": "a"\n}\n',
            '{\n\t"name": "a",\n\t"publishConfig": {\n\t\t"x": 1\n\t}\n}\n',
        ),
        (
            '{\r\n  "name": "a"\r\n}\r\n',
            '{\r\n  "name": "a",\r\n  "publishConfig": {\r\n    "x": 1\r\n  }\r\n}\r\n',
        ),
    ],
)
def test_a_member_is_written_as_the_file_is(text, made):
    assert after(text, {"x": 1}) == made
    assert json.loads(made)["publishConfig"] == {"x": 1}


@pytest.mark.parametrize("text", ['{"publishConfig": {}, "name": "a"}', '{"files": []}'])
def test_a_member_that_is_there_or_has_no_place_is_not_written(text):
    assert after(text, {}) is None
