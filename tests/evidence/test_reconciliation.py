"""How versions stand at their sources: real clones, a forge on loopback, and the age window."""

import asyncio

import pytest

from imprint.evidence.reconciliation import source_standings
from imprint.evidence.sources import WINDOW_SECONDS, Askable, SourceWanted
from imprint.history.candidates import Found, SourceStanding
from imprint.history.identities import PublisherIdentity
from imprint.refusals import Malformed
from imprint.upstream.clones import Clones
from imprint.upstream.fetch import Fetcher
from imprint.upstream.forge.hosts import ForgeHost, ForgeKind, open_forges
from tests.support.clones import AT, made_repository
from tests.support.forge import standing_in

ISSUER = "https://token.actions.githubusercontent.com"
URL = "git+https://github.com/acme/widget.git"
API = "/repos/acme/widget"
COMMIT = "a" * 40
LATER = float(AT + 30 * 86_400)
"""When everything is judged, unless a test says otherwise."""


def wanted(**more):
    known = {
        "name": "widget",
        "version": "1.2.3",
        "repository": URL,
        "published": float(AT),
        **more,
    }
    return SourceWanted(**known)


def identity(commit, run=None, **more):
    known = {"provider": "github", "issuer": ISSUER, "repository": "acme/widget", **more}
    return PublisherIdentity(commit=commit, run=run, **known)


def standing(one, *, folder=None, forge=None, now=LATER, **more):
    async def asked():
        async with Fetcher() as fetcher:
            hosts = {}
            if forge is not None:
                hosts["github.com"] = ForgeHost(kind=ForgeKind.GITHUB, api=forge.url)
            askable = Askable(
                clones=None if folder is None else Clones(folder),
                forges=open_forges(hosts, fetcher),
            )
            return await source_standings([one], askable, now=now, **more)

    return asyncio.run(asked())[one.key]


@pytest.fixture
def made(tmp_path):
    made = made_repository(tmp_path / "clones" / "acme" / "widget")
    made.tag("v1.0.0")
    made.commit(at=int(LATER))
    return made


@pytest.fixture
def folder(made):
    return made.folder.parent.parent


@pytest.fixture
def forge():
    with standing_in() as running:
        running.answers[API] = {"default_branch": "main"}
        running.answers[f"{API}/branches?protected=true&per_page=100"] = []
        yield running


def tag(forge, name="v1.2.3", commit=COMMIT):
    reference = {"object": {"sha": commit, "type": "commit"}}
    forge.answers[f"{API}/git/ref/tags/{name}"] = reference


def test_a_tag_of_the_version_is_found_in_a_clone(made, folder):
    made.tag("v1.2.3")

    assert standing(wanted(), folder=folder) == SourceStanding(tag=Found.YES, looked_at="clone")


@pytest.mark.parametrize("name", ["widget@1.2.3", "Release-1.2.3"])
def test_so_is_one_of_another_habit(made, folder, name):
    made.tag(name)

    assert standing(wanted(), folder=folder).tag is Found.YES


def test_a_version_without_a_tag_has_none(folder):
    assert standing(wanted(), folder=folder).tag is Found.NO


def test_a_tag_at_provenance_s_commit_counts(made, folder):
    made.tag("v1.2.3")
    commit = made.git("rev-parse", "HEAD")

    found = standing(wanted(identity=identity(commit)), folder=folder)

    assert (found.tag, found.commit_on_protected_branch) == (Found.YES, Found.YES)


def test_a_tag_on_the_same_line_counts(made, folder):
    before = made.git("rev-parse", "HEAD")
    made.commit()
    made.tag("v1.2.3")

    assert standing(wanted(identity=identity(before)), folder=folder).tag is Found.YES


def test_a_tag_elsewhere_does_not(made, folder):
    made.tag("v1.2.3")
    made.git("checkout", "-q", "--orphan", "side")
    commit = made.commit(at=int(LATER))
    made.git("checkout", "-q", "main")

    found = standing(wanted(identity=identity(commit)), folder=folder)

    assert found.tag is Found.NO
    assert found.commit_on_protected_branch is Found.UNKNOWN


def test_a_commit_that_the_clone_does_not_have_is_on_no_protected_branch(folder):
    found = standing(wanted(identity=identity("f" * 40)), folder=folder)

    assert found.commit_on_protected_branch is Found.NO


def test_before_the_window_ends_nothing_is_missing(folder):
    one = wanted(identity=identity("f" * 40), published=LATER - WINDOW_SECONDS + 60)

    found = standing(one, folder=folder)

    assert (found.tag, found.commit_on_protected_branch) == (Found.UNKNOWN, Found.UNKNOWN)


def test_before_the_window_ends_what_is_there_counts(made, folder):
    made.tag("v1.2.3")

    assert standing(wanted(published=LATER - 60), folder=folder).tag is Found.YES


def test_without_a_moment_nothing_is_missing(folder):
    assert standing(wanted(published=None), folder=folder).tag is Found.UNKNOWN


def test_a_clone_from_before_the_window_s_end_misses_nothing(folder):
    later = LATER + 40 * 86_400

    found = standing(wanted(published=LATER + 3600), folder=folder, now=later)

    assert found.tag is Found.UNKNOWN


def test_a_project_that_makes_no_tags_misses_none(folder):
    assert standing(wanted(earlier=("1.1.0", "1.0.5")), folder=folder).tag is Found.UNKNOWN
    assert standing(wanted(earlier=("1.1.0", "1.0.0")), folder=folder).tag is Found.NO


def test_a_clone_without_any_tag_misses_none(made, folder):
    made.git("tag", "-d", "v1.0.0")

    assert standing(wanted(), folder=folder).tag is Found.UNKNOWN


def test_a_shallow_clone_misses_nothing_on_branches(made, tmp_path):
    first = made.git("rev-parse", "HEAD~1")
    shallow = made.clone(tmp_path / "shallow" / "acme" / "widget", "--depth=1")
    shallow.git("remote", "remove", "origin")

    found = standing(wanted(identity=identity(first)), folder=tmp_path / "shallow")

    assert found.commit_on_protected_branch is Found.UNKNOWN


def test_a_repository_that_nobody_has_is_unknown(folder):
    one = wanted(repository="https://github.com/acme/other")

    assert standing(one, folder=folder) == SourceStanding()


@pytest.mark.parametrize("repository", [None, "", "nowhere", "https://evil.example.test/a/b"])
def test_an_address_that_is_none_or_strange_is_asked_of_nobody(forge, repository):
    assert standing(wanted(repository=repository), forge=forge) == SourceStanding()
    assert forge.asked == []


def test_the_certificate_s_repository_goes_before_the_manifest_s(forge):
    tag(forge)
    one = wanted(repository="https://github.com/someone/else", identity=identity(COMMIT))

    assert standing(one, forge=forge).tag is Found.YES


def test_a_forge_is_asked_like_a_clone(forge):
    tag(forge)
    forge.answers[f"{API}/compare/main...{COMMIT}?per_page=1"] = {"status": "behind"}
    forge.answers[f"{API}/actions/runs/41"] = {"conclusion": "failure"}

    found = standing(wanted(identity=identity(COMMIT, "41")), forge=forge)

    assert found == SourceStanding(
        tag=Found.YES,
        commit_on_protected_branch=Found.YES,
        run_succeeded=Found.NO,
        looked_at="github.com",
    )


def test_a_forge_without_the_tag_says_so_after_the_window(forge):
    assert standing(wanted(), forge=forge).tag is Found.NO
    assert standing(wanted(), forge=forge, now=AT + 60.0).tag is Found.UNKNOWN


def test_a_failed_run_counts_at_once(forge):
    forge.answers[f"{API}/actions/runs/41"] = {"conclusion": "failure"}

    found = standing(wanted(identity=identity(COMMIT, "41")), forge=forge, now=AT + 60.0)

    assert found.run_succeeded is Found.NO


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_what_a_forge_does_not_say_is_unknown(forge, status):
    forge.answers[API] = status

    assert standing(wanted(identity=identity(COMMIT, "41")), forge=forge) == SourceStanding()


def test_a_forge_that_is_asked_too_often_makes_nothing_missing(forge):
    forge.answers[f"{API}/git/ref/tags/1.2.3"] = 429

    assert standing(wanted(), forge=forge).tag is Found.UNKNOWN


def test_a_forge_is_only_asked_for_what_a_clone_cannot_tell(made, folder, forge):
    made.tag("v1.2.3")
    commit = made.git("rev-parse", "HEAD")

    assert standing(wanted(identity=identity(commit)), folder=folder, forge=forge).tag is Found.YES
    assert forge.asked == []


def test_a_forge_adds_the_run_to_what_a_clone_told(made, folder, forge):
    made.tag("v1.2.3")
    commit = made.git("rev-parse", "HEAD")
    forge.answers[f"{API}/actions/runs/41"] = {"conclusion": "success"}

    found = standing(wanted(identity=identity(commit, "41")), folder=folder, forge=forge)

    assert (found.tag, found.run_succeeded, found.looked_at) == (
        Found.YES,
        Found.YES,
        "clone, github.com",
    )


def test_a_folder_that_is_none_is_malformed(tmp_path):
    with pytest.raises(Malformed):
        standing(wanted(), folder=tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("issuer", "provider", "address"),
    [
        (ISSUER, "github", "https://github.com/acme/widget"),
        ("https://gitlab.com", "gitlab", "https://gitlab.com/acme/widget"),
        ("https://gitlab.example.test", "gitlab", "https://gitlab.example.test/acme/widget"),
        ("https://token.actions.acme.ghe.com", "github", "https://acme.ghe.com/acme/widget"),
    ],
)
def test_a_certificate_says_at_which_forge_its_repository_is(issuer, provider, address):
    one = wanted(identity=identity(COMMIT, issuer=issuer, provider=provider))

    assert str(one.address) == address
