"""Verification: what becomes a proof, and the reason for everything that does not."""

import dataclasses
import hashlib
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import get_default_algorithms
from msgspec.structs import replace

from imprint.identity.workload import Provider
from imprint.refusals import Malformed, Refusal, Unavailable
from imprint.tokens.envelope import UnverifiedToken, parse
from imprint.tokens.issuers import Issuer, ReplayMode
from imprint.tokens.keysets import KeySet, VerificationKey
from imprint.tokens.proof import TokenProof
from imprint.tokens.times import LEEWAY_SECONDS
from imprint.tokens.verify import verify
from tests.support.claims import (
    AUDIENCE,
    CIRCLECI_ISSUER,
    GENERIC_ISSUER,
    GITHUB_ISSUER,
    GITLAB_ISSUER,
    NOW,
    circleci_claims,
    generic_claims,
    github_claims,
    gitlab_claims,
    without,
)
from tests.support.issuer_keys import SigningIssuer, base64url, compact, dump, jwks

SIGNER = SigningIssuer.rsa()
CURVE = SigningIssuer.ec()
GITHUB = Issuer(name="github", url=GITHUB_ISSUER, provider=Provider.GITHUB)
GENERIC = Issuer(name="builds", url=GENERIC_ISSUER, provider=Provider.GENERIC)


def judge(
    token: str,
    *,
    issuer: Issuer = GITHUB,
    keys: KeySet = KeySet.parse(SIGNER.jwks(CURVE)),  # noqa: B008 - immutable
    keys_age_seconds: float = 5.0,
    now: float = NOW,
) -> TokenProof | Refusal:
    return verify(
        parse(token.encode()),
        issuer=issuer,
        keys=keys,
        keys_age_seconds=keys_age_seconds,
        audiences=(AUDIENCE,),
        now=now,
    )


def judge_claims(claims, **overrides):
    return judge(SIGNER.sign(claims), **overrides)


def malformed(claims, **overrides):
    with pytest.raises(Malformed) as caught:
        judge_claims(claims, **overrides)
    return caught.value.code, caught.value.message


def test_a_good_token_is_proof_of_its_workload():
    proof = judge_claims(github_claims(zodiac="leo"))

    assert isinstance(proof, TokenProof)
    assert proof.workload.repository_id == "901"
    assert proof.issuer is GITHUB
    assert proof.audience == AUDIENCE
    assert proof.token_id == "2c0e9e5a-8f6b-4c63-9b1e-6c2c1ef0a111"
    assert proof.issued_at == NOW - 20
    assert proof.expires_at == NOW + 280
    assert proof.verified_at == NOW
    assert proof.claims_digest == hashlib.sha256(dump(github_claims(zodiac="leo"))).hexdigest()
    assert proof.unknown_claims == ("zodiac",)


@pytest.mark.parametrize(
    ("claims", "issuer"),
    [
        (gitlab_claims(), Issuer(name="lab", url=GITLAB_ISSUER, provider=Provider.GITLAB)),
        (circleci_claims(), Issuer(name="circle", url=CIRCLECI_ISSUER, provider=Provider.CIRCLECI)),
        (generic_claims(), GENERIC),
    ],
)
def test_tokens_of_every_provider_are_proof(claims, issuer):
    proof = judge_claims(claims, issuer=issuer)

    assert isinstance(proof, TokenProof)
    assert proof.workload.provider is issuer.provider
    assert proof.workload.issuer == issuer.url


# --- signature ------------------------------------------------------------------------------------


class Exploding:
    """A key that a library chokes on."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def verify(self, *arguments: object) -> None:
        raise self.error


@pytest.mark.case("A03")
@pytest.mark.parametrize(
    "error",
    [
        ValueError("secret"),
        TypeError("secret"),
        KeyError("secret"),
        OverflowError(),
        jwt.PyJWTError(),
    ],
)
def test_a_surprise_in_a_library_is_a_refusal_with_a_code_of_its_own(error):
    exploding: Any = Exploding(error)
    key = VerificationKey(key_id="key-1", algorithms=frozenset({"RS256"}), public_key=exploding)

    refusal = judge_claims(github_claims(), keys=KeySet(keys={"key-1": key}))

    assert refusal == Refusal(
        code="unverifiable-signature",
        message=f"signature of the token could not be verified: `{type(error).__name__}`",
    )


@pytest.mark.case("A05")
def test_a_key_that_the_issuer_does_not_have_is_named_with_the_issuer():
    refusal = judge(SigningIssuer.rsa("key-9").sign(github_claims()))

    assert refusal == Refusal(
        code="unknown-key",
        message="issuer `github` has no key `key-9`",
        hint="get a new ID token: the issuer may have changed its keys",
    )


@pytest.mark.case("A06")
def test_alg_none_is_refused_also_with_a_signature_and_where_the_issuer_allows_it():
    token = SIGNER.unsigned(github_claims()) + base64url(b"x")

    refusal = judge(token)
    allowed = judge(token, issuer=replace(GITHUB, algorithms=("none",)))

    assert refusal == Refusal(
        code="algorithm-denied",
        message="token is signed by `none`, expected `RS256` from issuer `github`",
    )
    assert isinstance(allowed, Refusal)
    assert allowed.code == "algorithm-denied"


@pytest.mark.case("A07")
@pytest.mark.parametrize("algorithms", [("RS256",), ("HS256",), ("RS256", "HS256")])
def test_the_public_key_is_never_a_shared_secret(algorithms):
    issuer = replace(GITHUB, algorithms=algorithms)

    refusal = judge(SIGNER.confused(github_claims()), issuer=issuer)

    assert isinstance(refusal, Refusal)
    assert refusal.code == "algorithm-denied"


@pytest.mark.case("A08")
@pytest.mark.parametrize(
    ("signer", "header"),
    [
        (CURVE, {"alg": "RS256"}),
        (SIGNER, {"alg": "ES256"}),
        (SIGNER, {"alg": "RS512"}),
        (SIGNER, {"alg": "PS256"}),
    ],
)
def test_an_algorithm_that_is_not_the_keys_own_is_refused(signer, header):
    issuer = replace(GITHUB, algorithms=("RS256", "RS512", "PS256", "ES256"))

    refusal = judge(signer.sign(github_claims(), **header), issuer=issuer)

    assert refusal == Refusal(
        code="algorithm-denied",
        message=f"token is signed by `{header['alg']}`, and key `{signer.key_id}` of issuer `github`"
        f" is for `{signer.algorithm}`",
    )


@pytest.mark.case("A09")
def test_algorithms_are_allowed_issuer_by_issuer():
    token = CURVE.sign(github_claims())

    refusal = judge(token)
    proof = judge(token, issuer=replace(GITHUB, algorithms=("RS256", "ES256")))

    assert refusal == Refusal(
        code="algorithm-denied",
        message="token is signed by `ES256`, expected `RS256` from issuer `github`",
    )
    assert isinstance(proof, TokenProof)


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])
def test_every_rsa_algorithm_verifies(algorithm):
    signer = SigningIssuer.rsa(algorithm=algorithm)
    issuer = replace(GITHUB, algorithms=(algorithm,))

    proof = judge(signer.sign(github_claims()), issuer=issuer, keys=KeySet.parse(signer.jwks()))

    assert isinstance(proof, TokenProof)


@pytest.mark.case("A10", "A12")
@pytest.mark.parametrize("header", [{}, {"jwk": SigningIssuer.rsa(key="other").jwk()}])
def test_another_key_under_the_same_id_is_a_bad_signature(header):
    attacker = SigningIssuer.rsa("key-1", key="other")
    pointers = {"jku": "https://evil.example.test/jwks", "x5u": "https://evil.example.test/x5u"}

    refusal = judge(attacker.sign(github_claims(), **header, **pointers))

    assert refusal == Refusal(
        code="bad-signature",
        message="signature of the token is not by key `key-1` of issuer `github`",
    )


@pytest.mark.case("A11")
def test_changed_claims_are_a_bad_signature():
    header, _, signature = SIGNER.sign(github_claims()).split(".")
    payload = base64url(dump(github_claims(repository_id="666")))

    refusal = judge(f"{header}.{payload}.{signature}")

    assert isinstance(refusal, Refusal)
    assert refusal.code == "bad-signature"


@pytest.mark.parametrize("signature", [b"x", b"\x00" * 64, b"\x00" * 256, b"\xff" * 300])
@pytest.mark.parametrize("signer", [SIGNER, CURVE])
def test_bytes_that_are_no_signature_are_a_bad_one(signer, signature):
    header = {"alg": signer.algorithm, "kid": signer.key_id}
    issuer = replace(GITHUB, algorithms=("RS256", "ES256"))

    refusal = judge(compact(header, github_claims(), signature), issuer=issuer)

    assert isinstance(refusal, Refusal)
    assert refusal.code == "bad-signature"


@pytest.mark.case("A15")
def test_a_raw_key_a_jwk_and_a_library_key_verify_alike():
    token = SIGNER.sign(github_claims())
    options: Any = {f"verify_{name}": False for name in ("aud", "exp", "iat", "nbf")}
    forms = [
        SIGNER.private_key.public_key(),
        jwt.PyJWK(SIGNER.jwk()),
        KeySet.parse(SIGNER.jwks()).keys["key-1"].public_key,
    ]

    read = [jwt.decode(token, form, algorithms=["RS256"], options=options) for form in forms]

    assert read == [github_claims()] * 3
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{token[:-8]}AAAAAAAA", forms[0], algorithms=["RS256"], options=options)


@pytest.mark.case("C20")
def test_the_old_and_the_new_key_both_verify_while_they_overlap():
    old, new = SigningIssuer.rsa("old", key="old"), SigningIssuer.rsa("new", key="new")
    keys = KeySet.parse(old.jwks(new))

    proofs = [judge(signer.sign(github_claims()), keys=keys) for signer in (old, new)]

    assert all(isinstance(proof, TokenProof) for proof in proofs)


@pytest.mark.case("C15")
def test_a_withdrawn_key_verifies_nothing():
    keys = KeySet.parse(jwks(SigningIssuer.rsa("new", key="new").jwk()))

    refusal = judge_claims(github_claims(), keys=keys)

    assert isinstance(refusal, Refusal)
    assert refusal.code == "unknown-key"


@pytest.mark.case("C16")
@pytest.mark.parametrize("age", [86_400.0, 1e12, float("inf"), float("nan")])
def test_keys_that_were_not_confirmed_for_a_day_verify_nothing(age):
    with pytest.raises(Unavailable) as caught:
        judge_claims(github_claims(), keys_age_seconds=age)

    assert caught.value.code == "keys-too-old"
    assert caught.value.message == (
        "keys of issuer `github` were last confirmed more than a day ago"
    )


# --- issuer ---------------------------------------------------------------------------------------


@pytest.mark.case("B02", "B06")
def test_a_right_signature_under_another_issuers_name_is_refused():
    refusal = judge_claims(github_claims(iss=GITLAB_ISSUER))

    assert refusal == Refusal(
        code="unsupported-issuer",
        message="unsupported issuer `https://gitlab.example.test`",
        hint="an administrator registers issuers, with exactly the URL that tokens have in `iss`",
    )


@pytest.mark.case("B06")
def test_what_selected_the_keys_is_looked_at_again_under_the_signature():
    token = parse(SIGNER.sign(github_claims(iss=GITLAB_ISSUER)).encode())
    lying = dataclasses.replace(token, unverified_issuer=GITHUB_ISSUER)

    refusal = verify(
        lying,
        issuer=GITHUB,
        keys=KeySet.parse(SIGNER.jwks()),
        keys_age_seconds=0.0,
        audiences=(AUDIENCE,),
        now=NOW,
    )

    assert isinstance(refusal, Refusal)
    assert refusal.code == "unsupported-issuer"


# --- audience -------------------------------------------------------------------------------------


@pytest.mark.case("B12", "B14")
def test_a_token_for_another_registry_is_refused_and_says_so():
    refusal = judge_claims(github_claims(aud="npm:other.example.test"))

    assert refusal == Refusal(
        code="wrong-audience",
        message="token was issued for `npm:other.example.test`,"
        " this registry is `npm:registry.example.test`",
        hint="request an ID token with the audience `npm:registry.example.test`",
    )


@pytest.mark.case("B14")
def test_the_audience_is_kept_as_it_was_claimed():
    proof = judge_claims(github_claims(aud=["npm:Registry.example.test"]))

    assert isinstance(proof, TokenProof)
    assert proof.audience == "npm:Registry.example.test"


def test_an_issuer_whose_audience_cannot_be_chosen_has_one_of_its_own():
    issuer = replace(GITHUB, audiences=("2f1c9a58-0d0e-4a4b-9c1d-6a5c1b7f0e01",))

    proof = judge_claims(github_claims(aud="2f1c9a58-0d0e-4a4b-9c1d-6a5c1b7f0e01"), issuer=issuer)

    assert isinstance(proof, TokenProof)


# --- times ----------------------------------------------------------------------------------------


@pytest.mark.case("B16")
def test_a_token_that_expired_longer_ago_than_the_leeway_is_refused():
    expired = judge_claims(github_claims(), now=NOW + 280 + LEEWAY_SECONDS)
    tolerated = judge_claims(github_claims(), now=NOW + 280 + LEEWAY_SECONDS - 1)

    assert expired == Refusal(
        code="token-expired",
        message="token expired `60` seconds ago",
        hint="request the ID token right before the exchange; check the runner's clock",
    )
    assert isinstance(tolerated, TokenProof)


@pytest.mark.case("B16", "B17")
@pytest.mark.parametrize("name", ["exp", "iat"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_token_says_when_it_was_issued_and_when_it_expires(name, value):
    assert malformed(github_claims(**{name: value})) == (
        "missing-claim",
        f"claim `{name}` is missing, expected Unix seconds",
    )
    assert malformed(without(github_claims(), name))[0] == "missing-claim"


@pytest.mark.case("B17")
def test_a_token_from_the_future_is_refused():
    refused = judge_claims(github_claims(), now=NOW - 20 - LEEWAY_SECONDS - 1)
    tolerated = judge_claims(github_claims(), now=NOW - 20 - LEEWAY_SECONDS)

    assert refused == Refusal(
        code="token-not-yet-valid",
        message="token becomes valid in `61` seconds",
        hint="check the clocks of the issuer and of the registry",
    )
    assert isinstance(tolerated, TokenProof)


@pytest.mark.case("B18")
def test_a_token_that_has_not_begun_is_refused_and_one_without_a_beginning_is_fine():
    refused = judge_claims(github_claims(nbf=int(NOW) + 100))

    assert isinstance(refused, Refusal)
    assert refused.code == "token-not-yet-valid"
    assert isinstance(judge_claims(without(github_claims(), "nbf")), TokenProof)
    assert isinstance(judge_claims(github_claims(nbf=None)), TokenProof)
    assert isinstance(judge_claims(github_claims(nbf=int(NOW) + 60)), TokenProof)


@pytest.mark.case("B18")
@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize("distance", [0, 5])
def test_a_token_that_expires_before_it_begins_is_malformed(name, distance):
    expires_at = int(NOW) + 280

    assert malformed(github_claims(**{name: expires_at + distance})) == (
        "malformed-claim",
        f"claim `exp` is `{expires_at}`, expected a time after `{name}`: `{expires_at + distance}`",
    )


@pytest.mark.case("B19")
@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ([1], "a list"),
        ({"t": 1}, "an object"),
        (NOW, "a number"),
        (NOW + 0.5, "a number"),
        (True, "`true`"),
        ("1795000000", "`1795000000`"),
        (-1, "`-1`"),
        (10**18, "`1000000000000000000`"),
    ],
)
def test_a_time_that_is_no_whole_number_of_seconds_is_malformed(name, value, shown):
    assert malformed(github_claims(**{name: value})) == (
        "malformed-claim",
        f"claim `{name}` is {shown}, expected whole Unix seconds as a number",
    )


@pytest.mark.case("B20")
def test_a_token_that_lives_longer_than_its_issuer_says_is_refused():
    issuer = replace(GITHUB, maximum_lifetime_seconds=299)

    assert judge_claims(github_claims(), issuer=issuer) == Refusal(
        code="lifetime-too-long",
        message="token lives `300` seconds, expected at most `299` from issuer `github`",
    )
    assert isinstance(
        judge_claims(github_claims(), issuer=replace(issuer, maximum_lifetime_seconds=300)),
        TokenProof,
    )


@pytest.mark.case("G05")
def test_a_replay_record_lives_longer_than_any_time_at_which_the_token_is_accepted():
    proof = judge_claims(github_claims())
    assert isinstance(proof, TokenProof)

    at_the_end = judge_claims(github_claims(), now=proof.replayable_until)

    assert proof.replayable_until == NOW + 280 + 60 + 5
    assert isinstance(at_the_end, Refusal)


# --- token id -------------------------------------------------------------------------------------


@pytest.mark.case("G08", "E01")
@pytest.mark.parametrize("token_id", [None, "", "  "])
def test_a_github_token_has_an_id(token_id):
    expected = ("missing-claim", "claim `jti` is missing, expected the token's own ID")

    assert malformed(github_claims(jti=token_id)) == expected
    assert malformed(without(github_claims(), "jti")) == expected


@pytest.mark.case("G08")
@pytest.mark.parametrize(
    ("token_id", "shown"), [([], "a list"), (["x"], "a list"), (7, "`7`"), ("x" * 257, None)]
)
@pytest.mark.parametrize("provider", [Provider.GITHUB, Provider.GENERIC])
def test_an_id_is_a_text_of_at_most_256_characters(token_id, shown, provider):
    claims, issuer = github_claims(), GITHUB
    if provider is Provider.GENERIC:
        claims, issuer = generic_claims(), GENERIC

    code, message = malformed({**claims, "jti": token_id}, issuer=issuer)

    assert code == "malformed-claim"
    assert message.endswith(", expected a text of at most `256` characters")
    assert shown is None or message.startswith(f"claim `jti` is {shown}")


@pytest.mark.case("G08")
def test_a_blank_id_is_refused_also_where_none_is_needed():
    assert malformed(generic_claims(jti=" "), issuer=GENERIC)[0] == "missing-claim"


@pytest.mark.case("G01")
def test_the_replay_key_is_the_digest_of_the_id():
    proof = judge_claims(github_claims(jti="a" * 256))

    assert isinstance(proof, TokenProof)
    assert proof.replay_key == hashlib.sha256(b"a" * 256).hexdigest()


@pytest.mark.case("G01")
def test_without_an_id_the_replay_key_ignores_the_signature():
    # ECDSA signs the same bytes differently each time.
    issuer = replace(GENERIC, algorithms=("ES256",), replay=ReplayMode.PER_REQUEST)
    keys = KeySet.parse(CURVE.jwks())

    claims = [generic_claims(), generic_claims(), generic_claims(build_number=513)]
    proofs = [judge(CURVE.sign(each), issuer=issuer, keys=keys) for each in claims]
    first, second, other = (proof for proof in proofs if isinstance(proof, TokenProof))

    assert first.token_id is None
    assert first.replay_key == second.replay_key
    assert first.replay_key != other.replay_key


# --- claims ---------------------------------------------------------------------------------------


@pytest.mark.case("E01")
def test_a_signed_token_without_the_providers_claims_is_malformed():
    assert malformed(without(github_claims(), "repository_id")) == (
        "missing-claim",
        "claim `repository_id` is missing, expected in every ID token of a `github` issuer",
    )


@pytest.mark.case("F21")
def test_the_same_project_of_two_issuers_makes_two_workloads():
    public = Issuer(name="public", url="https://lab.example.test", provider=Provider.GITLAB)
    own = Issuer(name="own", url="https://lab.example.test/own", provider=Provider.GITLAB)

    issuers = (public, own)
    first, second = (judge_claims(gitlab_claims(iss=each.url), issuer=each) for each in issuers)

    assert first.workload != second.workload
    assert first.workload.repository_id == second.workload.repository_id


KEYS = KeySet.parse(SIGNER.jwks())
SIGNED_NOTHING = get_default_algorithms()["RS256"].sign(b"", SIGNER.private_key)
VALUES = st.none() | st.integers(-5, 2**40) | st.text(max_size=4) | st.booleans() | st.just(["x"])


@given(changed=st.dictionaries(st.sampled_from(sorted(github_claims())), VALUES, min_size=1))
def test_any_other_claims_are_a_proof_a_refusal_or_malformed(changed):
    claims = github_claims(**changed)
    token = UnverifiedToken(
        key_id="key-1",
        algorithm="RS256",
        unverified_issuer=GITHUB_ISSUER,
        unverified_claims=claims,
        signing_input=b"",
        signature=SIGNED_NOTHING,
        claims_digest="",
    )

    try:
        verdict = verify(
            token,
            issuer=GITHUB,
            keys=KEYS,
            keys_age_seconds=0.0,
            audiences=(AUDIENCE,),
            now=NOW,
        )
    except Malformed as err:
        message = err.message
    else:
        message = verdict.message if isinstance(verdict, Refusal) else ""

    assert message == "" or (message.isascii() and message.isprintable())
