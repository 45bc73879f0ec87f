"""`imprint verify`: versions of a registry, tarballs, and stored documents; and what it never does."""

from __future__ import annotations

import hashlib
import json
import stat

import pytest

from imprint.attestations.domains import AllowedIssuer, Thresholds
from imprint.identity.workload import Provider
from imprint.upstream.trust.documents import DomainDocument
from imprint.upstream.trust.store import keep_domain
from tests.authority import documents
from tests.authority.keys import pem
from tests.support.claims import GITHUB_ISSUER
from tests.support.tarballs import tarball
from tests.support.upstream_registry import upstream_registry

NAME = "@acme/widget"
ISSUERS = (AllowedIssuer(url=GITHUB_ISSUER, provider=Provider.GITHUB),)


@pytest.fixture
def upstream():
    with upstream_registry() as found:
        yield found


@pytest.fixture
def verify(imprint, upstream):
    """`imprint verify`, with the registry and its trust."""
    folder = imprint.folder / "trust"
    keep_domain(
        folder,
        DomainDocument(
            name="private",
            source="the test",
            updated_at=upstream.now,
            thresholds=Thresholds(),
            issuers=ISSUERS,
            raw_trusted_root=json.dumps(documents.trusted_root(upstream.authority)).encode(),
        ),
    )

    def run(*words, **variables):
        registry = () if "--document" in words else ("--registry", upstream.url)
        return imprint("verify", *words, *registry, "--trust", str(folder), **variables)

    return run


@pytest.fixture
def stored(imprint, upstream):
    """A stored document with everything that is needed to judge it, as files."""
    data = upstream.publish(NAME)
    path = imprint.folder / "document.json"
    path.write_bytes(upstream.answers["/-/npm/v1/attestations/@acme%2fwidget@1.0.0"][1])
    keys = imprint.folder / "keys.json"
    keys.write_bytes(upstream.answers["/-/npm/v1/keys"][1])
    return path, data, keys


def sha512_of(data):
    return hashlib.sha512(data).hexdigest()


# --- a version of a registry --------------------------------------------------------------------


def test_a_version_says_who_published_it(verify, upstream):
    upstream.publish(NAME)

    ran = verify(f"{NAME}@1.0.0")

    assert ran.code == 0
    assert ran.out.startswith(
        f"{NAME}@1.0.0: verified\n  registry signature: verified, key SHA256:"
    )
    assert (
        "    built by `.github/workflows/release.yml` at `refs/tags/v1.2.0` of `acme/rocket`"
        " (repository id `901`, owner id `42`)\n"
    ) in ran.out
    assert ran.err == f"asking {upstream.url}\n"


def test_json_has_what_scripts_rely_on(verify, upstream):
    upstream.publish(NAME)

    found = verify(f"{NAME}@1.0.0", "--format", "json").json

    assert (found["schema"], found["command"]) == (1, "verify")
    assert found["summary"] == {"valid": 1, "invalid": 0, "undecided": 0}
    assert (found["name"], found["version"], found["code"]) == (NAME, "1.0.0", None)
    assert found["signature"]["state"] == "verified"
    assert found["signature"]["keyid"].startswith("SHA256:")
    assert [(one["state"], one["code"], one["domain"]) for one in found["attestations"]] == [
        ("verified", None, "private")
    ] * 2
    assert found["identity"]["repository"] == "acme/rocket"
    assert found["findings"] == []
    assert {item["what"] for item in found["not_checked"]} == {
        "whose keys they are",
        "whose publish attestation it is",
    }


def test_a_dist_tag_and_no_version_at_all_are_versions_too(verify, upstream):
    upstream.publish(NAME)

    for target in (NAME, f"{NAME}@latest"):
        assert verify(target, "--format", "json").json["version"] == "1.0.0"


def test_a_version_that_is_not_valid_is_refused_by_code(verify, upstream):
    upstream.publish(NAME)
    upstream.answers[f"/{NAME}/-/1.0.0.tgz"] = (200, tarball(NAME, "1.0.0", evil=True))

    ran = verify(f"{NAME}@1.0.0")

    assert ran.code == 1
    assert ran.out.startswith(f"{NAME}@1.0.0: not valid (SUBJECT)\n")


def test_without_the_tarball_nothing_is_said_of_its_bytes(verify, upstream):
    upstream.publish(NAME)

    ran = verify(f"{NAME}@1.0.0", "--no-tarball")

    assert ran.code == 0
    assert "  not checked: tarball: it was not asked for" in ran.out
    assert not [path for path in upstream.paths() if path.endswith(".tgz")]


def test_a_registry_that_does_not_answer_decided_nothing(verify, upstream):
    upstream.publish(NAME)
    upstream.answers["/-/npm/v1/attestations/@acme%2fwidget@1.0.0"] = (503, b"")

    ran = verify(f"{NAME}@1.0.0")

    assert ran.code == 3
    assert ran.out.startswith(f"{NAME}@1.0.0: undecided (not-fetched)\n")


@pytest.mark.parametrize(
    ("target", "code", "message"),
    [
        ("@acme/none", 2, "error: the registry has no package `@acme/none`"),
        (f"{NAME}@9.9.9", 2, f"error: `{NAME}` has no version or dist-tag `9.9.9`"),
        ("./none.tgz", 2, "error: there is no file `./none.tgz`"),
        ("no name", 2, "error: package name `no name` has characters"),
        ("", 2, "error: package name `` is empty"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(verify, upstream, target, code, message):
    upstream.publish(NAME)

    ran = verify(target)

    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err


def test_of_several_each_has_its_own_verdict(verify, upstream):
    upstream.publish(NAME)
    upstream.publish("plain", attested=False)

    ran = verify("plain", "none", NAME, "--format", "json")

    assert ran.code == 3
    assert [(one["name"], one["outcome"]) for one in ran.json["packages"]] == [
        ("plain", "valid"),
        ("none", "undecided"),
        (NAME, "valid"),
    ]
    assert ran.json["summary"] == {"valid": 2, "invalid": 0, "undecided": 1}


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"name": 1}', b"\xff", b'{"name": "other"}'])
def test_a_packument_that_is_none_decided_nothing(verify, upstream, raw):
    upstream.answers["/@acme%2fwidget"] = (200, raw)

    ran = verify(NAME, "--format", "json")

    assert (ran.code, ran.json["error"]["code"]) == (3, "malformed-packument")


# --- credentials --------------------------------------------------------------------------------


def test_a_token_goes_to_its_registry_and_is_never_shown(verify, imprint, upstream):
    upstream.publish(NAME)
    host = upstream.url.removeprefix("http:")
    (imprint.folder / "home" / ".npmrc").write_text(f"{host}:_authToken=npm_secret\n")

    ran = verify(NAME, "-vv")

    assert ran.code == 0
    assert {one.headers.get("authorization") for one in upstream.asked} == {"Bearer npm_secret"}
    assert "npm_secret" not in ran.out + ran.err


def test_a_token_is_not_sent_to_the_host_of_a_tarball_elsewhere(verify, imprint, upstream):
    upstream.publish(NAME)
    host = upstream.url.removeprefix("http:")
    (imprint.folder / "home" / ".npmrc").write_text(f"{host}:_authToken=npm_secret\n")
    with upstream_registry() as elsewhere:
        upstream.change(NAME, "1.0.0", tarball=f"{elsewhere.url}a.tgz")

        ran = verify(NAME)

    # A host that was learned must speak https, and be public.
    assert (ran.code, elsewhere.asked) == (3, [])


# --- a tarball in hand --------------------------------------------------------------------------


def test_a_tarball_is_looked_up_by_its_package_json(verify, imprint, upstream):
    data = upstream.publish(NAME)
    path = imprint.folder / "widget.tgz"
    path.write_bytes(data)

    ran = verify(str(path), "--format", "json")

    assert ran.code == 0
    assert ran.json["sha512"] == sha512_of(data)
    assert not [one for one in upstream.paths() if one.endswith(".tgz")]


def test_a_tarball_that_was_changed_is_not_valid(verify, imprint, upstream):
    upstream.publish(NAME)
    path = imprint.folder / "widget.tgz"
    path.write_bytes(tarball(NAME, "1.0.0", evil=True))

    ran = verify(str(path), "--format", "json")

    assert (ran.code, ran.json["code"]) == (1, "SUBJECT")


def test_a_file_that_is_no_tarball_is_told_in_one_line(verify, imprint):
    path = imprint.folder / "widget.tgz"
    path.write_bytes(b"not a tarball")

    ran = verify(str(path))

    assert ran.code == 2
    assert ran.err.startswith("error: ")


# --- kept verdicts ------------------------------------------------------------------------------


def test_a_second_run_takes_the_kept_verdict(verify, imprint, upstream):
    upstream.publish(NAME)
    first = verify(NAME)
    home = imprint.folder / "home"
    key = home / ".config" / "imprint" / "verdicts.key"
    planted = (home / ".cache" / "imprint" / "verdicts.sqlite3").read_bytes()

    again = verify(NAME)

    assert (first.code, first.out) == (again.code, again.out)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"acme/rocket" in planted


def test_a_kept_verdict_is_of_no_use_for_another_document(verify, upstream):
    upstream.publish(NAME)
    verify(NAME)
    upstream.put("-/npm/v1/attestations/@acme%2fwidget@1.0.0", {"attestations": []})

    ran = verify(NAME)

    assert (ran.code, ran.out.splitlines()[0]) == (1, f"{NAME}@1.0.0: not valid (EMPTY)")


def test_without_a_cache_nothing_is_kept(verify, imprint, upstream):
    upstream.publish(NAME)

    verify(NAME, "--no-cache")

    assert not (imprint.folder / "home" / ".cache").exists()


def test_a_key_that_cannot_be_used_is_a_warning(verify, imprint, upstream):
    upstream.publish(NAME)
    config = imprint.folder / "home" / ".config"
    config.write_text("a file where a folder should be")

    ran = verify(NAME)

    assert ran.code == 0
    assert "warning: the key of kept verdicts" in ran.err


# --- stored documents ---------------------------------------------------------------------------


def test_a_stored_document_is_judged_without_asking_anybody(verify, upstream, stored):
    document, data, keys = stored
    words = ("--document", str(document), "--keys", str(keys), f"{NAME}@1.0.0", "--offline")

    ran = verify(*words, "--sha512", sha512_of(data), "--format", "json")

    assert (ran.code, ran.err, upstream.asked) == (0, "", [])
    assert ran.json["identity"]["repository"] == "acme/rocket"
    assert ran.json["sha512"] == sha512_of(data)


def test_a_given_root_is_the_domain_private_with_the_default_issuers(
    verify, imprint, upstream, stored
):
    document, data, keys = stored
    root = upstream.write_root(imprint.folder)

    ran = verify(
        *("--document", str(document), f"{NAME}@1.0.0", "--sha512", sha512_of(data)),
        *("--trusted-root", str(root), "--keys", str(keys), "--format", "json"),
    )

    # The stand-in's CI is no issuer that everybody knows.
    assert (ran.code, ran.json["code"]) == (1, "ISSUER")
    assert ran.json["attestations"][0]["domain"] == "private"


def test_a_tarball_beside_a_document_says_what_it_is_about(verify, imprint, stored):
    document, data, keys = stored
    path = imprint.folder / "widget.tgz"
    path.write_bytes(data)

    ran = verify("--document", str(document), str(path), "--keys", str(keys), "--format", "json")

    assert (ran.code, ran.json["name"], ran.json["version"]) == (0, NAME, "1.0.0")


def test_another_digest_is_not_what_was_signed(verify, stored):
    document, _, keys = stored

    ran = verify(
        "--document", str(document), f"{NAME}@1.0.0", "--sha512", "5d" * 64, "--keys", str(keys)
    )

    assert ran.code == 1
    assert ran.out.startswith(f"{NAME}@1.0.0: not valid (SUBJECT)\n")


def test_without_keys_a_publish_attestation_is_undecided(verify, imprint, upstream, stored):
    document, data, _ = stored
    root = upstream.write_root(imprint.folder)

    ran = verify(
        *("--document", str(document), f"{NAME}@1.0.0", "--sha512", sha512_of(data)),
        *("--trusted-root", str(root), "--format", "json"),
    )

    states = {one["state"] for one in ran.json["attestations"]}
    assert "undecided" in states


def test_a_single_bundle_by_a_key_is_judged_by_that_key(verify, imprint, upstream, stored):
    document, _, _ = stored
    bundle = json.loads(document.read_bytes())["attestations"][0]["bundle"]
    document.write_text(json.dumps(bundle))
    key = imprint.folder / "key.pem"
    key.write_bytes(pem(upstream.key.key.public_key()))

    good = verify("--document", str(document), "--key", str(key), "--format", "json")
    unknown = verify("--document", str(document), "--format", "json")

    assert (good.code, good.json["name"]) == (0, None)
    assert (unknown.code, unknown.json["code"]) == (1, "KEY")


GARBAGE = {
    "empty": b"",
    "truncated": b'{"attestations": [{"predicateType": "x", "bundle": {',
    "nested": b'{"attestations": ' + b"[" * 100_000,
    "huge": b'{"attestations": "' + b"x" * 5_000_000 + b'"}',
    "of another type": b"[1, 2]",
    "text": b'"attestations"',
    "not UTF-8": b'{"attestations": "\xff\xfe"}',
    "with a name twice": b'{"attestations": [], "attestations": []}',
    "binary": bytes(range(256)) * 100,
    "a number": b"1" * 10_000,
}


@pytest.mark.parametrize("raw", GARBAGE.values(), ids=GARBAGE)
def test_a_document_that_is_none_is_one_line_with_a_code(verify, imprint, raw):
    path = imprint.folder / "document.json"
    path.write_bytes(raw)

    ran = verify("--document", str(path), f"{NAME}@1.0.0")
    as_json = verify("--document", str(path), f"{NAME}@1.0.0", "--format", "json")

    assert ran.code == 1
    assert ran.out.startswith(f"{NAME}@1.0.0: not valid (FORMAT)\n  ")
    assert "  hint: " in ran.out
    assert "Traceback" not in ran.out + ran.err
    assert (as_json.code, as_json.json["code"]) == (1, "FORMAT")


@pytest.mark.parametrize("option", ["--trusted-root", "--keys", "--key"])
@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b"{}", b"x" * 5_000_000])
def test_files_to_judge_by_that_are_none_are_told_in_one_line(verify, imprint, stored, option, raw):
    path = imprint.folder / "file"
    path.write_bytes(raw)

    ran = verify(
        "--document", str(stored[0]), f"{NAME}@1.0.0", option, str(path), "--format", "json"
    )

    assert ran.code == 2
    assert ran.json["error"]["code"]
    assert ran.err.startswith("error: ")
    assert len(ran.err.splitlines()) <= 2


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--sha512", "5d" * 64, NAME),
        ("--document", "none.json", f"{NAME}@1.0.0"),
        ("--document", ".", f"{NAME}@1.0.0"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(verify, words):
    ran = verify(*words)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")


@pytest.mark.parametrize(
    "words",
    [
        (f"{NAME}@latest",),
        (f"{NAME}@1.0.0", "--sha512", "5d"),
        (f"{NAME}@1.0.0", "@acme/other@1.0.0"),
    ],
)
def test_a_document_is_about_one_exact_version(verify, stored, words):
    assert verify("--document", str(stored[0]), *words).code == 2


def test_a_document_proves_nothing_about_a_version_that_nobody_named(verify, stored):
    ran = verify("--document", str(stored[0]))

    assert ran.code == 1
    assert "nobody said which it should be" in ran.out


def test_offline_nothing_is_fetched(verify, upstream):
    upstream.publish(NAME)

    ran = verify(f"{NAME}@1.0.0", "--offline")

    assert (ran.code, upstream.asked) == (3, [])
    assert "--document FILE" in ran.err


def test_a_folder_of_trust_that_is_not_there_makes_nothing_invalid(imprint, upstream):
    upstream.publish()

    ran = imprint("verify", "@acme/widget", "--registry", upstream.url, "--trust", "nowhere")

    assert (ran.code, "'nowhere' does not exist" in ran.err) == (2, True), ran.err
