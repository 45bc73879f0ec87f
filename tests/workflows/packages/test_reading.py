import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.repositories import repository, written

PACKAGE = """\
{
  "name": "@acme/rocket",
  "version": "1.2.3",
  "repository": {
    "type": "git",
    "url": "git+https://github.com/acme/rocket.git",
    "directory": "packages/rocket"
  },
  "publishConfig": {"access": "public", "provenance": true, "tags": ["a"]},
  "scripts": {"release": "npm publish", "odd": 1},
  "packageManager": "pnpm@10.1.0",
  "devEngines": {"runtime": {"name": "node", "version": "24"}},
  "engines": {"node": ">=22"},
  "volta": {"node": "22.1.0"},
  "workspaces": ["packages/*", 1],
  "dependencies": {"a": "^1"},
  "devDependencies": {"lerna": "^9", "a": "^2"}
}
"""


def package_of(text):
    found = repository({"package.json": text})
    assert found.unreadable == ()
    return found.packages[0]


def test_a_package_says_what_publishing_needs():
    package = package_of(PACKAGE)

    assert (package.name, package.version, package.private) == ("@acme/rocket", "1.2.3", False)
    assert package.repository_url == "git+https://github.com/acme/rocket.git"
    assert package.publish_config == {"access": "public", "provenance": True, "tags": ["a"]}
    assert package.scripts == {"release": "npm publish"}
    assert package.package_manager == "pnpm@10.1.0"
    assert package.dev_engines == {"runtime": {"name": "node", "version": "24"}}
    assert (package.engines, package.volta) == ({"node": ">=22"}, {"node": "22.1.0"})
    assert package.workspaces == ("packages/*",)
    assert package.dependencies == {"a": "^1", "lerna": "^9"}


def test_a_package_knows_where_its_keys_stand():
    found = repository({"package.json": "\ufeff" + PACKAGE})
    (package,) = found.packages

    assert written(found, package.repository_span) == '"git+https://github.com/acme/rocket.git"'
    assert (package.repository_span.line, package.repository_span.column) == (6, 12)
    assert written(found, package.places["version"]) == '"version": "1.2.3"'
    assert written(found, package.span) == PACKAGE.strip()


def test_a_repository_may_be_a_text():
    found = repository({"package.json": '{"repository": "acme/rocket"}'})
    (package,) = found.packages

    assert package.repository_url == "acme/rocket"
    assert written(found, package.repository_span) == '"acme/rocket"'


@pytest.mark.parametrize("value", ["1", "null", "{}", '{"url": 1}', "[]"])
def test_a_repository_of_another_shape_is_none(value):
    package = package_of(f'{{"repository": {value}}}')

    assert (package.repository_url, package.repository_span) == (None, None)


def test_workspaces_of_yarn_are_in_an_object():
    assert package_of('{"workspaces": {"packages": ["a/*"]}}').workspaces == ("a/*",)


@pytest.mark.parametrize(("value", "is_private"), [
    ("true", True), ('"true"', True), ('"false"', True), ("false", False), ('""', False), ("0", False),
])  # fmt: skip
def test_private_is_what_javascript_takes_for_true(value, is_private):
    assert package_of(f'{{"private": {value}}}').private is is_private


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{\n"a": 1,\n}', 3, "no JSON: unexpected `}`, expected a key"),
        ('{"a": NaN}', 1, "no JSON: unexpected `NaN}`"),
        ("[]", 1, "no JSON: expected an object"),
        ("", 1, "no JSON: unexpected ``, expected a value"),
    ],
)
def test_what_is_no_package_is_told_at_its_place(text, line, message):
    found = repository({"a/package.json": text})

    assert found.packages == ()
    assert [(note.line, note.message) for note in found.unreadable] == [(line, message)]


def test_a_key_that_is_there_twice_is_told_and_the_last_one_counts():
    found = repository({"package.json": '{"name": "a",\n"name": "b"}'})

    assert found.packages[0].name == "b"
    assert [(note.line, note.message) for note in found.unreadable] == [
        (2, "key `name` is there twice")
    ]


KEYS = st.sampled_from(
    ["name", "private", "repository", "publishConfig", "scripts", "workspaces", "engines", "url"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(content=st.dictionaries(KEYS, VALUES))
def test_any_object_is_a_package(content):
    package = package_of(json.dumps(content))

    name = content.get("name")
    assert package.name == (name if isinstance(name, str) else None)
    assert set(package.places) == set(content)
