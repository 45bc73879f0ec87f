"""On which line of which package.json a dependency stands."""

from __future__ import annotations

from imprint.audit.manifest_places import manifest_places

ROOT = b'{\n  "dependencies": {\n    "a": "1",\n    "b": "2"\n  }\n}'


def test_each_manifest_tells_its_own_lines():
    line_of = manifest_places({"package.json": ROOT, "packages/x/package.json": b"{}"})

    assert (line_of("package.json", "a"), line_of("package.json", "b")) == (3, 4)
    assert line_of("packages/x/package.json", "a") is None


def test_a_manifest_that_is_missing_or_no_json_has_no_lines():
    line_of = manifest_places({"package.json": b"\x00{"})

    assert line_of("package.json", "a") is None
    assert line_of("other/package.json", "a") is None
