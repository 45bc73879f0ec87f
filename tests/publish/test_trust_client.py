"""Trusted publishers over npm's routes: what is sent is what a registry reads, and back."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from imprint.identity.workload import Provider
from imprint.npm.names import PackageName
from imprint.publish.registry_client import RegistryClient
from imprint.publish.trust_body import trust_body
from imprint.publish.trust_client import (
    NOT_LISTED,
    TrustEntry,
    add_trust,
    list_trust,
    publisher_of,
    revoke_trust,
)
from imprint.publishers.configuration import PublisherRequest
from imprint.publishers.npm_trust import parse_trust_body, parse_trust_list, render_trust
from imprint.publishers.publisher import PublisherState
from imprint.refusals import Malformed, Refusal, Unavailable
from tests.support.answering import answering
from tests.support.publishers import (
    PACKAGE,
    circleci_publisher,
    generic_publisher,
    gitlab_publisher,
    publisher,
    unpinned,
)

WIDGET = PackageName.parse("@acme/widget")
GITHUB = PublisherRequest(
    provider=Provider.GITHUB,
    repository="acme/rocket",
    repository_id="901",
    owner_id="42",
    workflow="release.yml",
    permissions=("publish",),
)


def listed(found):
    raw = json.dumps([render_trust(found)]).encode()
    (one,) = parse_trust_list(raw)
    (entry,) = msgspec.json.decode(raw, type=list[msgspec.Raw])
    return TrustEntry(listed=one, raw=entry)


requests = st.builds(
    replace,
    st.just(GITHUB),
    called_workflow=st.none() | st.just("build.yml"),
    refs=st.lists(st.sampled_from(["refs/tags/v*", "refs/heads/main"]), unique=True).map(tuple),
    ref_type=st.none() | st.sampled_from(["tag", "branch"]),
    ref_protected=st.booleans(),
    environment=st.none() | st.text(min_size=1),
    strict_environment=st.booleans(),
    events=st.none() | st.lists(st.sampled_from(["push", "schedule"]), unique=True).map(tuple),
    runners=st.sampled_from([(), ("hosted",), ("self-hosted", "hosted")]),
    visibilities=st.sampled_from([(), ("public",)]),
    permissions=st.sampled_from([("publish",), ("stage",), ("publish", "stage", "dist-tag")]),
    tag_template=st.none() | st.just("v{{version}}"),
    dist_tags=st.lists(st.text(min_size=1), max_size=3).map(tuple),
    version_range=st.none() | st.text(min_size=1),
    issuer_name=st.none() | st.text(min_size=1),
    create=st.booleans(),
)


@given(requests)
def test_a_request_is_read_as_it_was_meant(request):
    assert parse_trust_body(trust_body(request)) == request


@pytest.mark.parametrize(
    "request_",
    [
        replace(GITHUB, workflow=None, workflow_reference="acme/rocket/.github/workflows/r.yml@x"),
        replace(
            GITHUB,
            called_workflow="build.yml",
            called_repository="acme/shared",
            called_ref="refs/tags/v1",
            called_sha="a" * 40,
        ),
        replace(GITHUB, provider=Provider.GITLAB, repository="acme/tools/rocket"),
        replace(GITHUB, provider=Provider.CIRCLECI, context_ids=("x",)),
        PublisherRequest(
            provider=Provider.GENERIC, claims={"a": "b"}, permissions=("stage", "dist-tag")
        ),
    ],
)
def test_every_provider_has_its_claims(request_):
    assert parse_trust_body(trust_body(request_)) == request_


@pytest.mark.parametrize(
    "found",
    [publisher(), unpinned(), gitlab_publisher(), circleci_publisher(), generic_publisher()],
    ids=["github", "unpinned", "gitlab", "circleci", "generic"],
)
def test_a_listed_publisher_is_the_one_that_was_listed(found):
    urls = {found.provider: found.issuer.url}

    again = publisher_of(listed(found), PACKAGE, issuer_urls=urls)

    assert again is not None
    assert replace(again, issuer=found.issuer) == found


def test_an_issuers_address_is_not_listed():
    again = publisher_of(listed(publisher()), PACKAGE)

    assert again is not None
    assert again.issuer.url == NOT_LISTED


def test_states_and_ends_are_kept():
    found = publisher(state=PublisherState.DISABLED, pending=True, expires_at=5.0)

    again = publisher_of(listed(found), PACKAGE)

    assert again is not None
    assert (again.state, again.pending, again.expires_at) == (PublisherState.DISABLED, True, 5.0)


@pytest.mark.parametrize(
    "change",
    [{"type": "jenkins"}, {"imprint": {"state": "asleep"}}, {"claims": {"new_rule": "x"}}],
)
def test_what_a_later_version_lists_is_not_guessed(change):
    raw = json.dumps([{**render_trust(publisher()), **change}]).encode()
    (one,) = parse_trust_list(raw)

    assert publisher_of(TrustEntry(listed=one, raw=msgspec.Raw(raw[1:-1])), PACKAGE) is None


def test_a_list_is_kept_as_it_was_sent():
    body = json.dumps([{"id": "1", "type": "other", "more": [1]}]).encode()
    with answering(body=body) as server:
        entries = list_trust(RegistryClient(url=server.url), WIDGET)

    assert not isinstance(entries, Refusal)
    assert msgspec.json.decode(entries[0].raw) == {"id": "1", "type": "other", "more": [1]}
    assert server.asked[0].path == "/-/package/@acme%2fwidget/trust"


@pytest.mark.parametrize("body", [b"{}", b"", b"[1]", b'[{"id": "1"}]'])
def test_a_foreign_answer_is_no_list(body):
    with answering(body=body) as server, pytest.raises(Unavailable):
        list_trust(RegistryClient(url=server.url), WIDGET)


@pytest.mark.parametrize("count", [0, 2])
def test_one_publisher_is_added_at_a_time(count):
    body = json.dumps([{"id": "1", "type": "other"}] * count).encode()
    with answering(201, body) as server, pytest.raises(Unavailable):
        add_trust(RegistryClient(url=server.url), WIDGET, GITHUB)


def test_what_the_registry_cannot_take_is_bad_input():
    body = b'{"code": "invalid-ref-pattern", "message": "no such ref", "hint": "another"}'
    with answering(400, body) as server, pytest.raises(Malformed) as caught:
        add_trust(RegistryClient(url=server.url), WIDGET, GITHUB)

    assert (caught.value.message, caught.value.hint) == ("no such ref", "another")


def test_a_decision_against_is_a_refusal():
    with answering(409, b'{"code": "publisher-exists", "message": "there"}') as server:
        added = add_trust(RegistryClient(url=server.url), WIDGET, GITHUB)

    assert added == Refusal(code="publisher-exists", message="there")


@pytest.mark.parametrize("publisher_id", ["", "../x", "a/b", "a b", "é"])
def test_an_id_is_no_path(publisher_id):
    with answering(204, b"") as server, pytest.raises(Malformed):
        revoke_trust(RegistryClient(url=server.url), WIDGET, publisher_id)

    assert server.asked == []
