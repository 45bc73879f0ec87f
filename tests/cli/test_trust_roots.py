"""`imprint trust-roots …`: what is believed, and renewing it."""

import json
from datetime import UTC, datetime

import pytest

from imprint.upstream.trust.store import keep_domain, keep_keys, load_trust
from tests.support.trust import (
    HOST,
    domain_document,
    keys_document,
    raw_config,
    raw_keys,
    raw_root,
    serving,
    tuf_repository,
    write_repository,
)

ISSUER = ("--issuer", "https://ci.example.test=github")
KEYS_TARGET = f"{HOST}/keys.json"
REGISTRY = ("--registry", f"https://{HOST}/")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "trust"


@pytest.fixture
def roots(imprint, folder):
    """Runs `imprint trust-roots …` on the folder."""
    return lambda *words: imprint("trust-roots", *words, "--trust", str(folder))


@pytest.fixture
def written(tmp_path):
    """Writes a file that is given to a command."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return write


@pytest.fixture
def published(tmp_path):
    """A TUF repository in a folder, with a root and a registry's keys."""
    repository = tuf_repository({"trusted_root.json": raw_root(), KEYS_TARGET: raw_keys()})
    write_repository(repository, tmp_path / "published")
    return repository


@pytest.fixture
def tuf(tmp_path, published, written):
    """The options that name it."""
    with serving(tmp_path / "published") as address:
        yield ("--tuf", address, "--root", written("root.json", published.root))


def content(folder):
    """What is believed: not the metadata that is kept of TUF repositories."""
    files = [*folder.glob("*.json"), *folder.glob("keys/*.json")]
    return {path: path.read_bytes() for path in files}


# --- show ---------------------------------------------------------------------------------------


def test_everything_that_is_believed_is_shown(roots, folder):
    keep_domain(folder, domain_document())
    keep_keys(folder, keys_document())

    ran = roots("show")

    assert ran.code == 0
    assert f"folder of trust: {folder}\n" in ran.out
    assert "\npublic-good: of 2026-08-21, " in ran.out
    assert f", {folder / 'private.json'}\n" in ran.out
    assert "  issuer: https://ci.example.test (github)\n" in ran.out
    assert f"\nkeys of the registry {HOST}: of 2026-" in ran.out


def test_it_is_shown_for_programs_too(roots, folder):
    keep_keys(folder, keys_document())

    shown = roots("show", "--format", "json").json

    assert shown["summary"]["domains"] == 3
    public = shown["domains"][0]
    assert public["place"] == "embedded"
    assert public["thresholds"] == {"log_entries": 1, "certificate_timestamps": 1, "times": 1}
    assert len(public["authorities"]) == 2
    assert [key["usages"] for key in shown["keys"][1]["keys"]] == [
        ["npm:signatures"],
        ["npm:attestations"],
    ]


def test_what_is_stale_is_shown_and_fails_where_that_is_asked_for(roots, folder):
    keep_domain(folder, domain_document(updated_at=1_700_000_000.0))

    ran, strict = roots("show"), roots("show", "--strict")

    assert "  stale: the roots of the trust domain `private` are `" in ran.out
    assert (ran.code, strict.code) == (0, 1)


def test_a_file_that_cannot_be_read_is_named(roots, folder):
    path = keep_domain(folder, domain_document())
    path.write_bytes(b"{")

    ran = roots("show")

    assert ran.code == 2
    assert f"error: `{path}` is not good: the trust domain is not JSON" in ran.err


def test_a_registrys_folder_is_the_one_of_its_settings(registry):
    keep_domain(registry.data / "trust", domain_document())

    shown = registry.local("trust-roots", "show", "--format", "json").json

    assert shown["folder"] == str(registry.data / "trust")
    assert shown["summary"]["domains"] == 4


def test_ones_own_folder_is_where_data_is_kept(imprint, tmp_path):
    ran = imprint("trust-roots", "show", "--format", "json", XDG_DATA_HOME=str(tmp_path / "xdg"))

    assert ran.json["folder"] == str(tmp_path / "xdg" / "imprint" / "trust")


def test_a_variable_may_name_the_folder(imprint, tmp_path):
    ran = imprint("trust-roots", "show", "--format", "json", IMPRINT_TRUST=str(tmp_path / "t"))

    assert ran.json["folder"] == str(tmp_path / "t")


def test_the_health_check_warns_of_old_trust_and_fails_where_a_setting_says_so(registry):
    old = domain_document(updated_at=1_700_000_000.0)
    keep_domain(registry.data / "trust", old)

    ran = registry.admin("check")
    strict = registry.admin("check", "--format", "json", IMPRINT_TRUST_MAX_AGE_DAYS="100")

    assert "warning: the roots of the trust domain `private` are `" in ran.err
    states = {check["name"]: check["state"] for check in strict.json["checks"]}
    assert states["trust"] == "failed"


# --- update from files --------------------------------------------------------------------------


def test_a_private_domain_comes_from_its_configuration(roots, folder, written):
    ran = roots("update", "--file", written("trust_config.json", raw_config()), *ISSUER)

    assert ran.code == 0, ran.err
    kept = load_trust(folder).kept_domains["private"].document
    assert kept.source == "file trust_config.json"
    assert kept.signing.rekor == "https://sign.example.test"
    assert [issuer.url for issuer in kept.issuers] == ["https://ci.example.test"]
    assert "  added signing authority https://authority.example.test " in ran.err
    assert ran.out.endswith(f" changes, kept in {folder / 'private.json'}\n")


def test_changes_are_shown_for_programs_too(roots, folder, written):
    keep_domain(folder, domain_document())

    ran = roots(
        *("update", "--file", written("root.json", raw_root()), "--format", "json"),
        *("--threshold", "log-entries=0", "--issuer", "https://ci.example.test/*=github"),
    )

    (domain,) = ran.json["domains"]
    assert domain["changes"] == [
        {
            "kind": "changed",
            "what": "issuer",
            "name": "https://ci.example.test",
            "before": "github",
            "after": "github, its organizations too",
        },
        {
            "kind": "changed",
            "what": "threshold",
            "name": "log_entries",
            "before": "1",
            "after": "0",
        },
    ]


def test_a_renewal_keeps_what_it_does_not_say(roots, folder, written):
    file = written("trust_config.json", raw_config())
    roots("update", "--file", file, *ISSUER, "--threshold", "times=2")

    ran = roots("update", "--file", written("root.json", raw_root("another")))

    kept = load_trust(folder).kept_domains["private"].document
    assert ran.code == 0, ran.err
    assert kept.thresholds.times == 2
    assert kept.signing.fulcio == "https://sign.example.test"
    assert "  removed signing authority " in ran.err


def test_a_rehearsal_writes_nothing(roots, folder, written):
    ran = roots("update", "--file", written("root.json", raw_root()), *ISSUER, "--dry-run")

    assert ran.code == 0
    assert "  added signing authority " in ran.out
    assert not folder.exists()


def test_a_new_domain_says_who_may_sign(roots, written):
    ran = roots("update", "--file", written("root.json", raw_root()))

    assert ran.code == 2
    assert "is new, and nobody is allowed to sign in it" in ran.err
    assert "--issuer URL=github" in ran.err


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{}",
        b"\xff\xfe",
        b'{"trustedRoot": {"mediaType": "x"}}',
        raw_root(tlogs=[{}]),
        raw_root(tlogs=[], timestampAuthorities=[]),
    ],
)
def test_a_file_that_is_wrong_changes_nothing(roots, folder, written, raw):
    keep_domain(folder, domain_document())
    before = content(folder)

    ran = roots("update", "--file", written("root.json", raw))

    assert ran.code == 2
    assert ran.err.startswith("error: ")
    assert content(folder) == before


def test_keys_of_a_registry_come_from_a_file(roots, folder, written):
    roots("update", "--keys", written("keys.json", raw_keys("a")), *REGISTRY)

    ran = roots("update", "--keys", written("keys.json", raw_keys("b")), *REGISTRY)

    assert ran.code == 0, ran.err
    assert len(load_trust(folder).keys_of(f"https://{HOST}").keys) == 2
    assert ran.err.count("  removed key for ") == ran.err.count("  added key for ") == 2


def test_keys_that_are_none_change_nothing(roots, folder, written):
    keep_keys(folder, keys_document())
    before = content(folder)

    ran = roots("update", "--keys", written("keys.json", b'{"keys": [{}]}'), *REGISTRY)

    assert ran.code == 2
    assert content(folder) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--root", "FILE"), "say which trust domain is meant"),
        (ISSUER, "say which trust domain is meant"),
        (REGISTRY, "say which trust domain is meant"),
        (("--keys", "FILE"), "say whose keys they are: --registry URL"),
        (("--keys", "FILE", *REGISTRY, *ISSUER), "--keys goes with --registry alone"),
        (("--file", "FILE", *REGISTRY), "give them with --keys"),
        (("--file", "FILE", "--issuer", "https://ci.test"), "`--issuer` takes URL=PROVIDER"),
        (("--file", "FILE", "--threshold", "sct=1"), "`--threshold` takes NAME=N"),
        (("--file", "FILE", *ISSUER, "--threshold", "times=0"), "threshold `times` is `0`"),
        (("--file", "FILE", *ISSUER, "--domain", "../x"), "the trust domain is called `../x`"),
        (("--domain", "nobody"), "`nobody` has no TUF repository"),
        (("--domain", "github-internal"), "nothing is known of the TUF repository"),
    ],
)
def test_what_cannot_be_meant_is_said(roots, folder, written, words, said):
    file = written("root.json", raw_root())

    ran = roots("update", *(file if word == "FILE" else word for word in words))

    assert ran.code == 2
    assert said in ran.err
    assert not folder.exists()


# --- update through TUF -------------------------------------------------------------------------


def test_a_domain_and_its_registrys_keys_come_through_tuf(roots, folder, tuf):
    ran = roots("update", *tuf, *ISSUER, *REGISTRY)

    trust = load_trust(folder)
    assert ran.code == 0, ran.err
    assert trust.kept_domains["private"].document.tuf.repository == tuf[1]
    assert len(trust.keys_of(f"https://{HOST}").keys) == 2
    assert trust.kept_keys[HOST].document.domain == "private"


def test_what_came_through_tuf_is_renewed_without_a_word_more(
    roots, folder, tuf, tmp_path, published
):
    roots("update", *tuf, *ISSUER, *REGISTRY)
    newer = {"trusted_root.json": raw_root("another"), KEYS_TARGET: raw_keys("another")}
    published.publish(newer, now=datetime.now(UTC))
    write_repository(published, tmp_path / "published")

    ran = roots("update", "--domain", "private")

    assert ran.code == 0, ran.err
    root = json.loads(load_trust(folder).kept_domains["private"].document.raw_trusted_root)
    assert root == json.loads(raw_root("another"))
    assert "  removed key for " in ran.err


def test_without_a_root_the_first_renewal_says_what_is_missing(roots, tuf):
    ran = roots("update", *tuf[:2], *ISSUER)

    assert ran.code == 2
    assert "nothing is known of the TUF repository" in ran.err
    assert "hint: the first time give its root.json" in ran.err


def test_metadata_of_somebody_else_changes_nothing(roots, folder, tuf, written):
    keep_domain(folder, domain_document())
    before = content(folder)
    thief = written("thief.json", tuf_repository(seed="thief").root)

    ran = roots("update", *tuf[:2], "--root", thief)

    assert ran.code == 2
    assert "is not what its root has signed" in ran.err
    assert content(folder) == before


def test_a_repository_that_does_not_answer_could_not_be_asked(roots, folder, tuf, tmp_path):
    roots("update", *tuf, *ISSUER)
    (tmp_path / "published" / "timestamp.json").unlink()
    before = content(folder)

    ran = roots("update", "--domain", "private")

    assert ran.code == 3
    assert "could not be read" in ran.err
    assert content(folder) == before


def test_a_registry_that_the_repository_does_not_know_is_said(roots, folder, tuf):
    ran = roots("update", *tuf, *ISSUER, "--registry", "https://other.example.test")

    assert ran.code == 2
    assert "has no target `other.example.test/keys.json`" in ran.err
    assert not (folder / "private.json").exists()


def test_all_that_can_be_renewed_is_and_what_cannot_is_said(roots, folder, tuf, tmp_path):
    """Both repositories are on loopback: the embedded public one is kept as another."""
    roots("update", *tuf, *ISSUER)
    gone = json.loads((folder / "private.json").read_bytes())
    gone["name"], gone["tuf"]["repository"] = "public-good", "http://127.0.0.1:1"
    (folder / "public-good.json").write_text(json.dumps(gone))

    ran = roots("update", "--format", "json")

    assert ran.code == 3
    assert [domain["name"] for domain in ran.json["domains"]] == ["private"]
    assert [(one["domain"], one["code"]) for one in ran.json["failed"]] == [
        ("public-good", "trust-update-unavailable")
    ]
