"""On which line of a package.json a dependency stands."""

import json

from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.manifest_lines import dependency_lines

MANIFEST = b"""{
  "name": "dependencies",
  "scripts": { "axios": "no" },
  "devDependencies": { "vite": "^6", "express": "4" },
  "dependencies": {
    "express": "4.21.0",
    "@acme/x": "workspace:*", "odd\\u0061": "1",
    "axios":
      "1.14.0"
  },
  "overrides": { "qs": { "dependencies": "1" } }
}
"""


def test_each_dependency_has_its_line():
    assert dependency_lines(MANIFEST) == {
        "vite": 4,
        "express": 6,
        "@acme/x": 7,
        "odda": 7,
        "axios": 8,
    }


def test_what_is_no_package_json_has_none():
    endless = b'"\\' * 200_000  # to whose end each quote may not be looked
    for raw in (b"", b"[]", b"\xff\xfe", b'"dependencies"', b'{"dependencies": ["a"]}', endless):
        assert dependency_lines(raw) == {}


@given(st.binary(max_size=200))
def test_it_is_total(raw):
    assert all(line >= 1 for line in dependency_lines(raw).values())


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=9), st.integers(0, 4))
def test_it_finds_what_json_has(dependencies, indent):
    raw = json.dumps({"x": {"y": {}}, "dependencies": dependencies}, indent=indent).encode()

    found = dependency_lines(raw)

    # A name that is no text is none: JSON can spell half a surrogate pair.
    assert found.keys() == dependencies.keys()
    lines = raw.decode().split("\n")
    assert all(json.dumps(name) in lines[line - 1] for name, line in found.items())
