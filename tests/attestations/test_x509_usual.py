"""The quick reader of certificates: whatever it reads, the library reads as well, and the same."""

import base64
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.chains import is_issued_by
from imprint.attestations.x509.der import SEQUENCE, enter, wrap
from imprint.attestations.x509.library import read_x509
from imprint.attestations.x509.usual import read_usual
from imprint.upstream.trust.domain_file import read_domain
from imprint.upstream.trust.embedded_files import embedded_domains
from tests.attestations.authorities import (
    CertificateLog,
    authority_extensions,
    intermediate,
    issue,
    key,
    root,
    signer,
    signer_extensions,
    timestamper,
)

ROOT = root(private_key=key("root", "P-384"), hashed=hashes.SHA384())
IDENTIFIERS = [
    (x509.SubjectKeyIdentifier(bytes(range(20))), False),
    (x509.AuthorityKeyIdentifier(bytes(range(20, 40)), None, None), False),
]
PURPOSE = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False)
INTERMEDIATE = intermediate(
    ROOT,
    private_key=key("intermediate", "P-384"),
    hashed=hashes.SHA384(),
    extensions=authority_extensions(
        path_length=0, usage=("key_cert_sign", "crl_sign"), more=[*IDENTIFIERS, PURPOSE]
    ),
)


def leaf(**changes):
    extensions = signer_extensions(more=changes.pop("more", IDENTIFIERS), **changes)
    return signer(
        INTERMEDIATE,
        extensions=extensions,
        logs=[CertificateLog(), CertificateLog(private_key=key("other log"))],
        hashed=hashes.SHA384(),
    )


USUAL = {
    "root": ROOT.der,
    "intermediate": INTERMEDIATE.der,
    "root of roots": issue(
        "roots", authority_extensions(path_length=2), private_key=key("roots", "P-384")
    ).der,
    "timestamper": timestamper(ROOT, hashed=hashes.SHA384()).der,
    "signer": leaf().der,
    "mail": leaf(names=[x509.RFC822Name("dev@example.test")]).der,
    "unlogged": signer(INTERMEDIATE, promises=lambda *_: [], hashed=hashes.SHA256()).der,
    "P-521": issue("big", authority_extensions(), private_key=key("big", "P-521")).der,
}


_LEAF = x509.load_der_x509_certificate(USUAL["signer"])
_BODY = enter(_LEAF.tbs_certificate_bytes, 0, SEQUENCE)[0]
LEAF_BODY = _LEAF.tbs_certificate_bytes[_BODY : _LEAF.tbs_certificate_bytes.index(b"\xa3\x82")]
"""Everything of a signer's certificate that stands before its extensions."""
LEAF_END = USUAL["signer"].partition(_LEAF.tbs_certificate_bytes)[2]


def unusual(extension, *, critical=False):
    return leaf(more=[(extension, critical)]).der


LEFT_TO_THE_LIBRARY = {
    "RSA": issue("rsa", authority_extensions(), private_key=key("rsa", "RSA-2048")).der,
    "Ed25519": issue(
        "ed", authority_extensions(), private_key=key("ed", "Ed25519"), hashed=None
    ).der,
    "P-224": issue("small", authority_extensions(), private_key=key("small", "P-224")).der,
    "SHA-224": signer(INTERMEDIATE, hashed=hashes.SHA224()).der,
    "unknown extension": unusual(
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")
    ),
    "undocumented claim": unusual(
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.7"), b"\x05\x00")
    ),
    "critical claim": unusual(
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.9"), b"\x05\x00"),
        critical=True,
    ),
    "two purposes": leaf(
        purposes=[ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.CODE_SIGNING]
    ).der,
    "two names": leaf(
        names=[x509.RFC822Name("a@example.test"), x509.RFC822Name("b@example.test")]
    ).der,
    "a host": leaf(names=[x509.DNSName("a.test")]).der,
    "name constraints": intermediate(
        ROOT,
        extensions=authority_extensions(
            more=[(x509.NameConstraints([x509.DNSName("a.test")], None), True)]
        ),
        hashed=hashes.SHA384(),
    ).der,
    "a long life": issue("old", authority_extensions(), end=2_600_000_000.0).der,
    "no bytes": b"",
}


@pytest.mark.parametrize("name", USUAL)
def test_certificates_of_the_usual_form_are_read_as_the_library_reads_them(name):
    found = read_usual(USUAL[name])

    assert found is not None
    assert found._replace(ecdsa=None) == read_x509(USUAL[name])


@pytest.mark.parametrize("name", embedded_domains())
def test_no_authority_that_is_embedded_needs_the_library(name):
    document = read_domain(embedded_domains()[name])
    root = json.loads(document.raw_trusted_root)

    authorities = [*root["certificateAuthorities"], *root["timestampAuthorities"]]
    ders = [
        base64.b64decode(one["rawBytes"])
        for authority in authorities
        for one in authority["certChain"]["certificates"]
    ]
    assert ders
    assert None not in [read_usual(der) for der in ders]


@pytest.mark.parametrize("name", LEFT_TO_THE_LIBRARY)
def test_any_other_certificate_is_left_to_the_library(name):
    assert read_usual(LEFT_TO_THE_LIBRARY[name]) is None


@pytest.mark.parametrize("name", ["intermediate", "signer"])
def test_bytes_after_a_certificate_are_left_to_the_library(name):
    assert read_usual(USUAL[name] + b"\0") is None


@pytest.mark.parametrize("name", ["intermediate", "signer"])
def test_a_certificate_that_ends_anywhere_is_left_to_the_library(name):
    der = USUAL[name]

    assert {read_usual(der[:end]) for end in range(len(der))} == {None}


@given(data=st.binary(max_size=40))
def test_a_body_of_anything_is_left_to_the_library(data):
    for inner in (data, wrap(SEQUENCE, b""), wrap(SEQUENCE, data)):
        listed = wrap(0xA3, wrap(SEQUENCE, inner))
        body = LEAF_BODY + listed
        assert read_usual(wrap(SEQUENCE, wrap(SEQUENCE, body) + LEAF_END)) is None


@st.composite
def damaged(draw):
    der = USUAL[draw(st.sampled_from(sorted(USUAL)))]
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(der) - 1))
        cut = draw(st.sampled_from([0, 1, 1, 1, 2, 4]))
        put = draw(st.binary(min_size=cut, max_size=cut) | st.binary(max_size=3))
        der = der[:start] + put + der[start + cut :]
    return der


@given(der=damaged())
def test_damage_is_read_as_the_library_reads_it_or_not_at_all(der):
    found = read_usual(der)

    if found is not None:
        assert found._replace(ecdsa=None) == read_x509(der)


@given(der=damaged())
def test_who_issued_a_damaged_certificate_is_what_the_library_says(der):
    found = read_usual(der)

    if found is not None:
        issuer = INTERMEDIATE.loaded if found.issuer == INTERMEDIATE.loaded.subject else ROOT.loaded
        by_library = is_issued_by(read_x509(der), issuer)
        assert is_issued_by(found, issuer) == by_library
