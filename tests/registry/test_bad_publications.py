"""Bad input of every kind: one clear sentence with a 4xx, and no trace in tables or blobs."""

from __future__ import annotations

import gzip
import io
import json
import tarfile

import pytest

from imprint.publishers.credentials import SecretKind, make_secret
from tests.support.tarballs import publish_body, tarball

NAME = "@acme/widget"
FILE = f"{NAME}-1.0.0.tgz"


@pytest.fixture
def refuses(world, widget):
    """Sends something, and holds that it was refused in one sentence and left nothing."""

    def send(body, *, token=None, path="/@acme%2fwidget", method="PUT", **headers):
        before = (world.row_counts(), world.blob_files(), world.packument().body)
        answer = world.request(
            method, path, body=body, token=widget.token if token is None else token, **headers
        )
        assert 400 <= answer.status < 500, answer.body
        assert_one_sentence(answer)
        assert (world.row_counts(), world.blob_files(), world.packument().body) == before
        return answer

    return send


def assert_one_sentence(answer):
    text = answer.json["message"]
    assert answer.json["error"] == answer.json["body"]["message"] == text
    assert text.isprintable()
    assert 10 < len(text) < 700
    assert answer.notice.isascii()


def edited(**changes):
    """The body of npm with members of its document replaced; None takes one out."""
    document = json.loads(publish_body())
    merged = {**document, **changes}
    return json.dumps({k: v for k, v in merged.items() if v is not None}).encode()


def version_of(**changes):
    """The body of npm with members of its one version replaced."""
    document = json.loads(publish_body())
    (manifest,) = document["versions"].values()
    return edited(versions={"1.0.0": {**manifest, **changes}})


def packed(*members: tarfile.TarInfo, package_json: bytes | None = None) -> bytes:
    """A tarball of a good package.json and these members, whatever they are."""
    described = (
        b'{"name":"@acme/widget","version":"1.0.0"}' if package_json is None else package_json
    )
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        first = tarfile.TarInfo("package/package.json")
        first.size = len(described)
        archive.addfile(first, io.BytesIO(described))
        for member in members:
            archive.addfile(member, io.BytesIO(bytes(member.size)))
    return gzip.compress(raw.getvalue(), mtime=0)


def member(path, *, kind=tarfile.REGTYPE, link="", size=0):
    entry = tarfile.TarInfo(path)
    entry.type, entry.linkname, entry.size = kind, link, size
    return entry


BODIES = {
    "nothing": (b"", "malformed-json"),
    "no JSON": (b"{", "malformed-json"),
    "not UTF-8": (b'{"name": "\xff"}', "malformed-json"),
    "a list": (b"[]", "malformed-json"),
    "a name twice": (b'{"name": "a", "name": "b"}', "malformed-json"),
    "NaN": (b'{"name": NaN}', "malformed-json"),
    "half a surrogate": (b'{"name": "\\ud800"}', "malformed-json"),
    "100,000 arrays": (b"[" * 100_000 + b"]" * 100_000, "json-too-deep"),
    "100,000 objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "json-too-deep"),
    "a huge integer": (b'{"name": ' + b"9" * 100_000 + b"}", "malformed-json"),
    "an empty object": (b"{}", "malformed-body"),
    "versions of another type": (edited(versions=[]), "malformed-body"),
    "no version": (edited(versions={}), "malformed-body"),
    "two versions": (
        edited(versions={v: {"name": NAME, "version": v} for v in ("1.0.0", "1.0.1")}),
        "malformed-body",
    ),
    "an unknown access": (edited(access="everybody"), "malformed-body"),
    "another name": (edited(name="@acme/gadget"), "name-mismatch"),
    "another id": (edited(_id="@acme/gadget"), "name-mismatch"),
    "another package's manifest": (version_of(name="@acme/gadget"), "name-mismatch"),
    "another version's manifest": (version_of(version="1.0.1"), "version-mismatch"),
    "a wrong integrity": (
        version_of(dist={"integrity": "sha512-" + "A" * 86 + "=="}),
        "integrity-mismatch",
    ),
    "a wrong shasum": (version_of(dist={"shasum": "0" * 40}), "integrity-mismatch"),
    "an integrity that is none": (
        version_of(dist={"integrity": "sha512-x"}),
        "malformed-integrity",
    ),
    "no attachment": (edited(_attachments=None), "missing-tarball"),
    "a traversing attachment": (
        edited(_attachments={"../../../etc/passwd.tgz": {"data": "AAAA"}}),
        "attachment-name",
    ),
    "an attachment of another version": (
        edited(_attachments={f"{NAME}-1.0.1.tgz": {"data": "AAAA"}}),
        "attachment-name",
    ),
    "an attachment that is no base64": (
        edited(_attachments={FILE: {"data": "%%%"}}),
        "attachment-encoding",
    ),
    "an attachment of another length": (
        edited(_attachments={FILE: {"data": "AAAA", "length": 7}}),
        "attachment-length",
    ),
    "a tag that points elsewhere": (
        edited(**{"dist-tags": {"latest": "0.1.0"}}),
        "version-mismatch",
    ),
    "a tag like a version": (edited(**{"dist-tags": {"1.0.0": "1.0.0"}}), "invalid-dist-tag"),
    "a tag like a range": (edited(**{"dist-tags": {"^1": "1.0.0"}}), "invalid-dist-tag"),
    "a tag that traverses": (edited(**{"dist-tags": {"../x": "1.0.0"}}), "invalid-dist-tag"),
    "a tag with a NUL": (edited(**{"dist-tags": {"a\x00b": "1.0.0"}}), "invalid-dist-tag"),
    "a bundle that is no JSON": (
        publish_body(attachments={f"{NAME}-1.0.0.sigstore": {"data": "no", "length": 2}}),
        "malformed-bundle",
    ),
}


@pytest.mark.parametrize(("body", "code"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_not_npms_is_refused(refuses, body, code):
    answer = refuses(body)

    assert (answer.status, answer.code) == (400, code)


@pytest.mark.parametrize(
    "version",
    ["__proto__", "constructor", "latest", "1", "1.0", "01.0.0", "v1.0.0", "1.0.0 ", "../1.0.0",
     "1.0.0\x00", "1.0.0-" + "a" * 300, "", "9" * 30 + ".0.0"],
)  # fmt: skip
def test_what_is_no_version_is_refused(refuses, version):
    answer = refuses(publish_body(version=version))

    assert answer.status == 400
    assert answer.code in ("invalid-version", "malformed-body")


@pytest.mark.parametrize("tag", ["__proto__", "constructor", "toString", "hasOwnProperty"])
def test_a_tag_that_javascript_knows_is_refused(refuses, tag):
    answer = refuses(publish_body(tag=tag))

    assert (answer.status, answer.code) == (400, "invalid-dist-tag")


TARBALLS = {
    "another package's": (tarball("@acme/gadget"), "name-mismatch"),
    "another version's": (tarball(version="1.0.1"), "version-mismatch"),
    "no gzip": (b"plain bytes", "malformed-tarball"),
    "empty": (b"", "malformed-tarball"),
    "half a gzip": (tarball()[:-20], "malformed-tarball"),
    "no tar": (gzip.compress(b"x" * 2000, mtime=0), "malformed-tarball"),
    "no package.json": (
        gzip.compress(bytes(1024), mtime=0),
        "tarball-no-package-json",
    ),
    "package.json that is no JSON": (packed(package_json=b"{"), "malformed-package-json"),
    "package.json with a name twice": (
        packed(package_json=b'{"name":"@acme/widget","name":"x","version":"1.0.0"}'),
        "malformed-package-json",
    ),
    "a symbolic link": (
        packed(member("package/link", kind=tarfile.SYMTYPE, link="/etc/passwd")),
        "tarball-link",
    ),
    "a hard link": (
        packed(member("package/link", kind=tarfile.LNKTYPE, link="package/package.json")),
        "tarball-link",
    ),
    "a device": (packed(member("package/null", kind=tarfile.CHRTYPE)), "tarball-entry-type"),
    "a fifo": (packed(member("package/pipe", kind=tarfile.FIFOTYPE)), "tarball-entry-type"),
    "an absolute path": (packed(member("/etc/passwd")), "tarball-path"),
    "a path that leaves": (packed(member("package/../../etc/passwd")), "tarball-path"),
    "a backslash": (packed(member("package\\..\\x")), "tarball-path"),
    "a drive": (packed(member("package/C:/x")), "tarball-path"),
    "a file twice": (packed(member("package/a"), member("package/a")), "tarball-path"),
    "two files that differ in case": (
        packed(member("package/a.js"), member("package/A.js")),
        "tarball-path",
    ),
    "another root": (packed(member("elsewhere/a")), "tarball-path"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "code"), TARBALLS.values(), ids=TARBALLS)
def test_a_tarball_that_is_no_honest_package_is_refused(refuses, data, code):
    answer = refuses(publish_body(data=data))

    assert (answer.status, answer.code) == (400, code)


def test_a_bomb_is_refused_before_it_goes_off(refuses):
    bomb = packed(member("package/zeros", size=40 * 1024 * 1024))

    answer = refuses(publish_body(data=bomb))

    assert (answer.status, answer.code) == (413, "tarball-too-large")


def test_a_body_of_100_megabytes_is_refused_for_its_size(refuses):
    answer = refuses(b" " * 100_000_000)

    assert (answer.status, answer.code) == (413, "body-too-large")
    assert answer.json["message"] == "the request body is larger than 67108864 bytes"


def test_a_body_that_claims_to_be_huge_is_refused_without_being_read_to_its_end(refuses):
    answer = refuses(b"{}", content_length="999999999999")

    assert (answer.status, answer.code) == (413, "body-too-large")


def test_a_compressed_body_is_not_taken(refuses):
    answer = refuses(gzip.compress(publish_body()), content_encoding="gzip")

    assert answer.status == 400


def test_an_existing_version_is_refused_in_the_words_that_users_know(refuses):
    answer = refuses(publish_body(version="0.1.0", tag="next"))

    assert (answer.status, answer.code) == (403, "version-exists")
    assert answer.json["message"] == (
        "You cannot publish over the previously published versions: 0.1.0."
    )


@pytest.mark.parametrize(
    "path",
    ["/@acme%2f..", "/@acme%2fwid%2fget", "/..%2f..%2fx", "/@acme%252fwidget", "/%00", "/@acme/", "/.widget",
     "/WIDGET", "/node_modules", "/favicon.ico", "/" + "a" * 215, "/a%2fb", "/-"],
)  # fmt: skip
def test_a_name_that_no_package_may_have_is_refused(refuses, path):
    answer = refuses(publish_body(), path=path)

    assert answer.status in (400, 404, 405)


TOKENS = {
    "setup-node's placeholder": ("XXXXX-XXXXX-XXXXX-XXXXX", "setup-node-placeholder"),
    "a variable nobody set": ("${NODE_AUTH_TOKEN}", "unset-variable"),
    "GitHub's token": ("ghs_" + "a" * 36, "forge-token"),
    "GitLab's token": ("glpat-" + "a" * 20, "forge-token"),
    "another registry's token": ("npm_" + "a" * 36, "foreign-token"),
    "an ID token": ("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln", "id-token-as-token"),
    "a damaged token": ("imp_t_" + "a" * 49, "damaged-token"),
    "a token nobody made": (make_secret(b"x" * 32, SecretKind.TOKEN).reveal(), "unknown-token"),
    "a very long token": ("x" * 20_000, "authorization-scheme"),
}


@pytest.mark.parametrize(("token", "code"), TOKENS.values(), ids=TOKENS)
def test_a_token_that_is_none_is_named_for_what_it_is(refuses, token, code):
    answer = refuses(publish_body(), token=token)

    assert (answer.status, answer.code) == (401, code)


@pytest.mark.parametrize("token", ["ghs_" + "a" * 36, "imp_t_" + "a" * 49, "imp_p_" + "b" * 49])
def test_a_token_is_never_quoted_back(refuses, token):
    answer = refuses(publish_body(), token=token)

    assert token[6:] not in answer.body.decode() + answer.notice


def test_nothing_of_a_stranger_is_unpacked(world, widget):
    answer = world.put("XXXXX-XXXXX-XXXXX-XXXXX", body=b"{ this is not even JSON")

    assert (answer.status, answer.code) == (401, "setup-node-placeholder")


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "TRACE", "BREW"])
def test_a_package_does_not_take_other_methods(refuses, method):
    answer = refuses(publish_body(), method=method)

    assert (answer.status, answer.code) == (405, "method-not-allowed")


def test_staging_refuses_the_same(refuses, world):
    answer = refuses(
        publish_body(data=tarball("@acme/gadget")),
        path="/-/stage/package/@acme%2fwidget",
        method="POST",
    )

    assert (answer.status, answer.code) == (400, "name-mismatch")


def test_the_exchange_leaves_no_row_for_a_token_that_is_not_proved(refuses, world):
    id_token = world.signer.sign(world.claims(iss="https://nobody.example.test"))

    answer = refuses(
        b"",
        token=id_token,
        path="/-/npm/v1/oidc/token/exchange/package/@acme%2fwidget",
        method="POST",
    )

    assert (answer.status, answer.code) == (401, "unsupported-issuer")
