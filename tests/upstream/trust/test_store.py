"""The folder of trust: its files win, none is half, and one that is wrong is named."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.domains import AllowedIssuer, Thresholds
from imprint.identity.workload import Provider
from imprint.refusals import Malformed
from imprint.upstream.trust.documents import SigningAddresses, TufSource
from imprint.upstream.trust.domain_file import read_domain, render_domain
from imprint.upstream.trust.embedded_files import embedded_domains, embedded_keys
from imprint.upstream.trust.key_file import read_keys, render_keys
from imprint.upstream.trust.registry_labels import default_host, label_of
from imprint.upstream.trust.store import keep_domain, keep_keys, load_trust
from tests.support.trust import HOST, ISSUER, domain_document, keys_document, raw_keys, raw_root

REGISTRY_HOSTS = re.compile(rb"npmjs\.(org|com)|pypi\.org|jsr\.io")


def file_of(document, **changes):
    return json.dumps({**json.loads(render_domain(document)), **changes}).encode()


# --- what ships ---------------------------------------------------------------------------------


def test_three_domains_and_the_default_registrys_keys_ship(tmp_path):
    trust = load_trust(tmp_path / "nothing")

    assert [domain.name for domain in trust.domains] == [
        "public-good",
        "github-internal",
        "staging",
    ]
    assert list(trust.kept_keys) == ["default"]
    assert {kept.place for kept in trust.kept_domains.values()} == {"embedded"}


def test_each_embedded_domain_owes_what_its_instance_can_give(tmp_path):
    trust = load_trust(tmp_path)

    owed = {domain.name: domain.thresholds for domain in trust.domains}
    assert owed["public-good"] == owed["staging"] == Thresholds()
    assert owed["github-internal"] == Thresholds(log_entries=0, certificate_timestamps=0, times=1)


def test_only_github_signs_in_its_internal_domain(tmp_path):
    (issuer,) = load_trust(tmp_path).domain("github-internal").issuers

    assert issuer.provider is Provider.GITHUB
    assert issuer.organizations


def test_ci_providers_of_npm_sign_in_the_public_one(tmp_path):
    issuers = load_trust(tmp_path).domain("public-good").issuers

    assert {issuer.provider for issuer in issuers} == {
        Provider.GITHUB,
        Provider.GITLAB,
        Provider.CIRCLECI,
    }
    assert [issuer.provider for issuer in issuers if issuer.organizations] == [
        Provider.GITHUB,
        Provider.CIRCLECI,
    ]


def test_staging_vouches_for_nothing(tmp_path):
    trust = load_trust(tmp_path)

    assert [domain.name for domain in trust.believed] == ["public-good", "github-internal"]


def test_embedded_roots_and_keys_can_be_read(tmp_path):
    trust = load_trust(tmp_path)

    assert all(domain.root.signing_authorities for domain in trust.domains)
    assert trust.kept_keys["default"].keys.keys


def test_no_embedded_file_names_a_package_registrys_host():
    files = {**embedded_domains(), **embedded_keys()}

    assert [name for name, raw in files.items() if REGISTRY_HOSTS.search(raw)] == []


# --- the folder ---------------------------------------------------------------------------------


def test_a_file_stands_for_the_whole_domain(tmp_path):
    keep_domain(tmp_path, domain_document(name="public-good"))

    trust = load_trust(tmp_path)

    assert trust.domain("public-good").issuers == (ISSUER,)
    assert len(trust.domain("public-good").root.signing_authorities) == 1
    assert trust.kept_domains["public-good"].place == str(tmp_path / "public-good.json")


def test_a_domain_of_its_own_stands_beside_the_embedded_ones(tmp_path):
    keep_domain(tmp_path, domain_document())

    assert [domain.name for domain in load_trust(tmp_path).domains] == [
        "public-good",
        "github-internal",
        "private",
        "staging",
    ]


def test_a_registrys_keys_are_found_by_its_address(tmp_path):
    keep_keys(tmp_path, keys_document(label=f"{HOST}:4873"))

    trust = load_trust(tmp_path)

    assert len(trust.keys_of(f"http://{HOST.upper()}:4873/npm/").keys) == 2
    assert trust.keys_of(f"https://{HOST}/") is None


def test_the_default_registrys_keys_have_a_neutral_label(tmp_path):
    trust = load_trust(tmp_path)

    assert label_of(f"https://{default_host()}/") == "default"
    assert label_of(f"https://{default_host()}:8443/") == f"{default_host()}:8443"
    assert trust.keys_of(f"https://{default_host()}/") == trust.kept_keys["default"].keys


@pytest.mark.parametrize(
    "url",
    [
        "",
        "registry",
        "ftp://h",
        "https://",
        "https://a:x/",
        "https://a..b/",
        "//h",
        # Its keys would be kept, and believed, as those of npm's default registry.
        "https://default/",
    ],
)
def test_what_is_no_address_of_a_registry_has_no_label(url):
    with pytest.raises(Malformed) as caught:
        label_of(url)

    assert caught.value.code == "registry-url"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 2}, "`schema` is `2`"),
        ({"schema": True}, "`schema` is `True`"),
        ({"name": "../private"}, "`name` is `../private`"),
        ({"updated_at": "2026-01-01T00:00:00"}, "a time with its zone"),
        ({"updated_at": "yesterday"}, "`updated_at` is `yesterday`"),
        ({"issuers": []}, "`issuers` is no list"),
        ({"issuers": [{"url": "https://ci.example.test", "provider": "x"}]}, "`provider` is `x`"),
        ({"issuers": [{"url": "http://ci.example.test", "provider": "generic"}]}, "issuer URL"),
        ({"thresholds": {}}, "threshold `log_entries`"),
        (
            {"thresholds": {"log_entries": 0, "certificate_timestamps": 0, "times": 0}},
            "threshold `times` is `0`",
        ),
        ({"signing": {"rekor": "https://sign.example.test"}}, "no `fulcio`"),
        ({"signing": {"fulcio": "http://sign.example.test"}}, "address of `fulcio`"),
        ({"tuf": {"repository": "file:///etc"}}, "address of `repository`"),
        ({"trusted_root": []}, "`trusted_root` is no JSON object"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path, changes, said):
    path = tmp_path / "private.json"
    path.write_bytes(file_of(domain_document(), **changes))

    with pytest.raises(Malformed) as caught:
        load_trust(tmp_path)

    assert str(path) in caught.value.message
    assert said in caught.value.message


def test_half_a_file_is_named(tmp_path):
    path = tmp_path / "private.json"
    path.write_bytes(render_domain(domain_document())[:500])

    with pytest.raises(Malformed, match=re.escape(str(path))) as caught:
        load_trust(tmp_path)

    assert caught.value.code == "trust-file"


def test_a_root_that_is_none_is_named_when_it_is_asked_for(tmp_path):
    path = keep_domain(tmp_path, domain_document(raw_trusted_root=b'{"mediaType": "text/plain"}'))
    trust = load_trust(tmp_path)

    with pytest.raises(Malformed, match=re.escape(str(path))) as caught:
        trust.domain("private")

    assert caught.value.code == "malformed-trusted-root"


def test_keys_that_are_none_are_named_when_they_are_asked_for(tmp_path):
    path = keep_keys(tmp_path, keys_document(raw_keys=b'{"keys": []}'))
    trust = load_trust(tmp_path)

    with pytest.raises(Malformed, match=re.escape(str(path))) as caught:
        trust.keys_of(f"https://{HOST}/")

    assert caught.value.code == "malformed-key-set"


def test_a_file_of_another_domain_than_its_name_says_is_refused(tmp_path):
    (tmp_path / "public-good.json").write_bytes(render_domain(domain_document()))

    with pytest.raises(Malformed, match="is of `private`"):
        load_trust(tmp_path)


def test_what_an_interrupted_write_left_is_passed_over(tmp_path):
    (tmp_path / ".private.json-0.json").write_bytes(b"{")

    assert load_trust(tmp_path).domain("private") is None


def test_a_write_that_fails_leaves_nothing(tmp_path):
    (tmp_path / "private.json").mkdir()

    with pytest.raises(Malformed) as caught:
        keep_domain(tmp_path, domain_document())

    assert caught.value.message.startswith("cannot write `")
    assert [path.name for path in tmp_path.iterdir()] == ["private.json"]


def test_a_folder_that_is_a_file_is_named(tmp_path):
    path = tmp_path / "trust"
    path.write_text("")

    with pytest.raises(Malformed, match="cannot read"):
        load_trust(path)


# --- digests ------------------------------------------------------------------------------------


def test_a_renewal_that_brings_nothing_new_keeps_the_digest():
    before = domain_document(updated_at=1.0, source="one")
    after = domain_document(updated_at=2.0, source="another", tuf=TufSource(repository="https://t"))

    assert before.digest == after.digest


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other"},
        {"thresholds": Thresholds(times=2)},
        {"issuers": (AllowedIssuer(url="https://o.test", provider=Provider.GENERIC),)},
        {"raw_trusted_root": raw_root("another")},
    ],
)
def test_whatever_a_verdict_depends_on_changes_the_digest(changes):
    assert domain_document(**changes).digest != domain_document().digest


def test_the_digest_of_all_trust_changes_with_each_part(tmp_path):
    folders = [tmp_path / name for name in ("a", "b", "c")]
    keep_domain(folders[1], domain_document())
    keep_keys(folders[2], keys_document())

    assert len({load_trust(folder).digest for folder in folders}) == 3


# --- files and values ---------------------------------------------------------------------------

hosts = st.from_regex(r"[a-z][a-z0-9]{0,10}\.test", fullmatch=True)
urls = hosts.map(lambda host: f"https://{host}")
issuers = st.builds(
    AllowedIssuer, url=urls, provider=st.sampled_from(Provider), organizations=st.booleans()
)
documents = st.builds(
    domain_document,
    name=st.from_regex(r"[a-z0-9](-?[a-z0-9]){0,20}", fullmatch=True),
    source=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
    updated_at=st.integers(0, 4_000_000_000).map(float),
    thresholds=st.builds(
        Thresholds,
        log_entries=st.integers(0, 16),
        certificate_timestamps=st.integers(0, 16),
        times=st.integers(1, 16),
    ),
    issuers=st.lists(issuers, min_size=1, max_size=3).map(tuple),
    signing=st.none() | st.builds(SigningAddresses, fulcio=urls, rekor=urls | st.none()),
    tuf=st.none() | st.builds(TufSource, repository=urls, root=st.sampled_from([None, b"{}"])),
)


@given(documents)
def test_a_domain_is_read_as_it_was_written(document):
    assert read_domain(render_domain(document)) == document


def test_keys_are_read_as_they_were_written():
    document = keys_document(domain="private", raw_keys=raw_keys("a", "b"))

    assert read_keys(render_keys(document)) == document


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
members = st.sampled_from(
    [
        "schema",
        "name",
        "source",
        "updated_at",
        "thresholds",
        "issuers",
        "signing",
        "tuf",
        "trusted_root",
        "registry",
        "domain",
        "keys",
    ]
)


def message_of(read, raw):
    try:
        read(raw)
    except Malformed as err:
        return err.message
    return ""


@pytest.mark.parametrize(
    ("read", "whole"),
    [
        (read_domain, json.loads(render_domain(domain_document()))),
        (read_keys, json.loads(render_keys(keys_document()))),
    ],
    ids=["domain", "keys"],
)
@given(changes=st.dictionaries(members, values, max_size=3), cut=st.integers(0, 200))
def test_reading_raises_nothing_but_malformed(read, whole, changes, cut):
    raw = json.dumps({**whole, **changes}).encode()

    messages = [message_of(read, text) for text in (raw, raw[:-cut], raw[cut:])]

    assert not any("\n" in message for message in messages)
