"""Secrets and publish credentials: form, silence, and what a credential may still do."""

import copy
import hashlib
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from imprint.npm.names import PackageName
from imprint.publishers.credentials import (
    LIFETIME_SECONDS,
    PublishCredential,
    Secret,
    SecretKind,
    Use,
    hash_of,
    judge_artifact,
    judge_read,
    judge_use,
    make_secret,
    parse_secret,
)
from tests.support.claims import NOW
from tests.support.publishers import PACKAGE, github_run, limits, publisher

BYTES = bytes(range(32))
KINDS = st.sampled_from(list(SecretKind))


def credential(**overrides) -> PublishCredential:
    values = {
        "id": "0b8f6f1e-0000-4000-8000-000000000001",
        "publisher_id": publisher().id,
        "publisher_revision": 1,
        "package": PACKAGE,
        "limits": limits(),
        "workload": github_run(),
        "created_at": NOW,
        "expires_at": NOW + LIFETIME_SECONDS,
        "address": "192.0.2.1",
        **overrides,
    }
    return PublishCredential(**values)


def refusal_of(found):
    assert found is not None
    return found


def judged(given_credential=None, **overrides):
    values = {
        "use": Use.PUBLISH,
        "package": PACKAGE,
        "now": NOW + 1,
        "publisher_revision": 1,
        **overrides,
    }
    return judge_use(given_credential or credential(), **values)


@pytest.mark.case("H01")
def test_a_secret_has_a_prefix_a_length_and_a_checksum():
    assert make_secret(BYTES, SecretKind.PUBLISH_CREDENTIAL).reveal() == (
        "imp_p_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2D12ZI"
    )
    assert make_secret(b"\xff" * 32, SecretKind.TOKEN).reveal().startswith("imp_t_")


@pytest.mark.case("H01")
@given(st.binary(min_size=32, max_size=32), KINDS)
def test_a_secret_is_recognised(random_bytes, kind):
    secret = make_secret(random_bytes, kind)

    found = parse_secret(secret.reveal())

    assert len(secret.reveal()) == 55
    assert found is not None
    assert (found.kind, found.secret) == (kind, secret)


@pytest.mark.case("H01")
@given(
    st.binary(min_size=32, max_size=32),
    KINDS,
    st.integers(0, 54),
    st.sampled_from("0aZ_-.~ \n\u00e9\u0660"),
)
def test_a_secret_with_one_character_changed_is_none(random_bytes, kind, position, character):
    text = make_secret(random_bytes, kind).reveal()
    changed = text[:position] + character + text[position + 1 :]

    assert (parse_secret(changed) is not None) == (changed == text)


@pytest.mark.case("H01")
def test_what_is_cut_lengthened_or_of_another_kind_is_none():
    text = make_secret(BYTES, SecretKind.PUBLISH_CREDENTIAL).reveal()

    for wrong in (
        "",
        "imp_p_",
        text[:-1],
        text + "0",
        " " + text,
        text + "\n",
        text.replace("imp_p_", "imp_t_"),
        text.replace("imp_p_", "npm_"),
        "ghp_" + "a" * 36,
    ):
        assert parse_secret(wrong) is None


def test_a_damaged_secret_still_says_what_it_was_meant_to_be():
    assert SecretKind.of_prefix("imp_t_xyz") is SecretKind.TOKEN
    assert SecretKind.of_prefix("npm_xyz") is None


@given(st.text(max_size=60))
def test_any_text_is_a_secret_or_none(text):
    assert parse_secret(text) is None
    assert parse_secret("imp_p_" + text) is None
    assert len(hash_of(text)) == 64


def test_a_secret_takes_exactly_its_random_bytes():
    with pytest.raises(ValueError, match="32 random bytes, not 16"):
        make_secret(b"x" * 16, SecretKind.TOKEN)


def test_a_secret_says_nothing_of_itself():
    secret = Secret("imp_p_hidden")

    assert f"{secret} {secret!r} {[secret]}".count("hidden") == 0
    assert "hidden" not in str(parse_secret(make_secret(BYTES, SecretKind.TOKEN).reveal()))
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)


def test_secrets_are_equal_by_their_text():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


@pytest.mark.case("H02")
def test_only_a_hash_is_stored():
    secret = make_secret(BYTES, SecretKind.TOKEN)

    assert hash_of(secret) == hashlib.sha256(secret.reveal().encode()).hexdigest()
    assert hash_of(secret) == hash_of(secret.reveal())


@pytest.mark.parametrize("use", list(Use))
def test_a_fresh_credential_is_good_for_its_package(use):
    assert judged(use=use) is None


@pytest.mark.case("H03")
@pytest.mark.parametrize(
    ("after_seconds", "is_good"),
    [(-61, False), (-60, True), (0, True), (899.9, True), (900, False), (901, False)],
)
def test_a_credential_lives_fifteen_minutes(after_seconds, is_good):
    refusal = judged(now=NOW + after_seconds)

    assert (refusal is None) is is_good
    if refusal is not None:
        assert refusal.code == "credential-expired"
        assert refusal.message == "the publish credential expired: it lives 15 minutes"


@pytest.mark.case("H03")
def test_no_credential_lives_longer_whatever_it_says_of_itself():
    refusal = judged(credential(expires_at=NOW + 86_400), now=NOW + LIFETIME_SECONDS)

    assert refusal.code == "credential-expired"


@pytest.mark.case("H04", "J08")
def test_a_credential_for_another_package_is_refused_naming_both():
    refusal = judged(package=PackageName.parse("@acme/other"))

    assert refusal.code == "wrong-package"
    assert refusal.message == "the publish credential is for `@acme/rocket`, not for `@acme/other`"
    assert refusal.hint == ("look for the refused exchange of `@acme/other` earlier in the log")


@pytest.mark.case("H09", "H10")
@pytest.mark.parametrize(("revision", "what"), [(None, "removed or disabled"), (2, "changed")])
def test_a_credential_dies_with_its_publisher(revision, what):
    refusal = judged(publisher_revision=revision)

    assert refusal.code == "publisher-changed"
    assert refusal.message == (
        f"the trusted publisher was {what} since this publish credential was issued"
    )


@pytest.mark.case("H11")
def test_a_package_that_was_made_again_is_another_package():
    bound = credential(package_id="first")

    assert judged(bound, package_id="first") is None
    assert judged(bound, package_id="second").code == "wrong-package"
    assert judged(bound, package_id=None).code == "wrong-package"
    assert judged(credential(package_id=None), package_id="new") is None


@pytest.mark.case("H14")
def test_a_spent_credential_publishes_no_second_version():
    spent = credential(spent_version="1.0.0")

    refusal = judged(spent, version="1.0.1")

    assert refusal.code == "credential-spent"
    assert refusal.message == (
        "the publish credential has published `1.0.0`: it is good for one publication"
    )
    assert judged(spent, use=Use.STAGE, version="1.0.1").code == "credential-spent"
    assert judged(spent).code == "credential-spent"


@pytest.mark.case("H14")
def test_a_spent_credential_may_repeat_its_version_and_tag_it():
    spent = credential(spent_version="1.0.0")

    assert judged(spent, version="1.0.0") is None
    assert judged(spent, use=Use.DIST_TAG) is None


def test_a_credential_for_dist_tags_alone_publishes_nothing():
    tagging = credential(dist_tag_only=True)

    assert judged(tagging, use=Use.DIST_TAG) is None
    for use in (Use.PUBLISH, Use.STAGE):
        assert judged(tagging, use=use, version="1.0.0").code == "credential-spent"


@pytest.mark.case("H15")
def test_a_revoked_credential_is_good_for_nothing():
    revoked = credential(revoked_at=NOW)

    assert judged(revoked).code == "credential-revoked"
    reading = judge_read(revoked, package=PACKAGE, now=NOW, publisher_revision=1)
    assert refusal_of(reading).code == "credential-revoked"


@pytest.mark.case("H10")
@pytest.mark.parametrize("revision", [None, 2])
def test_a_credential_that_died_with_its_publisher_does_not_even_read(revision):
    refusal = judge_read(credential(), package=PACKAGE, now=NOW, publisher_revision=revision)

    assert refusal_of(refusal).code == "publisher-changed"


@pytest.mark.case("H08")
def test_a_credential_reads_its_package_also_when_it_is_spent():
    spent = credential(spent_version="1.0.0", package_id="first")

    assert judge_read(spent, package=PACKAGE, now=NOW, publisher_revision=1) is None
    other = judge_read(spent, package=PackageName.parse("other"), now=NOW, publisher_revision=1)
    assert refusal_of(other).code == "wrong-package"
    late = judge_read(spent, package=PACKAGE, now=NOW + 900, publisher_revision=1)
    assert refusal_of(late).code == "credential-expired"


@pytest.mark.case("H13")
def test_a_credential_may_be_bound_to_one_tarball():
    bound = credential(version="1.0.0", sha512="a" * 128)

    assert judge_artifact(bound, version="1.0.0", sha512="a" * 128) is None
    assert refusal_of(judge_artifact(bound, version="1.0.1", sha512="a" * 128)).message == (
        "the credential is for version `1.0.0`, not for `1.0.1`"
    )
    assert (
        refusal_of(judge_artifact(bound, version="1.0.0", sha512="b" * 128)).code
        == "wrong-artifact"
    )
    assert judge_artifact(credential(), version="9.9.9", sha512="b" * 128) is None


@pytest.mark.case("H16")
def test_a_credential_cannot_be_changed_by_whoever_holds_it():
    widened = replace(credential(), package=PackageName.parse("@acme/other"))

    assert widened != credential()
    with pytest.raises(AttributeError):
        setattr(credential(), "package", widened.package)  # noqa: B010  (mypy knows it too)
