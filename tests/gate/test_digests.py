"""By which digest a tarball is known."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.gate.digests import stated_digest
from imprint.history.publications import Publication
from imprint.storage.gate_tarballs import ALGORITHMS
from tests.support.gate_tarballs import digest_of, sri

DATA = b"a tarball"
SHA1 = hashlib.sha1(DATA).hexdigest()


def stated(*, integrity=None, shasum=None):
    return stated_digest(Publication(version="1.0.0", integrity=integrity, shasum=shasum))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_integrity_of_any_algorithm_counts(algorithm):
    assert stated(integrity=sri(DATA, algorithm)) == digest_of(DATA, algorithm)


def test_the_strongest_counts_wherever_it_stands():
    texts = [sri(DATA, "sha1"), sri(DATA, "sha512"), sri(DATA, "sha256")]

    assert stated(integrity=" ".join(texts), shasum="0" * 40) == digest_of(DATA)


def test_a_shasum_alone_counts_in_either_case():
    assert stated(shasum=SHA1) == stated(shasum=SHA1.upper()) == digest_of(DATA, "sha1")


def test_what_nobody_understands_counts_as_not_there():
    assert stated(integrity="blake3-xyz", shasum=SHA1) == digest_of(DATA, "sha1")
    assert stated(integrity=f"{sri(DATA)}?an-option") == digest_of(DATA)


@pytest.mark.parametrize(
    ("integrity", "shasum"),
    [(None, None), ("", ""), ("sha512-", "abc"), ("md5-1B2M2Y8AsgTpgAmY7PhCfg==", "../../etc")],
)
def test_without_any_there_is_none(integrity, shasum):
    assert stated(integrity=integrity, shasum=shasum) is None


@given(integrity=st.text(), shasum=st.text())
def test_any_text_is_hexadecimal_or_none(integrity, shasum):
    found = stated(integrity=integrity, shasum=shasum)

    assert found is None or set(found.hexadecimal) <= set("0123456789abcdef")
