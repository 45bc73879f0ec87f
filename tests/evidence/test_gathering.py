"""Everything that judging needs, gathered from a registry on loopback."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from imprint.evidence.gathering import (
    Gathered,
    Share,
    Sources,
    document_integrity,
    gather,
    gather_each,
)
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.evidence.proving import NO_CARRIES, prove_all, published_of
from imprint.evidence.verdict import Outcome, SignatureStanding, Standing, Verdict
from imprint.evidence.wanted import Wanted
from imprint.storage.projection_places import open_projections
from imprint.upstream.fetch import Fetcher
from tests.support.audited_project import Project
from tests.support.publications import publication
from tests.support.upstream_registry import upstream_registry

DAY = 86_400.0


@pytest.fixture
def project(tmp_path):
    with upstream_registry() as upstream:
        yield Project(folder=tmp_path / "work", upstream=upstream)


@pytest.fixture
def store(tmp_path):
    opened = open_projections(tmp_path / "kept.sqlite3", secret=b"s" * 32, now=time.time())
    yield opened
    opened.close()


def gathered(_project: Project, *wanted: Wanted, **more: Any) -> Gathered:
    async def go() -> Gathered:
        async with Fetcher(by_proxy=True) as fetcher:
            sources = Sources(fetcher=fetcher, **more)
            return await gather(wanted, sources, now=time.time(), fresh_seconds=30 * DAY)

    return asyncio.run(go())


def wanted(project, name="@acme/widget", version="1.0.0", **more: Any) -> Wanted:
    known = project.integrities.get((name, version))
    whole = {"registry": project.upstream.url, "integrity": known, **more}
    return Wanted(name=name, version=version, **whole)


def documents_asked(project):
    return [path.rpartition("/")[2] for path in project.upstream.paths() if "attestations" in path]


def test_a_history_keys_and_the_document_of_what_has_provenance(project):
    project.publish("@acme/widget")
    project.by_token("other", "1.0.0")

    found = gathered(project, wanted(project), wanted(project, "other"))

    assert all(isinstance(looked, Had) for looked in found.histories.values())
    assert isinstance(found.keys[project.upstream.url], Had)
    assert [key.name for key in found.documents] == ["@acme/widget"]
    assert found.carries[project.upstream.url].attestations


def test_publishers_are_compared_for_what_is_fresh_and_not_for_what_is_old(project):
    for number, days in enumerate((200, 150, 100, 90, 3)):
        project.publish("@acme/widget", f"1.{number}.0", days_ago=days)

    old = gathered(project, wanted(project, version="1.3.0"))
    fresh = gathered(project, wanted(project, version="1.4.0"))
    brought = gathered(project, wanted(project, version="1.3.0", is_introduced=True))

    assert old.compared == {}
    assert "1.3.0" in fresh.compared["@acme/widget", "1.4.0"]
    assert "1.2.0" in brought.compared["@acme/widget", "1.3.0"]


def test_one_package_that_fails_is_its_own_outcome(project):
    project.publish("@acme/widget")
    project.upstream.answers["/bad"] = (200, b"{")

    found = gathered(project, wanted(project), wanted(project, "bad"), wanted(project, "none"))

    outcomes = {name: type(looked) for name, looked in found.histories.items()}
    assert outcomes == {"@acme/widget": Had, "bad": NotLooked, "none": NotThere}


def test_nobody_is_asked_offline(project, store):
    project.publish("@acme/widget")
    gathered(project, wanted(project), store=store)
    project.upstream.asked.clear()

    found = gathered(project, wanted(project), wanted(project, "new"), store=store, is_offline=True)

    assert project.upstream.asked == []
    assert isinstance(found.histories["@acme/widget"], Had)
    assert isinstance(found.histories["new"], NotLooked)
    assert isinstance(found.keys[project.upstream.url], NotLooked)
    assert [isinstance(one, Had) for one in found.documents.values()] == [True]


def test_what_is_kept_and_knows_not_the_version_is_asked_for_again(project, store):
    project.publish("@acme/widget", "1.0.0")
    project.publish("other", "1.0.0")
    both = (wanted(project), wanted(project, "other"))
    gathered(project, *both, store=store)
    project.publish("@acme/widget", "1.1.0")
    project.upstream.asked.clear()

    found = gathered(project, wanted(project, version="1.1.0"), both[1], store=store)

    history = found.history("@acme/widget")
    assert history is not None
    assert history.publication("1.1.0") is not None
    asked = [path for path in project.upstream.paths() if not path.startswith("/-/")]
    assert asked == ["/@acme%2fwidget"]


@pytest.mark.parametrize(
    ("locked", "said", "expected"),
    [
        ("sha512-A", "sha512-B", "sha512-A"),
        ("sha1-A", "sha512-B", "sha512-B"),
        (None, "sha512-B", "sha512-B"),
        ("sha1-A", None, None),
    ],
)
def test_attestations_are_to_be_about_the_lockfiles_bytes(locked, said, expected):
    assert document_integrity(locked, said) == expected


def judge_nothing(pieces, *, registry, keys):
    raise AssertionError("nothing was wanted")


def test_nothing_wanted_is_nothing_proven(project):
    found = gathered(project)

    proofs = prove_all([], found, judge=judge_nothing, pins={})

    assert (proofs.proven, proofs.hiding, found.keys) == ({}, frozenset(), {})


def unverified(pieces, *, registry, keys):
    """A verdict on each in which nothing was looked at."""
    standing = SignatureStanding(state=Standing.UNDECIDED)
    return [
        Verdict(
            name=one.published.name,
            version=one.published.version,
            sha512=None,
            outcome=Outcome.UNDECIDED,
            code=None,
            message=None,
            signature=standing,
        )
        for one in pieces
    ]


def hiding(project, *names):
    every = [wanted(project, name) for name in names]
    return set(prove_all(every, gathered(project, *every), judge=unverified, pins={}).hiding)


@pytest.mark.parametrize(
    ("missing", "is_hiding"), [(("a", "b"), True), (("a",), False), ((), False)]
)
def test_a_registry_hides_documents_where_it_has_not_one(project, missing, is_hiding):
    for name in ("a", "b"):
        project.publish(name)
    for name in missing:
        del project.upstream.answers[f"/-/npm/v1/attestations/{name}@1.0.0"]

    assert hiding(project, "a", "b") == ({project.upstream.url} if is_hiding else set())


def test_documents_that_could_not_be_had_hide_nothing(project):
    project.publish("a")
    project.upstream.answers["/-/npm/v1/attestations/a@1.0.0"] = (403, b"{}")

    assert hiding(project, "a") == set()


def test_a_row_is_verified_with_the_bytes_that_it_is_to_be_about():
    row = publication("1.0.0", integrity="sha512-B", tarball="https://registry.example.test/w.tgz")

    told = published_of("widget", row, integrity="sha512-A")

    assert (told.name, told.version, told.integrity) == ("widget", "1.0.0", "sha512-A")
    assert told.attestations is None
    assert [one.key_id for one in told.signatures] == ["SHA256:key"]
    assert not NO_CARRIES.signatures


def test_several_shares_get_what_each_would_alone_and_nothing_is_asked_twice(project):
    for number, days in enumerate((200, 150, 100, 90, 3)):
        project.publish("@acme/widget", f"1.{number}.0", days_ago=days)
    project.by_token("other", "1.0.0")
    old, brought = wanted(project), wanted(project, version="1.4.0", is_introduced=True)
    sets = [(old, wanted(project, "other")), (brought,), (old, brought)]
    alone = [gathered(project, *each) for each in sets]
    project.upstream.asked.clear()

    async def go() -> tuple[Gathered, ...]:
        async with Fetcher(by_proxy=True) as fetcher:
            shares = [Share(wanted=each, fresh_seconds=30 * DAY) for each in sets]
            return await gather_each(shares, Sources(fetcher=fetcher), now=time.time())

    together = asyncio.run(go())

    assert len(project.upstream.paths()) == len(set(project.upstream.paths()))
    for one, other in zip(together, alone, strict=True):
        assert set(one.histories) == set(other.histories)
        assert one.documents == other.documents
        assert (one.compared, one.carries, one.keys) == (other.compared, other.carries, other.keys)
