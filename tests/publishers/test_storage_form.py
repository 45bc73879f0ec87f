"""Rules and limits are stored whole, and read whole or not at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.identity.workload import RefType, Runner, Visibility
from imprint.publishers.publisher import (
    CalledWorkflow,
    Permission,
    PublicationLimits,
    WorkflowRule,
    WorkloadRules,
)
from imprint.publishers.refs import RefPattern
from imprint.publishers.storage_form import (
    limits_from_json,
    limits_to_json,
    rules_from_json,
    rules_to_json,
)
from imprint.publishers.templates import TagTemplate
from imprint.refusals import Malformed
from tests.support.publishers import limits, rules

maybe_text = st.none() | st.text(max_size=10)
texts = st.lists(st.text(max_size=10), max_size=3).map(tuple)
ref_patterns = st.sampled_from(["refs/tags/v*", "refs/heads/main", "refs/**"]).map(RefPattern.parse)

any_rules = st.builds(
    lambda **values: WorkloadRules(**values),  # noqa: PLW0108 - its signature would evaluate its annotations
    repository=maybe_text,
    repository_id=maybe_text,
    owner_id=maybe_text,
    workflow=st.none()
    | st.builds(
        WorkflowRule,
        caller=maybe_text,
        called=st.none()
        | st.builds(
            CalledWorkflow, repository=maybe_text, file=st.text(), ref=maybe_text, sha=maybe_text
        ),
    ),
    refs=st.lists(ref_patterns, max_size=3).map(tuple),
    ref_type=st.none() | st.sampled_from(list(RefType)),
    ref_protected=st.booleans(),
    environment=maybe_text,
    strict_environment=st.booleans(),
    events=texts,
    runners=st.lists(st.sampled_from(list(Runner)), max_size=2).map(tuple),
    visibilities=st.lists(st.sampled_from(list(Visibility)), max_size=2).map(tuple),
    actors=texts,
    context_ids=texts,
    claims=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)
any_limits = st.builds(
    lambda **values: PublicationLimits(**values),  # noqa: PLW0108 - its signature would evaluate its annotations
    permissions=st.frozensets(st.sampled_from(list(Permission))),
    tag_template=st.none() | st.just(TagTemplate.parse("v{{version}}")),
    dist_tags=texts,
    version_range=maybe_text,
)


@given(any_rules)
def test_rules_come_back_as_they_were_stored(given_rules):
    assert rules_from_json(rules_to_json(given_rules)) == given_rules


@given(any_limits)
def test_limits_come_back_as_they_were_stored(given_limits):
    assert limits_from_json(limits_to_json(given_limits)) == given_limits


def test_a_field_that_a_newer_version_wrote_is_refused():
    for stored, read in (
        (rules_to_json(rules()), rules_from_json),
        (limits_to_json(limits()), limits_from_json),
    ):
        newer = json.dumps({**json.loads(stored), "new_rule": True}).encode()
        with pytest.raises(Malformed) as refused:
            read(newer)
        assert refused.value.code == "unreadable-publisher"


@given(st.binary(max_size=40))
def test_any_bytes_are_stored_rules_or_malformed(raw):
    for read in (rules_from_json, limits_from_json):
        with pytest.raises(Malformed):
            read(raw)


@pytest.mark.parametrize("stored", [b"{}", b"[]", b'{"repository": null, "refs": ["main"]}'])
def test_stored_rules_that_are_none_are_refused(stored):
    with pytest.raises(Malformed):
        rules_from_json(stored)
