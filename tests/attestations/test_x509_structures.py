"""Certificates taken apart and put together otherwise: read as the library does, or left to it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imprint.attestations.x509.library import read_x509
from imprint.attestations.x509.usual import read_usual
from tests.attestations.test_x509_usual import USUAL

CONSTRUCTED, OCTET_STRING = 0x20, 0x04
SHORTEST, ONE_BYTE, LONGER, INDEFINITE = range(4)


@dataclass
class Item:
    """One item of DER; `within` are the items in it, also where an OCTET STRING holds them."""

    tag: int
    content: bytes = b""
    within: list[Item] = field(default_factory=list)
    form: int = SHORTEST
    """Of its length."""

    def encoded(self) -> bytes:
        """Return its bytes."""
        content = b"".join(item.encoded() for item in self.within) or self.content
        length = len(content)
        digits = length.to_bytes((length.bit_length() + 7) // 8 or 1, "big")
        if self.form == INDEFINITE:
            return bytes((self.tag, 0x80)) + content + b"\0\0"
        if self.form == LONGER:
            digits = b"\0" + digits
        if length < 0x80 and self.form == SHORTEST:
            return bytes((self.tag, length)) + content
        return bytes((self.tag, 0x80 | len(digits))) + digits + content

    def all(self) -> list[list[Item]]:
        """Return every list of items in it that has any."""
        return [
            found for found in (self.within, *(x for i in self.within for x in i.all())) if found
        ]


def items_of(data: bytes) -> list[Item]:
    """Take DER apart; raises ValueError or IndexError for what is none."""
    found, at = [], 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length >= 0x80:
            end = at + length - 0x80
            length, at = int.from_bytes(data[at:end], "big"), end
        if at + length > len(data) or tag == 0:
            raise ValueError("no DER")
        found.append(item_of(tag, data[at : at + length]))
        at += length
    return found


def item_of(tag: int, content: bytes) -> Item:
    if tag & CONSTRUCTED:
        return Item(tag, content, items_of(content))
    if tag == OCTET_STRING:
        try:
            return Item(tag, content, items_of(content))
        except (IndexError, ValueError):
            pass
    return Item(tag, content)


WHOLE = {name: items_of(der)[0] for name, der in USUAL.items()}
PARTS = [item for whole in WHOLE.values() for items in whole.all() for item in items]
TAGS = [2, 3, 4, 5, 6, 0x0C, 0x13, 0x16, 0x17, 0x18, 0x1E, 0x30, 0x31, 0x81, 0x82, 0x86, 0xA0, 0xA3]
CONTENTS = [
    b"",
    b"\0",
    b"\0\0",
    b"\xff",
    b"\0" * 21,
    b"\0\x80" + b"\1" * 18,
    b"\x80" + b"\0" * 19,
    b"\x01\x01\0",
    b"a\0b",
    "\N{LATIN SMALL LETTER E WITH ACUTE}".encode(),
    b"500101000000Z",
    b"491231235959Z",
    b"230229000000Z",
    b"2601010000Z",
    b"260101000000+0000",
    b"20260101000000Z",
    b" 60101000000Z",
]


def change(draw, items: list[Item]) -> None:
    """Change one of `items` as damage of single bytes seldom does."""
    at = draw(st.integers(0, len(items) - 1))
    match draw(st.integers(0, 7)):
        case 0:
            items.insert(draw(st.integers(0, len(items))), deepcopy(items[at]))
        case 1:
            del items[at]
        case 2:
            other = draw(st.integers(0, len(items) - 1))
            items[at], items[other] = items[other], items[at]
        case 3:
            items[at].form = draw(st.sampled_from([ONE_BYTE, LONGER, INDEFINITE]))
        case 4:
            items[at].tag = draw(st.sampled_from(TAGS))
        case 5:
            items[at] = Item(items[at].tag, draw(st.sampled_from(CONTENTS)))
        case 6:
            items[at] = deepcopy(draw(st.sampled_from(PARTS)))
        case _:
            items.insert(at, deepcopy(draw(st.sampled_from(PARTS))))


@st.composite
def rearranged(draw):
    whole = deepcopy(WHOLE[draw(st.sampled_from(sorted(WHOLE)))])
    for _ in range(draw(st.integers(1, 3))):
        lists = whole.all()
        if lists:
            change(draw, draw(st.sampled_from(lists)))
    return whole.encoded()


@pytest.mark.parametrize("name", sorted(USUAL))
def test_what_was_taken_apart_is_put_together_again(name):
    assert WHOLE[name].encoded() == USUAL[name]


@settings(max_examples=300)
@given(der=rearranged())
def test_what_was_rearranged_is_read_as_the_library_reads_it_or_not_at_all(der):
    found = read_usual(der)

    if found is not None:
        assert found._replace(ecdsa=None) == read_x509(der)


def extensions_of(whole: Item) -> list[Item]:
    return whole.within[0].within[-1].within[0].within


@pytest.mark.parametrize("content", [b"", b"\0", b"\x06", b"\x06\x7f"])
def test_an_extension_that_ends_too_early_is_left_to_the_library(content):
    whole = deepcopy(WHOLE["signer"])
    extensions_of(whole).append(Item(0x30, content))

    assert read_usual(whole.encoded()) is None


def test_a_signature_without_a_byte_is_left_to_the_library():
    whole = deepcopy(WHOLE["signer"])
    whole.within[2] = Item(3)

    assert read_usual(whole.encoded()) is None


@pytest.mark.parametrize("form", [ONE_BYTE, LONGER, INDEFINITE])
def test_a_length_that_is_not_the_shortest_is_left_to_the_library(form):
    whole = deepcopy(WHOLE["signer"])
    extensions_of(whole)[0].form = form

    assert read_usual(whole.encoded()) is None


@pytest.mark.parametrize("at", range(5))
def test_an_extension_that_is_there_twice_is_left_to_the_library(at):
    whole = deepcopy(WHOLE["signer"])
    extensions = extensions_of(whole)
    extensions.append(deepcopy(extensions[at]))

    assert read_usual(whole.encoded()) is None


@pytest.mark.parametrize("serial", [b"", b"\0", b"\xff", b"\0\1", b"\x80" * 8, b"\1" * 21])
def test_a_serial_number_that_may_not_be_is_left_to_the_library(serial):
    whole = deepcopy(WHOLE["signer"])
    whole.within[0].within[1] = Item(2, serial)

    assert read_usual(whole.encoded()) is None
