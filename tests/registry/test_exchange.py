"""The exchange over HTTP: what it answers, what it writes down, and what it never touches."""

from __future__ import annotations

import json

import pytest

from imprint.identity.workload import Provider
from imprint.npm.names import PackageName
from imprint.refusals import Refusal, Unavailable
from imprint.registry.exchange.audience import audience
from imprint.registry.exchange.decision import Accepted, Asked
from imprint.registry.exchange.exchange import check
from imprint.storage import issuers, publishers, switches, users
from imprint.tokens.envelope import parse
from imprint.tokens.issuers import Issuer
from imprint.tokens.keysets import KeySet
from imprint.tokens.verify import verify
from tests.support.claims import AUDIENCE, GITHUB_ISSUER, without
from tests.support.issuer_keys import SigningIssuer, compact
from tests.support.world import ADDRESS

EXCHANGE = "/-/npm/v1/oidc/token/exchange/package/@acme%2fwidget"


class NoKeys:
    """Key sets that must not be asked, or cannot be had."""

    def __init__(self) -> None:
        self.asked = 0

    async def get(self, issuer: Issuer, key_id: str | None = None) -> tuple[KeySet, float]:
        self.asked += 1
        raise Unavailable(
            "keys-unavailable", f"keys of issuer `{issuer.name}` cannot be had", "try again"
        )


@pytest.fixture
def publisher(world, widget):
    return world.trust()


@pytest.mark.case("I01")
def test_a_run_that_matches_gets_a_credential_for_fifteen_minutes(world, publisher):
    answer = world.exchange()

    assert answer.status == 201
    assert answer.json == {
        "token_type": "oidc",
        "token": answer.json["token"],
        "created": "2026-11-18T11:06:40.000Z",
        "expires": "2026-11-18T11:21:40.000Z",
    }
    assert answer.json["token"].startswith("imp_p_")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.case("A01")
@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "eyJh.eyJi",
        "..",
        "a.b.c",
        "eyJhbGciOiJSUzI1NiJ9.WzFd.c2ln",
        "%%%.%%%.%%%",
        compact({"alg": "RS256", "kid": "key-1"}, ["a list"], b"signature"),
    ],
)
def test_what_is_no_token_reaches_neither_database_nor_network(world, publisher, text):
    keys = NoKeys()
    world.serve(keysets=keys)
    before = world.row_counts()
    world.database.close()

    answer = world.exchange(text)

    assert (answer.status, answer.code) == (400, "malformed-token")
    assert keys.asked == 0
    assert world.row_counts() == before


@pytest.mark.case("A02")
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Negotiate x"]
)
def test_an_exchange_without_an_id_token_says_where_it_belongs(world, publisher, header):
    headers = {} if header is None else {"authorization": header}

    answer = world.request("POST", EXCHANGE, **headers)

    assert (answer.status, answer.code) == (401, "missing-id-token")
    assert answer.json["message"] == (
        "the exchange needs an ID token as `Authorization: Bearer …`, and there is none"
    )


@pytest.mark.case("A02")
@pytest.mark.parametrize(
    "body", [b"[]", b"7", b'"text"', b'{"version": 7}', b'{"other": "x"}', b"\xff"]
)
def test_a_body_of_another_form_is_refused_by_name(world, publisher, body):
    answer = world.request("POST", EXCHANGE, body=body, token=world.sign())

    assert (answer.status, answer.code) == (400, "malformed-body")
    assert world.live_credentials() == 0


@pytest.mark.case("A06", "A07", "A10", "A11")
@pytest.mark.parametrize("forgery", ["unsigned", "confused", "other key", "tampered"])
def test_a_forged_token_mints_nothing_and_is_not_written_down(world, publisher, forgery):
    claims, before = world.claims(), world.row_counts()
    header, _, signature = world.signer.sign(claims).split(".")
    _, payload, _ = world.signer.sign({**claims, "repository_id": "902"}).split(".")
    text = {
        "unsigned": compact({"alg": "none", "kid": "key-1"}, claims, b"x"),
        "confused": world.signer.confused(claims),
        "other key": SigningIssuer.rsa(key="attacker").sign(claims),
        "tampered": f"{header}.{payload}.{signature}",
    }[forgery]

    answer = world.exchange(text)

    assert answer.status in (400, 401)
    assert world.row_counts() == before


def header_of(**changes):
    return lambda world: world.signer.sign(world.claims(), **changes)


def claims_of(**changes):
    """A token of these claims, times in seconds from now."""

    def sign(world):
        now = int(world.clock())
        shifted = {
            name: now + value if name in ("iat", "nbf", "exp") and type(value) is int else value
            for name, value in changes.items()
        }
        return world.sign(world.claims(**shifted))

    return sign


def claimed_twice(world):
    payload = json.dumps(world.claims())[:-1] + ', "repository_id": "901"}'
    return world.signer.sign_payload(payload.encode())


NO_PROOF = {
    "no key id": (header_of(kid=None), 400),
    "an unknown key": (header_of(kid="key-9"), 401),
    "another algorithm": (header_of(alg="RS512"), 401),
    "an algorithm of another key": (lambda w: SigningIssuer.ec("key-1").sign(w.claims()), 401),
    "an extension": (header_of(crit=["exp"]), 400),
    "another type": (header_of(typ="at+jwt"), 400),
    "a claim twice": (claimed_twice, 400),
    "16 kB": (claims_of(long="x" * 16_384), 400),
    "a claim over 1 kB": (claims_of(ref="refs/tags/" + "v" * 2000), 400),
    "a deep claim": (claims_of(deep=[[[[[[[[["x"]]]]]]]]]), 400),
    "no issuer": (claims_of(iss=None), 400),
    "an issuer that is a list": (claims_of(iss=[GITHUB_ISSUER]), 400),
    "an issuer with a slash": (claims_of(iss=GITHUB_ISSUER + "/"), 401),
    "no audience": (claims_of(aud=None), 400),
    "two audiences": (claims_of(aud=[AUDIENCE, "sigstore"]), 401),
    "sigstore's audience": (claims_of(aud="sigstore"), 401),
    "no expiry": (claims_of(exp=None), 400),
    "an expiry that is a text": (claims_of(exp="soon"), 400),
    "an expiry long ago": (claims_of(iat=-900, nbf=-900, exp=-600), 401),
    "a beginning to come": (claims_of(nbf=200), 401),
    "issued in the future": (claims_of(iat=200), 401),
    "a life of a week": (claims_of(exp=7 * 86_400), 401),
    "an owner that is no number": (claims_of(repository_owner_id="acme"), 400),
    "a repository without an owner": (claims_of(repository="rocket"), 400),
}


@pytest.mark.case("A04", "A05", "A08", "A12", "A13", "A14", "B01", "B03", "B05", "B12", "B13")
@pytest.mark.case("B16", "B17", "B18", "B19", "B20", "E07", "E08")
@pytest.mark.parametrize(("make", "status"), NO_PROOF.values(), ids=NO_PROOF)
def test_a_token_that_proves_nothing_leaves_no_trace(world, publisher, make, status):
    before = world.row_counts()

    answer = world.exchange(make(world))

    assert answer.status == status
    assert answer.json["message"].isprintable()
    assert answer.notice.startswith(answer.json["message"][:100])
    assert world.row_counts() == before


def test_a_header_that_points_elsewhere_is_followed_nowhere(world, publisher):
    key = SigningIssuer.rsa(key="attacker")
    header = {"jku": "https://evil.example.test/jwks", "jwk": key.jwk(), "x5u": "https://evil"}

    answer = world.exchange(key.sign(world.claims(), **header))

    assert (answer.status, answer.code) == (401, "bad-signature")


@pytest.mark.case("B07")
def test_an_issuer_that_nobody_registered_is_named(world, publisher):
    answer = world.exchange(world.sign(world.claims(iss="https://evil.example.test")))

    assert (answer.status, answer.code) == (401, "unsupported-issuer")
    assert answer.json["message"] == (
        "the issuer `https://evil.example.test` is not registered here"
    )
    assert world.audit() == []


@pytest.mark.case("B08")
def test_an_issuer_without_any_publisher_of_its_own_finds_none(world, publisher):
    answer = world.exchange(world.sign(world.claims(Provider.GENERIC)))

    assert (answer.status, answer.code) == (404, "no-publisher")


@pytest.mark.case("B06")
def test_keys_are_chosen_by_the_unverified_issuer_and_prove_nothing_for_another(world, publisher):
    claims = world.claims(iss="https://gitlab.example.test")

    answer = world.exchange(world.sign(claims))

    assert answer.status == 400
    assert answer.code == "missing-claim"


@pytest.mark.case("B14")
def test_a_token_for_another_registry_says_so(world, publisher):
    answer = world.exchange(world.sign(world.claims(aud="npm:other.example.test")))

    assert (answer.status, answer.code) == (401, "wrong-audience")
    assert "`npm:other.example.test`" in answer.json["message"]
    assert f"`{AUDIENCE}`" in answer.json["message"]


@pytest.mark.case("B15")
def test_the_audience_is_told_unless_the_exchange_is_off(world):
    told = audience(world.registry).reply
    with world.database.writing() as connection:
        switches.switch_off(
            connection, kind="exchange", target="", reason="maintenance", now=world.clock()
        )
    refused = audience(world.registry).reply

    assert json.loads(told.body) == {"audience": AUDIENCE, "audiences": [AUDIENCE]}
    assert refused.status == 403
    assert json.loads(refused.body)["message"] == "the exchange is switched off: maintenance"


@pytest.mark.case("C19")
def test_keys_that_cannot_be_had_are_one_503_with_its_reason(world, publisher):
    keys = NoKeys()
    world.serve(keysets=keys)

    answer = world.exchange()

    assert (answer.status, answer.code, keys.asked) == (503, "keys-unavailable", 1)
    assert answer.notice == "keys of issuer `github` cannot be had (hint: try again)"
    assert world.audit() == []


@pytest.mark.case("E01")
def test_every_claim_that_is_missing_is_named(world, publisher):
    claims = without(world.claims(), "repository_id", "workflow_ref")

    answer = world.exchange(world.sign(claims))

    assert (answer.status, answer.code) == (400, "missing-claim")
    assert "`repository_id`" in answer.json["message"]
    assert "`workflow_ref`" in answer.json["message"]


@pytest.mark.case("E03", "E04")
def test_claims_that_nobody_knows_are_counted_and_do_no_harm(world, publisher):
    claims = world.claims(brand_new="x", repo_property_team="rockets")

    answer = world.exchange(world.sign(claims))

    assert answer.status == 201
    assert world.events("exchange-minted")[0]["unknown_claims"] == ["brand_new"]


@pytest.mark.case("L02", "I06")
@pytest.mark.parametrize("package", ["@acme/widget", "@acme/nothing", "nothing-at-all"])
def test_who_proves_nothing_reads_the_same_of_a_package_and_of_none(world, publisher, package):
    claims = world.claims(repository="evil/copy", repository_id="666", repository_owner_id="6")

    answer = world.exchange(world.sign(claims), package=package)

    assert (answer.status, answer.code) == (404, "no-publisher")
    assert answer.json["message"] == f"no trusted publisher of `{package}` accepts this run"
    assert answer.json["mismatches"] == []


@pytest.mark.case("L02", "E14")
def test_the_claim_that_differs_is_told_once_the_ids_match(world, widget):
    world.trust(environment="production")

    answer = world.exchange()

    assert (answer.status, answer.code) == (403, "environment-mismatch")
    assert answer.json["mismatches"] == [
        {"claim": "environment", "expected": "production", "actual": "npm"}
    ]


@pytest.mark.case("L02")
def test_one_sentence_is_in_every_place_where_a_client_looks(world, widget):
    world.trust(environment="production")

    answer = world.exchange()

    sentence = answer.json["message"]
    assert answer.json["error"] == answer.json["body"]["message"] == sentence
    assert answer.notice.startswith(sentence)
    assert answer.notice.isascii()
    assert answer.notice.isprintable()


@pytest.mark.case("L01")
def test_every_exchange_of_a_proved_token_is_written_down_with_what_was_compared(world, widget):
    strict = world.trust(environment="production")
    other = world.trust(workflow="nightly.yml")
    id_token = world.sign()

    world.exchange(id_token)

    (entry,) = world.audit()
    assert entry["outcome"] in ("environment-mismatch", "workflow-mismatch")
    assert entry["claims_digest"] == parse(id_token.encode()).claims_digest
    assert {c["publisher.id"] for c in entry["compared"]} == {strict.id, other.id}
    assert all(c["broken"] for c in entry["compared"])
    assert (entry["address"], entry["issuer"]) == (ADDRESS, GITHUB_ISSUER)


@pytest.mark.case("L01")
def test_an_accepted_exchange_is_written_down_with_its_publisher(world, publisher):
    world.exchange()

    (entry,) = world.audit()
    assert (entry["outcome"], entry["publisher_id"]) == ("minted", publisher.id)
    assert world.events("exchange-minted")[0]["publisher.id"] == publisher.id


@pytest.mark.case("L03", "E15")
def test_of_several_publishers_that_match_the_most_specific_is_taken(world, widget):
    world.trust()
    world.trust(ref_type="tag")
    named = world.trust(environment="npm")

    world.exchange()

    assert world.audit()[0]["publisher_id"] == named.id


@pytest.mark.case("L03")
def test_of_several_publishers_that_are_as_specific_the_oldest_is_taken(world, widget):
    oldest = world.trust(ref_type="tag")
    world.clock.pass_(1)
    world.trust(ref_protected=True)

    world.exchange()

    assert world.audit()[0]["publisher_id"] == oldest.id


@pytest.mark.case("L05")
@pytest.mark.parametrize(("kind", "target"), [("exchange", ""), ("package", "@acme/widget")])
def test_a_kill_switch_stops_the_exchange_and_burns_nothing(world, publisher, kind, target):
    id_token = world.sign()
    with world.database.writing() as connection:
        switches.switch_off(connection, kind=kind, target=target, reason="incident 7", now=1.0)
    refused = world.exchange(id_token)
    with world.database.writing() as connection:
        switches.switch_on(connection, kind=kind, target=target)

    accepted = world.exchange(id_token)

    assert (refused.status, refused.code) == (403, "exchange-switched-off")
    assert refused.json["message"] == "the exchange is switched off: incident 7"
    assert accepted.status == 201


@pytest.mark.case("L05")
def test_an_issuer_that_is_switched_off_mints_no_more(world, publisher):
    with world.database.writing() as connection:
        issuers.set_disabled(connection, "github", at=world.clock())

    answer = world.exchange()

    assert (answer.status, answer.code) == (403, "exchange-switched-off")


@pytest.mark.case("L05", "H10")
def test_switching_an_issuer_off_kills_the_credentials_it_led_to(world, publisher):
    credential = world.credential()
    with world.database.writing() as connection:
        issuers.set_disabled(connection, "github", at=world.clock())

    answer = world.put(credential)

    assert (answer.status, answer.code) == (403, "publisher-changed")


@pytest.mark.case("L08")
def test_a_dry_run_says_the_same_and_burns_nothing(world, publisher):
    id_token, before = world.sign(), world.row_counts()
    keys = KeySet.parse(world.signer.jwks())
    proof = verify(
        parse(id_token.encode()),
        issuer=publisher.issuer,
        keys=keys,
        keys_age_seconds=0,
        audiences=(AUDIENCE,),
        now=world.clock(),
    )
    assert not isinstance(proof, Refusal)
    asked = Asked(
        proof=proof, package=PackageName.parse("@acme/widget"), address=ADDRESS, user_agent=""
    )

    outcome = check(world.registry, asked)

    assert isinstance(outcome, Accepted)
    assert outcome.matched.publisher.id == publisher.id
    assert world.row_counts() == before
    assert world.exchange(id_token).status == 201


@pytest.mark.case("I09")
def test_the_exchange_is_answered_below_any_path(world, publisher):
    answer = world.request("POST", f"/some/where{EXCHANGE}", token=world.sign())

    assert answer.status == 201


@pytest.mark.case("I10")
@pytest.mark.parametrize(
    "spelling", ["@acme%2fwidget", "@acme%2Fwidget", "%40acme%2fwidget", "@acme/widget"]
)
def test_every_spelling_of_a_scoped_name_is_that_package(world, publisher, spelling):
    path = f"/-/npm/v1/oidc/token/exchange/package/{spelling}"

    answer = world.request("POST", path, token=world.sign())

    assert answer.status == 201
    assert world.live_credentials("@acme/widget") == 1


def test_the_exchange_takes_nothing_but_post(world, publisher):
    answers = [world.request(method, EXCHANGE, token=world.sign()) for method in ("GET", "PUT")]

    assert [(a.status, a.code) for a in answers] == [(405, "method-not-allowed")] * 2


@pytest.mark.case("H17")
def test_a_package_whose_every_owner_is_disabled_gets_no_credential(world, publisher, maintainer):
    with world.database.writing() as connection:
        users.set_disabled(connection, maintainer.id, at=world.clock())

    answer = world.exchange()

    assert (answer.status, answer.code) == (403, "no-able-owner")


@pytest.mark.case("E11")
def test_a_renamed_repository_publishes_on_and_its_owners_are_told(world, publisher):
    name = "acme/rocket-two"
    reference = f"{name}/.github/workflows/release.yml@refs/tags/v1.2.0"
    claims = world.claims(repository=name, workflow_ref=reference, job_workflow_ref=reference)

    answer = world.exchange(world.sign(claims))

    with world.database.reading() as connection:
        label = publishers.find(connection, publisher.id).rules.repository
    assert (answer.status, label) == (201, name)
    assert len(world.mails("publisher-relabelled")) == 1


@pytest.mark.case("E16")
@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run"])
def test_events_that_run_other_peoples_code_are_refused(world, publisher, event):
    answer = world.exchange(world.sign(world.claims(event_name=event)))

    assert (answer.status, answer.code) == (403, "event-denied")
    assert f"`{event}`" in answer.json["message"]


@pytest.mark.case("E23")
def test_a_self_hosted_runner_is_refused_unless_allowed(world, widget):
    world.trust()
    refused = world.exchange(world.sign(world.claims(runner_environment="self-hosted")))
    world.trust(runners=("self-hosted",))

    accepted = world.exchange(world.sign(world.claims(runner_environment="self-hosted")))

    assert (refused.status, refused.code) == (403, "runner-denied")
    assert accepted.status == 201


@pytest.mark.case("F18")
def test_a_job_with_a_shell_inside_is_refused(world, widget):
    world.trust(provider=Provider.CIRCLECI)

    answer = world.exchange(world.sign(world.claims(Provider.CIRCLECI, ssh_rerun=True)))

    assert (answer.status, answer.code) == (403, "ssh-rerun-denied")


@pytest.mark.case("F21", "B10")
def test_the_same_repository_at_another_issuer_is_another_repository(world, publisher):
    other = Issuer(name="mirror", url="https://mirror.example.test", provider=Provider.GITHUB)
    with world.database.writing() as connection:
        issuers.add(connection, other, now=world.clock())

    answer = world.exchange(world.sign(world.claims(iss=other.url)))

    assert (answer.status, answer.code) == (404, "no-publisher")


@pytest.mark.parametrize("provider", list(Provider))
def test_every_provider_can_be_trusted(world, widget, provider):
    world.trust(provider=provider)

    answer = world.exchange(world.sign(world.claims(provider)))

    assert answer.status == 201
