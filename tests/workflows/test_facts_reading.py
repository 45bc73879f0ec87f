"""Facts in files: the examples' JSON, an imprint registry's entries, trust.toml."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.publishers.publisher import PublisherState
from imprint.refusals import Malformed
from imprint.workflows.facts import EnvironmentFacts, Facts
from imprint.workflows.facts_reading import (
    LARGEST_BYTES,
    every_event,
    facts_from_json,
    facts_from_toml,
)

NPM = {"provider": "github", "repository": "acme/lib", "workflow": "release.yml"}
TOML = b"""\
[[publisher]]
packages = ["@acme/*", "rocket"]
provider = "github"
repository = "acme/platform"
workflow = "release.yml"
ref = "refs/tags/v*"
environment = "npm"
permissions = ["publish"]
dist_tags = ["latest"]
"""


def read(**facts):
    return facts_from_json(json.dumps(facts).encode())


def test_nothing_known_is_nothing_known():
    assert read() == Facts()


def test_what_is_written_is_known():
    found = read(
        default_branch="trunk",
        default_branch_protected=True,
        protected_branches=["release/*"],
        tag_rules=True,
        writers=14,
        fork_approval="all",
        environments={"npm": {"branches": ["main"], "reviewers": 2, "prevent_self_review": True}},
        tokens_allowed={"rocket": False},
        existing_packages=["rocket"],
    )

    assert found == Facts(
        default_branch="trunk",
        default_branch_protected=True,
        protected_branches=("release/*",),
        tag_rules=True,
        writers=14,
        fork_approval="all",
        environments={
            "npm": EnvironmentFacts(branches=("main",), reviewers=2, prevent_self_review=True)
        },
        tokens_allowed={"rocket": False},
        existing_packages=frozenset({"rocket"}),
    )


def test_npms_publisher_has_a_file_and_no_rule_on_event_or_ref():
    (publisher,) = read(npm={"@acme/lib": {**NPM, "environment": "npm"}}).publishers["@acme/lib"]

    rules = publisher.rules
    assert (rules.repository, rules.workflow.caller) == ("acme/lib", "release.yml")
    assert (rules.environment, rules.refs, rules.events) == ("npm", (), every_event())
    assert publisher.state is PublisherState.UNPINNED


def test_facts_may_stand_under_a_key_beside_other_things():
    whole = {"facts": {"writers": 2}, "profiles": {}, "note": "x"}

    assert facts_from_json(json.dumps(whole).encode()) == Facts(writers=2)


def test_a_package_may_have_no_publisher_or_several():
    found = read(npm={"a": None, "b": [NPM, {**NPM, "workflow": "other.yml"}]}).publishers

    assert {name: len(publishers) for name, publishers in found.items()} == {"a": 0, "b": 2}


def test_an_imprint_registrys_entries_keep_their_rules():
    entry = {
        "id": "7",
        "type": "github",
        "claims": {"repository": "acme/lib", "workflow_ref": {"file": "release.yml"}},
        "permissions": ["createPackage"],
        "imprint": {"repository_id": "1", "owner_id": "2", "ref_protected": True},
    }

    (publisher,) = read(publishers={"@acme/lib": [entry]}).publishers["@acme/lib"]

    assert (publisher.id, publisher.state) == ("7", PublisherState.ACTIVE)
    assert (publisher.rules.repository_id, publisher.rules.ref_protected) == ("1", True)


def test_a_fact_that_is_not_known_is_said():
    assert read(weather="fine").assumed == ("fact `weather` is not known and was left out",)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"nonsense",
        b"[" * 100_000,
        b'{"writers": "many"}',
        b'{"npm": {"@acme/lib": {"repository": "acme/lib"}}}',
        b'{"npm": {"NO SUCH NAME": null, "x": {"repository": "a", "workflow": "b"}}}',
        b'{"npm": {"x": {"provider": "jenkins", "repository": "a/b", "workflow": "c.yml"}}}',
        b'{"publishers": {"x": [{"nothing": 1}]}}',
        b" " * (LARGEST_BYTES + 1),
    ],
)
def test_what_is_no_facts_is_refused(raw):
    with pytest.raises(Malformed):
        facts_from_json(raw)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_facts_or_malformed(raw):
    for reader in (facts_from_json, facts_from_toml):
        with suppress(Malformed):
            assert isinstance(reader(raw), Facts)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*Facts.__struct_fields__, "npm", "facts"]), JSON))
def test_any_object_is_facts_or_malformed(facts):
    with suppress(Malformed):
        assert isinstance(facts_from_json(json.dumps(facts).encode()), Facts)


def test_trust_toml_stands_for_every_package_its_patterns_match():
    names = ["@acme/a", "@acme/b", "@other/c", "UPPER CASE"]

    found = facts_from_toml(TOML, names).publishers or {}

    assert set(found) == {"@acme/a", "@acme/b", "rocket"}
    (publisher,) = found["@acme/a"]
    assert [str(ref) for ref in publisher.rules.refs] == ["refs/tags/v*"]
    assert (publisher.rules.environment, publisher.limits.dist_tags) == ("npm", ("latest",))


def test_a_pattern_that_matches_nothing_stays_as_it_is():
    assert set(facts_from_toml(TOML).publishers or {}) == {"@acme/*", "rocket"}


@pytest.mark.parametrize(
    "raw",
    [
        b"=",
        b"publisher = 1",
        b"[[publisher]]\nprovider = 'github'",
        b"[[publisher]]\npackages = ['a']\nprovider = 'github'",
        b"[[publisher]]\npackages = ['a']\nprovider = 'github'\nrefs = 3",
        b"\xff",
    ],
)
def test_what_is_no_trust_toml_is_refused(raw):
    with pytest.raises(Malformed):
        facts_from_toml(raw)
