"""Chains: which authority issued a certificate, and whether all of it was valid then."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from imprint.attestations.chains import judge_authority, verify_chain
from imprint.attestations.codes import Code
from imprint.attestations.roots import Window
from imprint.attestations.x509.certificates import CODE_SIGNING, TIME_STAMPING
from tests.attestations.authorities import (
    SIGNED_AT,
    authority,
    authority_extensions,
    intermediate,
    issue,
    key,
    root,
    signer,
    timestamper,
)

ROOT = root()
INTERMEDIATE = intermediate(ROOT)
AUTHORITY = authority(INTERMEDIATE, ROOT)
LEAF = signer(INTERMEDIATE)


def verified(leaf=LEAF, authorities=(AUTHORITY,), times=(SIGNED_AT,)):
    return verify_chain(leaf.loaded, tuple(authorities), tuple(times))


def restricted(extension, *, critical):
    extensions = authority_extensions(path_length=0, more=[(extension, critical)])
    return intermediate(ROOT, extensions=extensions)


def test_the_certificate_that_issued_the_leaf_is_found():
    assert verified() == INTERMEDIATE.loaded


def test_a_root_may_issue_leaves_itself():
    assert verified(leaf=signer(ROOT), authorities=[authority(ROOT)]) == ROOT.loaded


@pytest.mark.parametrize(
    ("kind", "hashed"),
    [
        ("P-256", hashes.SHA384()),
        ("P-384", hashes.SHA256()),
        ("RSA-2048", hashes.SHA512()),
        ("Ed25519", None),
    ],
)
def test_authorities_may_have_any_kind_of_key(kind, hashed):
    top = root(private_key=key("root", kind), hashed=hashed)
    below = intermediate(top, hashed=hashed)

    found = verified(leaf=signer(top, hashed=hashed), authorities=[authority(top)])

    assert found == top.loaded
    assert judged(below, top) is None


def test_authorities_that_share_a_name_are_each_tried():
    twin = intermediate(ROOT, private_key=key("another"))

    found = verified(authorities=[authority(twin, ROOT), AUTHORITY])

    assert found == INTERMEDIATE.loaded


def test_an_authority_that_was_renewed_is_good_in_either_window():
    old = authority(INTERMEDIATE, ROOT, window=Window(start=0, end=SIGNED_AT - 1))
    new = authority(INTERMEDIATE, ROOT, window=Window(start=SIGNED_AT - 1, end=None))

    assert verified(authorities=[old, new]) == INTERMEDIATE.loaded
    assert verified(authorities=[new, old]) == INTERMEDIATE.loaded


def test_no_authority_lends_its_window_to_another():
    stale = authority(INTERMEDIATE, ROOT, window=Window(start=0, end=SIGNED_AT - 1))
    twin = authority(intermediate(ROOT, private_key=key("another")), ROOT)

    assert verified(authorities=[stale, twin]).code == Code.CHAIN


def test_the_ends_of_the_leafs_validity_are_valid():
    assert verified(times=[SIGNED_AT - 300, SIGNED_AT + 300]) == INTERMEDIATE.loaded


@pytest.mark.parametrize("time", [SIGNED_AT - 301, SIGNED_AT + 301, float("nan")])
def test_every_time_has_to_be_within_the_leafs_validity(time):
    assert verified(times=[SIGNED_AT, time]).code == Code.CERT_TIME


def test_without_a_time_nothing_is_valid():
    assert verified(times=[]).code == Code.TIME


@pytest.mark.parametrize(
    "window",
    [
        Window(start=None, end=None),
        Window(start=SIGNED_AT + 1, end=None),
        Window(start=0, end=SIGNED_AT - 1),
    ],
)
def test_an_authority_outside_of_its_window_is_rejected(window):
    rejection = verified(authorities=[authority(INTERMEDIATE, ROOT, window=window)])

    assert rejection.code == Code.CHAIN
    assert "not trusted at that time" in rejection.message


@pytest.mark.parametrize("expired", ["intermediate", "root"])
def test_a_chain_that_was_not_valid_then_is_rejected(expired):
    top = root(end=SIGNED_AT - 1) if expired == "root" else ROOT
    below = intermediate(top, **({"end": SIGNED_AT - 1} if expired == "intermediate" else {}))

    rejection = verified(leaf=signer(below), authorities=[authority(below, top)])

    assert rejection.code == Code.CHAIN
    assert "chain was not valid" in rejection.message


@pytest.mark.parametrize("authorities", [[], [authority()], [authority(root("other"))]])
def test_a_leaf_of_no_trusted_authority_is_rejected(authorities):
    rejection = verified(authorities=authorities)

    assert rejection.code == Code.CHAIN
    assert "issued by no authority" in rejection.message


def test_the_name_of_an_authority_is_not_enough():
    impostor = intermediate(root(private_key=key("impostor")), private_key=key("impostor"))

    assert verified(leaf=signer(impostor)).code == Code.CHAIN


def test_a_leaf_that_was_signed_over_a_weak_digest_is_rejected():
    leaf = signer(INTERMEDIATE, hashed=hashes.SHA224())

    assert verified(leaf=leaf).code == Code.CHAIN


@pytest.mark.parametrize("critical", [True, False])
def test_an_authority_with_name_constraints_is_closed(critical):
    constraints = x509.NameConstraints([x509.DNSName("example.test")], None)
    below = restricted(constraints, critical=critical)

    rejection = verified(leaf=signer(below), authorities=[authority(below, ROOT)])

    assert rejection.code == Code.CHAIN
    assert "name constraints" in rejection.message


def test_an_authority_with_an_unknown_critical_extension_is_closed():
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")
    below = restricted(unknown, critical=True)

    assert verified(leaf=signer(below), authorities=[authority(below, ROOT)]).code == Code.CHAIN


def judged(*holders, purpose=CODE_SIGNING):
    return judge_authority(tuple(holder.loaded for holder in holders), purpose)


def test_a_chain_of_authorities_is_one():
    assert judged(INTERMEDIATE, ROOT) is None
    assert judged(ROOT) is None
    assert judged(timestamper(ROOT), ROOT, purpose=TIME_STAMPING) is None
    assert judged(INTERMEDIATE, ROOT, purpose=TIME_STAMPING) is None


def extended(**changes):
    return intermediate(ROOT, extensions=authority_extensions(**changes))


@pytest.mark.parametrize(
    ("chain", "wrong"),
    [
        ([INTERMEDIATE, root("other")], "certificate 0 is not issued by the next one"),
        ([ROOT, INTERMEDIATE], "certificate 0 is not issued by the next one"),
        ([LEAF, INTERMEDIATE, ROOT], "certificate 0 is not one of a certificate authority"),
        ([timestamper(ROOT), ROOT], "certificate 0 is not one of a certificate authority"),
        ([extended(usage=["crl_sign"]), ROOT], "certificate 0 has no key usage `keyCertSign`"),
        (
            [intermediate(INTERMEDIATE, "lower"), INTERMEDIATE, ROOT],
            "certificate 1 may have `0` authorities below it, and has `1`",
        ),
        (
            [
                extended(
                    more=[(x509.ExtendedKeyUsage([x509.ObjectIdentifier(TIME_STAMPING)]), False)]
                ),
                ROOT,
            ],
            "certificate 0 is an authority for other uses",
        ),
        (
            [intermediate(ROOT, private_key=key("weak", "RSA-1024")), ROOT],
            "certificate 0 has a key that cannot be used",
        ),
    ],
)
def test_what_is_wrong_with_a_chain_is_named(chain, wrong):
    assert judged(*chain) == wrong


def test_a_timestamp_authoritys_own_certificate_does_not_count_as_an_authority():
    below = intermediate(ROOT)

    assert judged(timestamper(below), below, ROOT, purpose=TIME_STAMPING) is None


def test_a_last_certificate_is_believed_without_its_own_issuer():
    assert judged(INTERMEDIATE) is None
    assert judged(issue("lone", authority_extensions())) is None
