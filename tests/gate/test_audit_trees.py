"""The trees that yarn 1 and pnpm up to 10 post, and the answers that they show."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.gate.advisories.advised import advised
from imprint.gate.advisories.audit_trees import legacy_answer, read_tree
from imprint.refusals import Malformed
from tests.support.gate_verdicts import refused

YARN = {
    "name": "app",
    "version": "1.0.0",
    "install": [],
    "remove": [],
    "metadata": {},
    "requires": {"harbor": "^2.0.0"},
    "dependencies": {
        "harbor": {
            "version": "2.0.0",
            "integrity": "sha512-x",
            "requires": {"rope": "^1.0.0"},
            "dependencies": {"rope": {"version": "1.2.0", "dev": True}},
        },
        "@dock/knot": {"version": "1.0.0", "requires": {}, "dependencies": {}, "optional": True},
    },
}
PNPM = {
    "dependencies": {
        ".": {"version": "0.0.0", "dependencies": {"harbor": {"version": "2.0.0"}}},
        "packages__a": {"version": "1.0.0", "dependencies": {"rope": {"version": "1.2.0"}}},
        "tools": {"version": "1.0.0", "dependencies": {"harbor": {"version": "2.0.0"}}},
    }
}


def tree(document):
    return read_tree(json.dumps(document).encode())


def answer(document, *verdicts, name="harbor"):
    read = tree(document)
    found = [(name, one.entry, one.versions) for one in advised(name, verdicts, page="https://p")]
    return legacy_answer(read, found)


def test_every_package_of_a_tree_is_asked_about():
    assert tree(YARN).versions() == {
        "harbor": ["2.0.0"],
        "rope": ["1.2.0"],
        "@dock/knot": ["1.0.0"],
    }


def test_projects_of_a_pnpm_workspace_are_no_packages():
    assert tree(PNPM).versions() == {"harbor": ["2.0.0"], "rope": ["1.2.0"]}


def test_packages_are_counted_by_what_needs_them():
    assert tree(YARN).counts == {
        "dependencies": 1,
        "devDependencies": 1,
        "optionalDependencies": 1,
        "totalDependencies": 3,
    }


def test_an_answer_has_what_yarn_and_pnpm_show():
    found = answer(PNPM, refused("2.0.0"))

    ((number, advisory),) = found["advisories"].items()
    assert number == str(advisory["id"])
    assert (advisory["module_name"], advisory["severity"]) == ("harbor", "high")
    assert advisory["findings"][0]["paths"] == [".>harbor", "tools>harbor"]
    assert found["actions"][0]["resolves"][1]["path"] == "tools>harbor"
    assert found["metadata"]["vulnerabilities"]["high"] == 1
    assert found["metadata"]["totalDependencies"] == 2


def test_an_advisory_about_nothing_in_the_tree_is_left_out():
    found = answer(PNPM, refused("3.0.0"))

    assert found["advisories"] == {}
    assert found["actions"] == []


def test_a_deep_tree_with_many_packages_at_its_end_is_not_written_out():
    leaves = {f"leaf-{number}": {"version": "1.0.0"} for number in range(5000)}
    node: dict[str, Any] = {"dependencies": leaves}
    for _ in range(100):
        node = {"dependencies": {"b" * 210: node}}

    with pytest.raises(Malformed, match="too deep"):
        tree(node)


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b'{"dependencies": 7}', b'{"dependencies":{"a":' * 5000, b"\xff"],
    ids=["empty", "list", "number", "deep", "no-utf8"],
)
def test_what_is_no_tree_is_malformed(raw):
    with pytest.raises(Malformed) as err:
        read_tree(raw)

    assert err.value.code == "malformed-body"


_NODES = st.recursive(
    st.fixed_dictionaries({"version": st.sampled_from(["1.0.0", "x", ""])}),
    lambda below: st.fixed_dictionaries(
        {"version": st.just("1.0.0"), "dependencies": st.dictionaries(st.text(max_size=5), below)}
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["a", "b", ".", "@s/x", "A b"]), _NODES))
def test_whatever_is_in_a_tree_is_asked_about_under_a_name_that_is_one(nodes):
    found = tree({"dependencies": nodes})

    assert all(name not in {".", "A b", ""} for name in found.versions())
    assert found.counts["totalDependencies"] == len(found.places)
