"""An inclusion proof leads from an entry to the root, and from nothing else to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.logs.proofs import leaf_hash, root_hash
from tests.authority import merkle

SIZES = st.integers(1, 70)


def tree(size):
    return [leaf_hash(f"entry {index}".encode()) for index in range(size)]


@given(size=SIZES, data=st.data())
def test_the_path_of_every_entry_leads_to_the_root(size, data):
    leaves = tree(size)
    index = data.draw(st.integers(0, size - 1))
    hashes = tuple(merkle.inclusion_path(leaves, index))

    found = root_hash(leaves[index], index=index, tree_size=size, hashes=hashes)

    assert found == merkle.root_hash(leaves)


@given(size=st.integers(2, 70), data=st.data())
def test_a_path_leads_to_the_root_from_its_own_place_alone(size, data):
    leaves = tree(size)
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda place: place != index))
    hashes = tuple(merkle.inclusion_path(leaves, index))

    found = root_hash(leaves[index], index=other, tree_size=size, hashes=hashes)

    assert found != merkle.root_hash(leaves)


@given(size=SIZES, data=st.data())
def test_a_path_that_is_too_long_or_too_short_is_none(size, data):
    leaves = tree(size)
    index = data.draw(st.integers(0, size - 1))
    hashes = tuple(merkle.inclusion_path(leaves, index))

    assert (
        root_hash(leaves[index], index=index, tree_size=size, hashes=(*hashes, b"0" * 32)) is None
    )
    if hashes:
        assert root_hash(leaves[index], index=index, tree_size=size, hashes=hashes[:-1]) is None


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (1, 1), (0, 0), (0, -1), (2**63, 2**63)])
def test_an_index_that_is_not_in_the_tree_has_no_path(index, size):
    assert root_hash(b"0" * 32, index=index, tree_size=size, hashes=()) is None


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_hash_of_another_length_is_no_hash(length):
    assert root_hash(b"0" * 32, index=0, tree_size=2, hashes=(b"0" * length,)) is None


def test_a_leaf_is_no_node():
    # Otherwise two hashes could be shown as an entry (RFC 6962 §2.1).
    left, right = leaf_hash(b"left"), leaf_hash(b"right")

    root = root_hash(left, index=0, tree_size=2, hashes=(right,))

    assert root != leaf_hash(left + right)


@given(
    index=st.integers(0, 2**63),
    size=st.integers(0, 2**63),
    hashes=st.lists(st.binary(min_size=32, max_size=32), max_size=64),
)
def test_no_path_is_too_strange(index, size, hashes):
    found = root_hash(b"0" * 32, index=index, tree_size=size, hashes=tuple(hashes))

    assert found is None or len(found) == 32
