"""The log's promises, proofs and heads hold by the product's own judgement, for trees of any size."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.logs.proofs import leaf_hash, root_hash
from tests.authority import merkle
from tests.authority.keys import curve_key, edwards_key
from tests.authority.log import TransparencyLog
from tests.authority.proposals import Refused, body_of


def log(**changes):
    return TransparencyLog("log.example.test", curve_key("test", "log"), **changes)


@given(size=st.integers(1, 40), data=st.data())
def test_every_entry_of_every_tree_is_proved(size, data):
    index = data.draw(st.integers(0, size - 1))
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(size)]

    path = merkle.inclusion_path(leaves, index)

    assert leaves[index] == leaf_hash(bytes([index]))
    found = root_hash(leaves[index], index=index, tree_size=size, hashes=tuple(path))
    assert found == merkle.root_hash(leaves)


def test_a_new_log_has_one_entry_so_that_no_index_is_zero():
    assert log().append(b"{}", now=1.5).index == 1


def test_a_log_of_the_second_version_states_no_time_and_promises_nothing():
    second = TransparencyLog("log.example.test", edwards_key("test", "log"), states_times=False)
    entry = second.append(b'{"kind":"hashedrekord","apiVersion":"0.0.2"}', now=5)

    bundled = second.bundled(entry)

    assert {"integratedTime", "inclusionPromise"} & set(bundled) == set()
    assert second.checkpoint().startswith("log.example.test\n2\n")


def test_the_id_of_an_edwards_log_is_that_of_signed_notes():
    second = TransparencyLog("log.example.test", edwards_key("test", "log"), states_times=False)
    raw = second.key.public_key().public_bytes_raw()

    assert second.log_id == hashlib.sha256(b"log.example.test\n\x01" + raw).digest()


def test_an_entry_is_found_by_its_name_with_and_without_the_trees():
    kept = log()
    entry = kept.append(b"{}", now=5)

    assert kept.named(kept.uuid(entry)) is entry
    assert kept.named(kept.uuid(entry)[16:]) is entry
    assert kept.named("00" * 32) is None


@pytest.mark.parametrize("kind", ["rekord", "dsse"])
def test_what_the_log_does_not_know_is_refused(kind):
    with pytest.raises(Refused):
        body_of({"kind": kind, "apiVersion": "9.9.9", "spec": {}})


def test_entries_are_not_changed():
    entry = log().append(b"{}", now=5)

    with pytest.raises(AttributeError):
        entry.index = 7
