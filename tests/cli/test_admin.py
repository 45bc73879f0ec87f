"""`imprint admin …`: on stores at hand, and what it leaves in them."""

from __future__ import annotations

import re
from contextlib import closing

import pytest

from imprint.cli.local import Store, operator
from imprint.publishers.credentials import SecretKind, parse_secret
from imprint.storage import events, packages
from imprint.storage.database import Database


@pytest.fixture
def stored(registry):
    with closing(Database.open(f"sqlite:///{registry.data}/imprint.sqlite3")) as database:
        yield database


@pytest.fixture
def widget(stored):
    with stored.writing() as connection:
        packages.create(
            connection,
            package_id="00000000-0000-4000-8000-000000000001",
            name="@acme/widget",
            canonical="@acme/widget",
            access="public",
            owner_ids=(1,),
            now=1.0,
        )
    return "@acme/widget"


def kinds(stored):
    with stored.reading() as connection:
        return [found.event.kind for found in events.since(connection, 0)]


# --- users ---------------------------------------------------------------------------------------


def test_the_first_user_makes_the_database(imprint):
    ran = imprint.admin("user", "add", "wile", "--admin")

    assert (ran.code, ran.out) == (0, "added the account wile\n")
    assert ran.err == (
        "next: a second factor, `imprint admin user totp wile`, for changes of trust\n"
    )
    assert imprint.admin("user", "list", "--format", "json").json["users"][0] == {
        "name": "wile",
        "email": None,
        "admin": True,
        "disabled": False,
        "second_factor": False,
        "created": pytest.approx(1.8e9, rel=1),
    }


def test_asking_in_the_wrong_folder_makes_nothing(imprint):
    ran = imprint.admin("user", "list")

    assert ran.code == 2
    assert ran.err == (
        f"error: there is no registry in `{imprint.data}`\n"
        "hint: name its folder with `--data DIR`; `imprint serve` or the first"
        " `imprint admin user add` makes one\n"
    )
    assert not imprint.data.exists()


def test_a_name_is_given_once(registry):
    ran = registry.admin("user", "add", "wile")

    assert (ran.code, ran.err) == (1, "error: there is a user `wile` already\n")


@pytest.mark.parametrize("name", ["Wile", "a b", "", "x" * 65, "-x"])
def test_a_name_that_cannot_be_is_a_usage_error(registry, name):
    assert registry.admin("user", "add", "--", name).code == 2


def test_a_password_is_read_from_stdin(registry):
    ran = registry.admin("user", "add", "ana", "--password-stdin", typed="a long enough one\n")

    assert ran.code == 0


def test_a_short_password_is_refused_and_not_shown(registry):
    ran = registry.admin("user", "add", "ana", "--password-stdin", typed="short\n")

    assert ran.code == 2
    assert ran.err == "error: the password has 5 characters: it needs 10 to 256\n"


def test_a_mail_address_has_a_name_and_a_host(registry):
    ran = registry.admin("user", "add", "ana", "--email", "nobody")

    assert (ran.code, ran.err) == (
        2,
        "error: the mail address `nobody` is none: one is `a@b.example`\n",
    )


def test_accounts_are_disabled_and_enabled(registry, stored):
    assert registry.admin("user", "disable", "wile").out == "disabled the account wile\n"
    assert registry.admin("user", "list", "--format", "json").json["users"][0]["disabled"] is True
    assert registry.admin("user", "enable", "wile").out == "enabled the account wile\n"
    assert kinds(stored)[-2:] == ["user-disabled", "user-enabled"]


@pytest.mark.parametrize(
    "words",
    [
        ("user", "disable", "ana"),
        ("user", "totp", "ana"),
        ("token", "create", "--user", "ana"),
        ("token", "list", "--user", "ana"),
        ("tokens", "disallow", "--owner", "ana"),
    ],
)
def test_an_account_that_is_not_there_is_a_finding(registry, words):
    ran = registry.admin(*words)

    assert ran.code == 1
    assert ran.err == (
        "error: there is no user `ana` here\n"
        "hint: `imprint admin user list` shows those there are\n"
    )


def test_a_second_factor_is_shown_once_and_only_on_stdout(registry):
    ran = registry.admin("user", "totp", "wile")

    assert re.fullmatch(
        r"otpauth://totp/imprint:wile\?secret=[A-Z2-7]{32}&issuer=imprint\n", ran.out
    )
    assert "secret" not in ran.err
    assert registry.admin("user", "list", "--format", "json").json["users"][0]["second_factor"]


def test_a_second_factor_is_never_sealed_with_a_key_made_by_asking(registry):
    address = f"sqlite:///{registry.data}/imprint.sqlite3"
    ran = registry("admin", "user", "totp", "wile", "--database", address)

    assert ran.code == 2
    assert ran.err == (
        "error: the registry's secret key is not at `imprint-data/secret.key`\n"
        "hint: run this where the server runs, or set `IMPRINT_SECRET_KEY_FILE`\n"
    )
    assert not (registry.folder / "work" / "imprint-data").exists()


# --- tokens --------------------------------------------------------------------------------------


def test_a_token_is_alone_on_stdout(registry):
    ran = registry.admin("token", "create", "--user", "wile", "--packages", "@acme/*")

    found = parse_secret(ran.out.strip())
    assert found is not None
    assert (found.kind, ran.err) == (SecretKind.TOKEN, "")


def test_tokens_are_listed_without_their_text(registry):
    text = registry.admin("token", "create", "--user", "wile", "--expires", "2w").out.strip()

    ran = registry.admin("token", "list", "--user", "wile", "--format", "json")

    (token,) = ran.json["tokens"]
    assert text not in ran.out
    assert (token["permission"], token["packages"]) == ("read-write", [])
    assert token["expires"] - token["created"] == 14 * 86_400


def test_tokens_are_revoked_by_id(registry):
    made = registry.admin("token", "create", "--user", "wile", "--format", "json").json

    assert registry.admin("token", "revoke", made["id"], "--user", "wile").code == 0
    again = registry.admin("token", "revoke", made["id"], "--user", "wile")

    assert again.code == 1
    assert again.err.startswith(f"error: `wile` has no token `{made['id']}`\n")


@pytest.mark.parametrize("expires", ["7", "d", "0d", "7y", "1.5d", "400d", "-1d"])
def test_a_lifetime_has_a_unit_and_an_end(registry, expires):
    assert registry.admin("token", "create", "--user", "wile", "--expires", expires).code == 2


@pytest.mark.parametrize("target", ["UPPER", "@acme", "@acme/**", "a*"])
def test_a_token_is_for_packages_that_can_be(registry, target):
    assert registry.admin("token", "create", "--user", "wile", "--packages", target).code == 2


# --- issuers -------------------------------------------------------------------------------------


def test_issuers_are_listed_with_their_defaults(registry):
    ran = registry.admin("issuer", "list", "--format", "json")

    assert ran.json["issuers"] == [
        {
            "name": "github",
            "provider": "github",
            "url": "https://ci.example.test",
            "algorithms": ["RS256"],
            "audiences": [],
            "replay": "per-request",
            "disabled": False,
        }
    ]


def test_an_issuer_may_be_on_loopback_without_tls(registry):
    issuer = ("--provider", "gitlab", "--issuer", "http://127.0.0.1:8080", "--audience", "x")

    assert registry.admin("issuer", "add", "local", *issuer).code == 0


@pytest.mark.parametrize(
    "url", ["http://ci.example.test", "ci.example.test", "https://ci.example.test/?x", "https://"]
)
def test_an_issuer_has_a_url_of_one_spelling(registry, url):
    ran = registry.admin("issuer", "add", "other", "--provider", "github", "--issuer", url)

    assert ran.code == 2
    assert ran.err.startswith(f"error: issuer URL is `{url}`, expected one like ")


def test_an_issuer_is_registered_once(registry):
    issuer = ("--provider", "github", "--issuer", "https://ci.example.test")

    assert registry.admin("issuer", "add", "again", *issuer).code == 1


def test_issuers_are_switched_off_and_on(registry):
    assert registry.admin("issuer", "disable", "github").out == "disabled the issuer github\n"
    assert registry.admin("issuer", "enable", "github").code == 0
    assert registry.admin("issuer", "enable", "none").code == 1


# --- rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("--registry",), "the whole registry"),
        (("--scope", "@acme"), "the scope @acme"),
        (("--owner", "wile"), "the owner wile"),
    ],
)
def test_tokens_are_disallowed_and_allowed_again(registry, words, shown):
    assert (
        registry.admin("tokens", "disallow", *words).out == f"tokens are disallowed for {shown}\n"
    )
    assert len(registry.admin("tokens", "list", "--format", "json").json["rules"]) == 1
    assert registry.admin("tokens", "allow", *words).out == f"tokens are allowed for {shown}\n"
    assert registry.admin("tokens", "allow", *words).code == 1


@pytest.mark.parametrize(
    "words", [(), ("--registry", "--scope", "@acme"), ("--scope", "acme"), ("--scope", "@a/b")]
)
def test_a_rule_for_tokens_has_one_place(registry, words):
    assert registry.admin("tokens", "disallow", *words).code == 2


@pytest.mark.case("L05")
@pytest.mark.parametrize(
    ("words", "shown"),
    [(("exchange",), "exchange"), (("publish",), "publish"), (("package", "@acme/x"), "@acme/x")],
)
def test_switches_are_thrown_and_taken_back(registry, words, shown):
    off = registry.admin("switch", "off", *words, "--reason", "under investigation")

    assert off.out == f"switched off: {shown}\n"
    assert "under investigation" in registry.admin("switch", "list").out
    assert registry.admin("switch", "on", *words).out == f"switched on: {shown}\n"
    assert registry.admin("switch", "on", *words).code == 1


@pytest.mark.parametrize("words", [("package",), ("exchange", "@acme/x"), ("everything",)])
def test_a_switch_is_one_of_three(registry, words):
    assert registry.admin("switch", "off", *words, "--reason", "x").code == 2


def test_a_switch_needs_a_reason(registry):
    assert registry.admin("switch", "off", "exchange").code == 2


def test_rules_of_a_package_are_set(registry, stored, widget):
    assert registry.admin("package", "token-rule", widget, "disallowed").code == 0
    assert registry.admin("package", "provenance", widget, "public").code == 0
    assert registry.admin("package", "provenance-required", widget, "yes").code == 0

    with stored.reading() as connection:
        found = packages.find(connection, widget)
    assert found is not None
    assert (found.token_rule, found.provenance_public) == ("disallowed", True)
    assert found.provenance_required
    mails = registry.admin("outbox", "--format", "json").json["mails"]
    assert [mail["template"] for mail in mails] == ["access-changed"] * 3
    assert mails[0]["recipient"] == "w@acme.example"


def test_rules_of_no_package_are_a_finding(registry):
    assert registry.admin("package", "token-rule", "none-such", "allowed").code == 1


# --- looking ------------------------------------------------------------------------------------


def test_events_come_in_pages(registry):
    first = registry.admin("events", "--limit", "1", "--format", "json").json
    second = registry.admin(
        "events", "--since", str(first["summary"]["last"]), "--format", "json"
    ).json

    assert [event["kind"] for event in first["events"]] == ["user-created"]
    assert [event["kind"] for event in second["events"]] == ["issuer-added"]
    assert first["events"][0]["actor"] == operator()


def test_events_of_one_package_alone(registry):
    registry.admin("switch", "off", "package", "@acme/x", "--reason", "x")

    ran = registry.admin("events", "--package", "@acme/x", "--format", "json")

    assert [event["kind"] for event in ran.json["events"]] == ["switched-off"]


def test_check_shows_every_setting_with_its_origin(registry):
    ran = registry.admin("check", "--format", "json", IMPRINT_THREADS="3")

    settings = {setting["name"]: setting for setting in ran.json["settings"]}
    assert settings["threads"] == {"name": "threads", "value": "3", "origin": "IMPRINT_THREADS"}
    assert settings["data"]["origin"] == "--data"
    assert settings["listen"]["origin"] == "default"


def test_check_is_clean_where_everything_is_there(registry):
    (registry.data / "blobs").mkdir()
    registry.admin("user", "totp", "wile")

    ran = registry.admin("check", "--format", "json")

    assert ran.code == 0
    assert ran.json["summary"] == {"checks": 7, "ok": 7, "failed": 0, "unknown": 0}
    said = {check["name"]: check["message"] for check in ran.json["checks"]}
    assert said["attestations"] == (
        "0 verified; 0 are signed alone: there is no `transparency_log`"
    )


def test_check_finds_a_setting_that_would_keep_the_server_from_starting(registry):
    ran = registry.admin("check", IMPRINT_ADVERTISED_DOMAINS="private")

    assert ran.code == 1
    assert re.search(r"failed +attestations +`advertised_domains` has `private`", ran.out)


def test_check_finds_a_key_that_others_can_read(registry):
    registry.admin("user", "totp", "wile")
    (registry.data / "secret.key").chmod(0o644)

    ran = registry.admin("check")

    assert ran.code == 1
    assert re.search(
        r"failed +secret key +`.*/secret.key` can be read by others \(mode 644\): chmod it to 600",
        ran.out,
    )


def test_check_cannot_tell_of_issuers_that_do_not_answer(registry):
    (registry.data / "blobs").mkdir()
    issuer = ("--provider", "generic", "--issuer", "http://127.0.0.1:1")
    registry.admin("issuer", "add", "gone", *issuer)
    registry.admin("issuer", "disable", "github")

    ran = registry.admin("check", "--probe", "--format", "json")

    assert ran.code == 3
    assert ran.json["checks"][-1] == {
        "name": "issuer gone",
        "state": "unknown",
        "message": "`http://127.0.0.1:1/.well-known/openid-configuration` could not be reached:"
        " nothing listens there",
    }


def test_check_hides_the_databases_password(imprint):
    address = "postgresql://imprint:secret@127.0.0.1:1/imprint"

    ran = imprint("admin", "check", "--database", address, "--format", "json")

    assert ran.code == 3
    assert "secret@" not in ran.out
    assert "imprint:***@127.0.0.1:1/imprint" in ran.out


def test_check_makes_nothing(imprint):
    ran = imprint.admin("check")

    assert ran.code == 1
    assert not imprint.data.exists()


def test_a_store_is_named_by_either_option():
    assert not Store(None, None).is_named
    assert Store("x", None).is_named
    assert Store(None, "x").is_named
