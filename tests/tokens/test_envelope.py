"""The envelope of a token is taken apart strictly, and before any cryptography."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.refusals import Malformed
from imprint.tokens.envelope import decode_base64url, parse
from tests.support.claims import GITHUB_ISSUER, github_claims, without
from tests.support.issuer_keys import SigningIssuer, base64url, compact, dump

HEADER = {"alg": "RS256", "kid": "key-1", "typ": "JWT"}


def token(header=HEADER, payload=None, signature=b"signed") -> bytes:
    return compact(header, github_claims() if payload is None else payload, signature).encode()


def refused(raw: bytes) -> tuple[str, str]:
    with pytest.raises(Malformed) as caught:
        parse(raw)
    return caught.value.code, caught.value.message


def test_a_token_is_taken_apart():
    raw = SigningIssuer.rsa().sign(github_claims()).encode()

    parsed = parse(raw)

    assert parsed.key_id == "key-1"
    assert parsed.algorithm == "RS256"
    assert parsed.unverified_issuer == GITHUB_ISSUER
    assert parsed.unverified_claims == github_claims()
    assert parsed.signing_input == raw.rsplit(b".", 1)[0]
    assert parsed.claims_digest == hashlib.sha256(dump(github_claims())).hexdigest()


def test_the_representation_shows_neither_signature_nor_claims():
    raw = SigningIssuer.rsa().sign(github_claims()).encode()

    shown = repr(parse(raw))

    assert raw.split(b".")[1].decode() not in shown
    assert "acme" not in shown
    assert "signature" not in shown


@pytest.mark.case("A01")
@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "token is not three base64url segments with dots between them"),
        (b"garbage", "token is not three base64url segments with dots between them"),
        (b"a.b", "token is not three base64url segments with dots between them"),
        (b"a.b.c.d", "token is not three base64url segments with dots between them"),
        (b"a.b.c\n", "token is not three base64url segments with dots between them"),
        (b" a.b.c", "token is not three base64url segments with dots between them"),
        (b"a.b.c=", "token is not three base64url segments with dots between them"),
        (b"a+/.b.c", "token is not three base64url segments with dots between them"),
        (b"\xff.b.c", "token is not three base64url segments with dots between them"),
        (b"..c", "token is not three base64url segments with dots between them"),
        (b"a.b.c", "token's header is not base64url"),
        (b"e30.b.c", "token's payload is not base64url"),
    ],
)
def test_what_is_not_a_compact_token_is_malformed(raw, message):
    assert refused(raw) == ("malformed-token", message)


@pytest.mark.case("A01")
@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b'"x"', b"{", b"\xff", b"{}x"])
def test_a_payload_that_is_not_one_json_object_is_malformed(payload):
    raw = compact(HEADER, b"{}" if payload == b"" else payload, b"s").encode()
    if payload == b"":
        raw = raw.replace(b".e30.", b"..")

    assert refused(raw)[0] == "malformed-token"


@pytest.mark.case("A01")
def test_a_signature_with_another_spelling_is_malformed():
    raw = token(signature=b"\x00")
    assert raw.endswith(b".AA")

    assert refused(raw[:-1] + b"B") == ("malformed-token", "token's signature is not base64url")


@pytest.mark.case("A04")
@pytest.mark.parametrize("key_id", [None, "", 7, [], "k" * 257])
def test_a_token_without_a_key_id_is_malformed(key_id):
    assert refused(token({**HEADER, "kid": key_id})) == (
        "malformed-token",
        "token's header has no key ID (`kid`), expected that of an issuer's key",
    )


@pytest.mark.parametrize("algorithm", [None, "", 7, ["RS256"]])
def test_a_token_without_an_algorithm_is_malformed(algorithm):
    assert refused(token({**HEADER, "alg": algorithm})) == (
        "malformed-token",
        "token's header has no algorithm (`alg`)",
    )


@pytest.mark.case("A06")
def test_a_token_without_a_signature_is_malformed():
    raw = SigningIssuer.rsa().unsigned(github_claims()).encode()

    assert refused(raw) == (
        "malformed-token",
        "token has no signature, expected one by a key of its issuer",
    )


@pytest.mark.case("A12")
@pytest.mark.parametrize("extension", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}])
def test_a_header_that_demands_an_extension_is_refused(extension):
    assert refused(token({**HEADER, **extension})) == (
        "malformed-token",
        "token's header demands an extension (`crit`, `b64`), expected none",
    )


@pytest.mark.parametrize("kind", ["at+jwt", "logout+jwt", "JOSE", 7, ""])
def test_a_token_of_another_type_is_refused(kind):
    assert refused(token({**HEADER, "typ": kind})) == (
        "malformed-token",
        f"token's `typ` is `{kind}`, expected `JWT`",
    )


@pytest.mark.parametrize("kind", ["JWT", "jwt", None])
def test_the_type_may_be_in_any_case_or_missing(kind):
    assert parse(token({**HEADER, "typ": kind})).key_id == "key-1"


@pytest.mark.case("A13")
@pytest.mark.parametrize(
    "raw",
    [
        compact(HEADER, b'{"iss":"https://a.test","iss":"https://b.test"}', b"s"),
        compact(HEADER, b'{"iss":"https://a.test","x":{"y":1,"y":2}}', b"s"),
        compact(b'{"alg":"RS256","kid":"a","kid":"b"}', github_claims(), b"s"),
        compact(b'{"alg":"none","kid":"a","alg":"RS256"}', github_claims(), b"s"),
    ],
)
def test_a_name_that_is_given_twice_is_malformed(raw):
    assert refused(raw.encode())[0] == "malformed-token"


@pytest.mark.case("A14")
def test_a_token_over_sixteen_kilobytes_is_refused_before_anything_is_decoded():
    assert refused(b"!" * 16_385) == (
        "malformed-token",
        "token has `16385` bytes, expected at most `16384`",
    )


@pytest.mark.case("A14")
@pytest.mark.parametrize(
    "claims",
    [
        github_claims(ref="refs/heads/" + "x" * 1_014),
        github_claims(ref="\N{SNOWMAN}" * 342),
        github_claims(groups=["fine", "x" * 1_025]),
        github_claims(nested={"x" * 1_025: 1}),
    ],
)
def test_a_text_over_one_kilobyte_is_refused_wherever_it_is(claims):
    code, message = refused(token(payload=claims))

    assert code == "malformed-token"
    assert message.startswith("token has a text that starts with `")
    assert message.endswith("` and is longer than `1024` bytes")


@pytest.mark.case("A14")
def test_texts_of_one_kilobyte_and_long_lists_of_short_ones_are_fine():
    claims = github_claims(ref="x" * 1_024, groups=["acme/tools"] * 200, snow="\N{SNOWMAN}" * 341)

    assert parse(token(payload=claims)).unverified_claims == claims


@pytest.mark.case("A14")
def test_claims_that_are_nested_deeper_than_eight_levels_are_refused():
    nested: object = 1
    for _ in range(7):
        nested = [nested]

    assert parse(token(payload=github_claims(deep=nested))).key_id == "key-1"
    assert refused(token(payload=github_claims(deep=[nested])))[0] == "malformed-token"


@pytest.mark.case("A14")
@pytest.mark.parametrize(
    "payload", [b"[" * 9_000, b'{"a":' * 1_800, b'{"iat":' + b"9" * 5_000 + b"}"]
)
def test_what_is_made_to_exhaust_the_parser_is_only_malformed(payload):
    assert refused(token(payload=payload))[0] == "malformed-token"


@pytest.mark.parametrize(
    "payload", [b'{"iss":"\\ud800"}', b'{"iss":NaN}', b'{"iss":Infinity}', b'{"iss":1e999}']
)
def test_json_that_other_parsers_read_differently_is_malformed(payload):
    assert refused(token(payload=payload))[0] == "malformed-token"


@pytest.mark.case("B01")
@pytest.mark.parametrize(
    "claims", [without(github_claims(), "iss"), github_claims(iss=""), github_claims(iss=None)]
)
def test_a_token_without_an_issuer_is_refused(claims):
    assert refused(token(payload=claims)) == (
        "missing-claim",
        "claim `iss` is missing, expected the URL of the issuer",
    )


@pytest.mark.case("B05")
@pytest.mark.parametrize(
    ("issuer", "shown"),
    [([GITHUB_ISSUER], "a list"), (7, "`7`"), ({"url": 1}, "an object"), (True, "`true`")],
)
def test_an_issuer_that_is_no_text_is_refused(issuer, shown):
    assert refused(token(payload=github_claims(iss=issuer))) == (
        "malformed-claim",
        f"claim `iss` is {shown}, expected the URL of the issuer",
    )


@given(raw=st.binary(max_size=200))
def test_parsing_bytes_raises_nothing_but_malformed(raw):
    with pytest.raises(Malformed):
        parse(raw)


@given(header=st.text(max_size=60), payload=st.text(max_size=60), signature=st.binary(max_size=9))
def test_parsing_any_three_segments_raises_nothing_but_malformed(header, payload, signature):
    raw = compact(header.encode(), payload.encode(), signature).encode()

    with pytest.raises(Malformed):
        parse(raw)


CLAIMS = st.dictionaries(
    st.text(max_size=8), st.none() | st.integers(0, 2**53) | st.text(max_size=9)
)


@given(claims=CLAIMS)
def test_what_was_encoded_is_what_is_read(claims):
    whole = {**claims, "iss": GITHUB_ISSUER}

    parsed = parse(token(payload=json.dumps(whole).encode()))

    assert parsed.unverified_claims == whole


@given(raw=st.binary(max_size=40))
def test_base64url_round_trips(raw):
    assert decode_base64url(base64url(raw).encode()) == raw


@given(segment=st.binary(max_size=12))
def test_base64url_has_one_spelling(segment):
    decoded = decode_base64url(segment)

    assert decoded is None or base64url(decoded).encode() == segment
