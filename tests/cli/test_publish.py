"""`imprint publish`: by an exchange or not at all."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.cli.served import issuer, maintainer, name, running, signed_in
from tests.support import ci
from tests.support.answering import answering
from tests.support.npm_on_path import npm_on_path
from tests.support.tarballs import tarball

__all__ = ["issuer", "maintainer", "name", "running", "signed_in"]


@pytest.fixture
def trusted(running, maintainer, name):
    """A package with a first version, whose trusted publisher wants the environment `npm`."""
    running.seed(name, by=maintainer)
    running.trust(name, by=maintainer, environment="npm", permissions=("publish", "stage"))
    return name


@pytest.fixture
def packed(imprint, trusted):
    """A tarball of the package, in the folder where the command runs."""

    def pack(version="1.0.0", **package_json):
        path = imprint.folder / "work" / "widget.tgz"
        path.write_bytes(tarball(trusted, version, **package_json))
        return str(path)

    return pack


@pytest.fixture
def publish(imprint, running, issuer):
    """`imprint publish` in a job; `job` is what its environment has."""

    def run(*words, job=None):
        variables = ci.github(issuer) if job is None else job
        return imprint("publish", *words, "--registry", running.url, **variables)

    return run


def served(running, name):
    return running.http("GET", "/" + quote(name, safe="@")).json


def test_a_tarball_is_published_by_the_jobs_id_token(publish, running, trusted, packed):
    ran = publish(packed())

    version = served(running, trusted)["versions"]["1.0.0"]
    assert ran.code == 0, ran.err
    assert ran.out == f"published {trusted}@1.0.0 as latest\n  {version['dist']['integrity']}\n"
    assert version["_npmUser"]["trustedPublisher"]["id"] == "github"


def test_a_folder_is_packed_first(imprint, publish, running, issuer, trusted):
    work = imprint.folder / "work"
    (work / "package.json").write_text(json.dumps({"name": trusted, "version": "2.0.0"}))
    path = npm_on_path(imprint.folder / "bin")

    ran = publish("--tag", "next", job={**ci.github(issuer), "PATH": path})

    assert ran.code == 0, ran.err
    assert served(running, trusted)["dist-tags"] == {"latest": "0.0.1", "next": "2.0.0"}


def test_json_has_what_scripts_rely_on(publish, trusted, packed):
    ran = publish(packed(), "--format", "json")

    assert ran.json["schema"] == 1
    assert ran.json["command"] == "publish"
    assert ran.json["summary"] == {"outcome": "published"}
    assert (ran.json["package"], ran.json["version"]) == (trusted, "1.0.0")
    assert (ran.json["tag"], ran.json["provenance"]) == ("latest", None)


def test_a_refused_job_says_why_and_falls_back_to_no_token(
    signed_in, running, issuer, trusted, packed
):
    job = ci.github(issuer, environment="dev")

    ran = signed_in("publish", packed(), **job)

    assert (ran.code, ran.out) == (1, "")
    assert "  environment: expected npm, actual dev\n" in ran.err
    assert list(served(running, trusted)["versions"]) == ["0.0.1"]


def test_a_job_without_an_id_token_ends_there_too(signed_in, running, trusted, packed):
    ran = signed_in("publish", packed(), **ci.github_without_permission())

    assert (ran.code, ran.out) == (2, "")
    assert "error: this job has no ID token\n" in ran.err
    assert list(served(running, trusted)["versions"]) == ["0.0.1"]


def test_a_repetition_is_a_success_and_changes_nothing(publish, running, trusted, packed):
    path = packed()

    first, second = publish(path), publish(path)

    assert (first.code, second.code) == (0, 0), second.err
    assert second.out.startswith(f"{trusted}@1.0.0 was published already, exactly so\n")
    assert len(running.events(trusted, "version-published")) == 2


def test_other_bytes_under_the_same_version_are_refused(publish, trusted, packed):
    publish(packed())

    ran = publish(packed(description="another"))

    assert ran.code == 1
    assert f"error: `{trusted}@1.0.0` was published already, with other bytes\n" in ran.err


def test_the_same_bytes_by_a_person_are_not_ours(publish, packed):
    ran = publish(packed("0.0.1"))

    assert ran.code == 1
    assert "was published already, and by no trusted publisher\n" in ran.err


def test_a_rehearsal_mints_and_publishes_nothing(publish, running, trusted, packed):
    ran = publish(packed(), "--dry-run")

    assert ran.code == 0, ran.err
    assert ran.out.startswith(f"would publish {trusted}@1.0.0 as latest; nothing was sent\n")
    assert "  accepted by github acme/widget release.yml, environment npm\n" in ran.out
    assert running.events(trusted, "exchange-minted") == []
    assert list(served(running, trusted)["versions"]) == ["0.0.1"]


def test_a_rehearsal_says_what_would_be_refused(publish, issuer, packed):
    ran = publish(packed(), "--dry-run", job=ci.github(issuer, environment="dev"))

    assert ran.code == 1
    assert "  environment: expected npm, actual dev\n" in ran.err


def test_a_staged_version_waits(publish, running, trusted, packed):
    ran = publish(packed(), "--stage", "--format", "json")

    assert ran.json["summary"] == {"outcome": "staged"}
    assert ran.json["stage_id"]
    assert list(served(running, trusted)["versions"]) == ["0.0.1"]


def test_a_credential_that_published_nothing_is_given_back(imprint, issuer, packed):
    # It answers a PUT with 501.
    with answering(201, b'{"token": "the-credential"}') as server:
        ran = imprint("publish", packed(), "--registry", server.url, **ci.github(issuer))

    last = server.asked[-1]
    assert ran.code == 3
    assert (last.method, last.path) == ("DELETE", "/-/imprint/v1/credential")
    assert last.headers["authorization"] == "Bearer the-credential"


def test_secrets_are_hidden_before_anything_else_and_said_nowhere_else(publish, packed):
    ran = publish(packed(), "-vv")

    masks = [line for line in ran.err.splitlines() if line.startswith("::add-mask::")]
    rest = ran.out + "".join(set(ran.err.splitlines()) - set(masks))
    secrets = [line.removeprefix("::add-mask::") for line in masks]
    assert any(secret.startswith("imp_p_") for secret in secrets)
    assert not any(secret in rest for secret in secrets)


def test_publish_config_may_name_the_registry(imprint, running, issuer, trusted, packed):
    path = packed(publishConfig={"registry": running.url})

    ran = imprint("publish", path, **ci.github(issuer))

    assert ran.code == 0, ran.err
    assert f"registry {running.url}/ (from publishConfig)\n" in ran.err


def test_provenance_needs_an_instance_that_signs(publish, running, trusted, packed):
    ran = publish(packed(), "--provenance")

    assert ran.code == 2
    assert "error: trust domain `private` is not known\n" in ran.err
    assert running.events(trusted, "exchange-minted") == []


@pytest.mark.parametrize("words", [("none.tgz",), (".", "--access", "secret")])
def test_what_cannot_be_is_a_usage_error(imprint, words):
    assert imprint("publish", *words).code == 2
